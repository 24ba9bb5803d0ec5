"""Requests at the same moment, on real connections. Where a lock is what helps, the control takes it away first."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.errors import Refusal
from accounts.models import AccountPatient, Consent, ConsentKind, Patient, Relationship, Sex, SmsCode, User, WeChatIdentity
from accounts.services import patients, sms_codes
from accounts.services.login import sign_in_identity, sign_in_phone
from accounts.services.patients import PatientDetails, add_patient
from accounts.services.phones import bind_phone_by_sms
from accounts.services.sms_codes import send_sms_code, spend_sms_code
from accounts.services.tokens import TokenPair, issue_tokens, rotate_tokens
from tests.accounts.together import together
from tests.factories.accounts import make_patient, make_user, valid_resident_id
from wechat.miniprogram import MiniProgramSession

NOW = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
ROUNDS = 5

pytestmark = pytest.mark.django_db(transaction=True)


def outcomes(answers: list[Any]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def adding(user: User, number: str) -> Callable[[], AccountPatient]:
    return lambda: add_patient(
        user=user,
        details=PatientDetails(name="李小花", document_type="01", document_number=number),
        relationship=Relationship.OTHER,
        consents=[ConsentKind.HEALTH_DATA],
        consent_version="2026-11",
        now=NOW,
    )


def test_the_same_person_added_twice_at_once_by_one_account():
    for serial in range(ROUNDS):
        add = adding(make_user(), valid_resident_id(sex=Sex.FEMALE, serial=serial))
        assert outcomes(together([add, add, add])) == {"AccountPatient": 1, "PatientAlreadyAdded": 2}
    assert Patient.objects.count() == AccountPatient.objects.count() == Consent.objects.count() == ROUNDS


def test_the_same_person_added_at_once_by_four_accounts_is_one_row():
    for serial in range(ROUNDS):
        number = valid_resident_id(sex=Sex.FEMALE, serial=serial)
        answers = together([adding(make_user(), number) for _ in range(4)])
        assert outcomes(answers) == {"AccountPatient": 4}
        assert len({link.patient_id for link in answers}) == 1
    assert (Patient.objects.count(), AccountPatient.objects.count()) == (ROUNDS, 4 * ROUNDS)


def add_two_when_one_has_room(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Both requests look for room before either takes it, unless something keeps the second from looking."""
    user = make_user()
    for _ in range(4):
        make_patient(user=user)
    both_have_looked = threading.Barrier(2)
    look = patients._check_room

    def look_and_wait(*args: Any) -> None:
        look(*args)
        try:
            both_have_looked.wait(timeout=1)
        except threading.BrokenBarrierError:
            return  # the other one was kept waiting

    monkeypatch.setattr(patients, "_check_room", look_and_wait)
    return together([adding(user, valid_resident_id(sex=Sex.FEMALE, serial=serial)) for serial in (1, 2)])


def test_control_without_the_account_lock_six_get_in(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patients, "lock_account", lambda user_id: None)
    assert outcomes(add_two_when_one_has_room(monkeypatch)) == {"AccountPatient": 2}
    assert AccountPatient.objects.count() == 6


def test_the_account_lock_keeps_the_sixth_out(monkeypatch: pytest.MonkeyPatch):
    assert outcomes(add_two_when_one_has_room(monkeypatch)) == {"AccountPatient": 1, "PatientLimitReached": 1}
    assert AccountPatient.objects.count() == 5


def test_two_first_wechat_logins_at_once_make_one_account():
    for number in range(ROUNDS):
        session = MiniProgramSession(openid=f"openid-{number}")
        answers = together([partial(sign_in_identity, appid="wx1", session=session, now=NOW)] * 4)
        assert Counter(answer.is_new for answer in answers) == {True: 1, False: 3}
    assert User.objects.count() == WeChatIdentity.objects.count() == ROUNDS


def test_two_first_phone_logins_at_once_make_one_account():
    for number in range(ROUNDS):
        answers = together([partial(sign_in_phone, number=f"1380013800{number}", now=NOW)] * 4)
        assert Counter(answer.is_new for answer in answers) == {True: 1, False: 3}
    assert User.objects.count() == ROUNDS


def test_of_two_accounts_that_bind_one_phone_at_once_one_does(sms: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch):
    # The code is spent once; what is asked here is the binding behind it.
    monkeypatch.setattr("accounts.services.phones.spend_sms_code", lambda *, phone, code, now: phone)
    users = [make_user() for _ in range(3)]
    answers = together([partial(bind_phone_by_sms, user=user, phone="13800138000", code="-", now=NOW) for user in users])
    assert outcomes(answers) == {"User": 1, "PhoneTaken": 2}
    assert User.objects.filter(phone_index__isnull=False).count() == 1


def test_a_refresh_token_is_exchanged_by_one_of_three_at_once():
    for _ in range(ROUNDS):
        pair = issue_tokens(user=make_user(), now=timezone.now())
        answers = together([partial(rotate_tokens, refresh=pair.refresh, now=timezone.now())] * 3)
        assert outcomes(answers) == {TokenPair.__name__: 1, "RefreshTokenRefused": 2}
        # Nobody can tell whose it was: what the one got ends as well, and nothing of the family is left.
        (given,) = [answer for answer in answers if isinstance(answer, TokenPair)]
        assert outcomes(together([partial(rotate_tokens, refresh=given.refresh, now=timezone.now())])) == {
            "RefreshTokenRefused": 1
        }
    assert not OutstandingToken.objects.filter(blacklistedtoken__isnull=True).exists()


def test_a_child_that_is_exchanged_while_its_parent_comes_again_ends_with_it():
    for _ in range(ROUNDS):
        parent = issue_tokens(user=make_user(), now=timezone.now())
        child = rotate_tokens(refresh=parent.refresh, now=timezone.now())
        together([partial(rotate_tokens, refresh=pair.refresh, now=timezone.now()) for pair in (child, parent)])
    assert OutstandingToken.objects.count() >= 2 * ROUNDS
    assert not OutstandingToken.objects.filter(blacklistedtoken__isnull=True).exists()


def test_a_code_is_spent_by_one_of_three_at_once(sms: list[tuple[str, str]]):
    for number in range(ROUNDS):
        phone = f"1380013800{number}"
        send_sms_code(phone=phone, now=NOW)
        code = sms[-1][1]
        answers = together([partial(spend_sms_code, phone=phone, code=code, now=NOW)] * 3)
        assert outcomes(answers) == {"str": 1, "SmsCodeExpired": 2}


def test_guesses_at_once_are_all_counted(sms: list[tuple[str, str]]):
    send_sms_code(phone="13800138000", now=NOW)
    wrong = f"{(int(sms[0][1]) + 1) % 1_000_000:06d}"
    answers = together([lambda: spend_sms_code(phone="13800138000", code=wrong, now=NOW)] * 8)
    assert outcomes(answers) == {"SmsCodeWrong": 4, "SmsCodeExhausted": 4}
    assert SmsCode.objects.get().attempts == 5


def send_two_at_once(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Both requests look at what was sent before either writes, unless something keeps the second from looking."""
    both_have_looked = threading.Barrier(2)
    write = SmsCode.objects.create

    def wait_and_write(**fields: Any) -> SmsCode:
        try:
            both_have_looked.wait(timeout=1)
        except threading.BrokenBarrierError:
            return write(**fields)
        return write(**fields)

    monkeypatch.setattr(SmsCode.objects, "create", wait_and_write)
    return together([lambda: send_sms_code(phone="13800138000", now=NOW)] * 2)


def test_control_without_the_phone_lock_two_messages_go_out(sms: list[Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sms_codes, "lock_phone", lambda index: None)
    assert outcomes(send_two_at_once(monkeypatch)) == {"SentCode": 2}
    assert len(sms) == SmsCode.objects.count() == 2


def test_the_phone_lock_lets_one_message_out(sms: list[Any], monkeypatch: pytest.MonkeyPatch):
    assert outcomes(send_two_at_once(monkeypatch)) == {"SentCode": 1, "SmsTooSoon": 1}
    assert len(sms) == SmsCode.objects.count() == 1


def test_refusals_are_what_together_catches():
    def break_down() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        together([break_down])
    assert isinstance(together([adding(make_user(is_active=False), "1")])[0], Refusal)
