"""Signing in by WeChat (through the real client, against the emulator) and by phone."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient
from rest_framework.throttling import ScopedRateThrottle

from accounts.models import SmsCode, User, WeChatIdentity
from tests.accounts.conftest import signed_in_client
from tests.factories.accounts import make_user
from wechat.emulator.testing import Emulator

WECHAT, SMS_CODE, SMS, PHONE = (
    "/api/v1/auth/wechat-login",
    "/api/v1/auth/sms-code",
    "/api/v1/auth/sms-login",
    "/api/v1/auth/phone",
)
NUMBER = "13800138000"

pytestmark = pytest.mark.django_db


def post(client: APIClient, url: str, **body: Any) -> Any:
    return client.post(url, body, format="json")


def me(answer: Any) -> Any:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    return client.get("/api/v1/me")


def test_the_first_wechat_login_makes_an_account_and_the_next_finds_it(emulator: Emulator, anonymous: APIClient):
    first = post(anonymous, WECHAT, code=emulator.login_code("zhang"))
    second = post(anonymous, WECHAT, code=emulator.login_code("zhang"))

    assert (first.status_code, first.json()["is_new"]) == (200, True)
    assert (second.status_code, second.json()["is_new"]) == (200, False)
    identity = WeChatIdentity.objects.get()
    assert (identity.appid, identity.openid) == (emulator.keys.appid, emulator.openid("zhang"))
    assert identity.user.last_login is not None
    assert not identity.user.has_usable_password()
    assert me(second).json() == {
        "id": identity.user_id,
        "phone": "",
        "has_phone": False,
        "has_wechat": True,
        "patients_limit": 5,
        "consent_version": "2026-11",
    }


def test_two_people_are_two_accounts(emulator: Emulator, anonymous: APIClient):
    post(anonymous, WECHAT, code=emulator.login_code("zhang"))
    post(anonymous, WECHAT, code=emulator.login_code("li"))
    assert User.objects.count() == 2


def test_a_unionid_that_appears_later_is_kept(emulator: Emulator, anonymous: APIClient):
    post(anonymous, WECHAT, code=emulator.login_code("zhang"))
    post(anonymous, WECHAT, code=emulator.login_code("zhang", unionid="union-1"))
    assert WeChatIdentity.objects.get().unionid == "union-1"


def test_a_code_works_once_and_an_invented_one_never(emulator: Emulator, anonymous: APIClient):
    code = emulator.login_code("zhang")
    post(anonymous, WECHAT, code=code)

    for refused in (post(anonymous, WECHAT, code=code), post(anonymous, WECHAT, code="invented")):
        assert (refused.status_code, refused.json()["code"]) == (400, "wechat-code-refused")
    assert User.objects.count() == 1


def test_when_wechat_is_down_the_patient_is_told_and_no_account_is_made(emulator: Emulator, anonymous: APIClient):
    emulator.break_next("/sns/jscode2session", "status", status=500)
    answer = post(anonymous, WECHAT, code=emulator.login_code("zhang"))
    assert (answer.status_code, answer.json()["code"]) == (503, "wechat-unavailable")
    assert User.objects.count() == 0


def test_our_wrong_secret_is_not_the_patients_fault(emulator: Emulator, anonymous: APIClient, settings: Any, caplog: Any):
    settings.WECHAT = settings.WECHAT | {"secret": "0" * 32}
    answer = post(anonymous, WECHAT, code=emulator.login_code("zhang"))
    assert (answer.status_code, answer.json()["code"]) == (503, "wechat-unavailable")
    assert [record.levelname for record in caplog.records if record.name == "accounts.services.wechat_answers"] == ["ERROR"]


def test_a_closed_account_is_told_so(emulator: Emulator, anonymous: APIClient):
    make_user(openid=emulator.openid("zhang"), appid=emulator.keys.appid, is_active=False)
    answer = post(anonymous, WECHAT, code=emulator.login_code("zhang"))
    assert (answer.status_code, answer.json()["code"]) == (403, "account-disabled")
    assert User.objects.get().last_login is None


def test_a_dead_token_does_not_keep_anyone_from_signing_in(emulator: Emulator, anonymous: APIClient):
    anonymous.credentials(HTTP_AUTHORIZATION="Bearer long.dead.token")
    assert post(anonymous, WECHAT, code=emulator.login_code("zhang")).status_code == 200


def test_login_by_phone_makes_an_account_once(sms: list[tuple[str, str]], anonymous: APIClient):
    sent = post(anonymous, SMS_CODE, phone="+86 138-0013-8000")
    assert sent.status_code == 200
    assert set(sent.json()) == {"expires_at", "next_at"}
    [(phone, code)] = sms
    assert phone == NUMBER

    answer = post(anonymous, SMS, phone=NUMBER, code=code)

    assert (answer.status_code, answer.json()["is_new"]) == (200, True)
    user = User.objects.get()
    assert (user.phone, user.masked_phone, user.phone_verified_at is not None) == (NUMBER, "138****8000", True)
    assert me(answer).json()["phone"] == "138****8000"


def test_login_by_phone_finds_the_account_that_bound_it(sms: list[tuple[str, str]], anonymous: APIClient):
    user = make_user(phone=NUMBER, openid="o-1")
    post(anonymous, SMS_CODE, phone=NUMBER)
    answer = post(anonymous, SMS, phone=NUMBER, code=sms[0][1])
    assert answer.json()["is_new"] is False
    assert me(answer).json()["id"] == user.pk


def test_the_phone_that_wechat_vouches_for_is_bound(emulator: Emulator, anonymous: APIClient):
    client = signed_in_client(make_user())
    answer = post(client, PHONE, wechat_code=emulator.phone_code(NUMBER))
    assert (answer.status_code, answer.json()["phone"]) == (200, "138****8000")
    assert User.objects.get().phone == NUMBER


def test_a_phone_code_works_once(emulator: Emulator):
    code = emulator.phone_code(NUMBER)
    post(signed_in_client(make_user()), PHONE, wechat_code=code)
    late = make_user()
    answer = post(signed_in_client(late), PHONE, wechat_code=code)
    assert (answer.status_code, answer.json()["code"]) == (400, "wechat-code-refused")
    late.refresh_from_db()
    assert late.phone_index is None


def test_a_phone_is_bound_by_a_code_too(sms: list[tuple[str, str]], client: APIClient, user: User, anonymous: APIClient):
    post(anonymous, SMS_CODE, phone=NUMBER)
    answer = post(client, PHONE, phone=NUMBER, code=sms[0][1])
    assert (answer.status_code, answer.json()["phone"]) == (200, "138****8000")
    user.refresh_from_db()
    assert user.phone == NUMBER


def test_a_phone_of_another_account_is_refused_and_stays_there(emulator: Emulator):
    owner, other = make_user(phone=NUMBER), make_user(phone="13900000009")
    answer = post(signed_in_client(other), PHONE, wechat_code=emulator.phone_code(NUMBER))
    assert (answer.status_code, answer.json()["code"]) == (409, "phone-taken")
    owner.refresh_from_db()
    other.refresh_from_db()
    assert (owner.phone, other.phone) == (NUMBER, "13900000009")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"wechat_code": "a", "phone": NUMBER, "code": "123456"},
        {"wechat_code": "a", "phone": NUMBER},
        {"phone": NUMBER},
        {"code": "123456"},
    ],
)
def test_a_phone_is_bound_one_way_at_a_time(client: APIClient, user: User, body: dict[str, str]):
    answer = post(client, PHONE, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    user.refresh_from_db()
    assert user.phone == "13900000001"


def test_the_numbers_at_rest_are_not_readable(sms: list[tuple[str, str]], anonymous: APIClient):
    post(anonymous, SMS_CODE, phone=NUMBER)
    post(anonymous, SMS, phone=NUMBER, code=sms[0][1])
    with connection.cursor() as cursor:
        cursor.execute("SELECT u::text FROM accounts_user u UNION ALL SELECT s::text FROM accounts_smscode s")
        rows = [row for (row,) in cursor.fetchall()]
    assert len(rows) == 2
    assert not any(NUMBER in row or f",{sms[0][1]}," in row for row in rows)


def test_one_address_cannot_try_without_end(anonymous: APIClient, monkeypatch: Any):
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"login": "2/min", "sms": "1/min"})
    answers = [post(anonymous, SMS, phone=NUMBER, code="123456") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert answers[2].json()["code"] == "throttled"
    assert answers[2].json()["detail"]["retry_after_seconds"] > 0
    assert SmsCode.objects.count() == 0
