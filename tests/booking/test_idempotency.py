"""One `Idempotency-Key` acts once and is answered the same ever after."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from booking import locks
from booking.models import Appointment, IdempotencyRecord
from booking.services import wanted as booking_wanted
from booking.services.idempotency import purge_answers
from booking.services.orders import place_order
from booking.services.returns import release_due_returns
from hospitals.models import ClinicSession
from tests.booking.snapshot import everything
from tests.factories.booking import Account, api_client, book, make_account, make_clinic, slot_of
from wechat.emulator.testing import Emulator

URL, KEY = "/api/v1/appointments", "tap-0001"


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    return make_clinic(visit_date=(now + timedelta(days=3)).date())


@pytest.fixture
def client(account: Account) -> APIClient:
    return api_client(account.user)


def send(client: APIClient, body: Any, key: str | None = KEY) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(URL, body, format="json", headers=headers)


def wanted(account: Account, session: ClinicSession, place: int = 0) -> dict[str, int]:
    return {"patient": account.patient.pk, "slot": slot_of(session, place).pk}


def test_the_same_request_again_is_answered_the_same(account: Account, client: APIClient, session: ClinicSession) -> None:
    first = send(client, wanted(account, session))
    before = everything()
    second = send(client, wanted(account, session))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert everything() == before
    assert Appointment.objects.count() == 1


def test_the_order_of_the_keys_is_no_difference(account: Account, client: APIClient, session: ClinicSession) -> None:
    body = wanted(account, session)
    first, second = send(client, body), send(client, dict(reversed(body.items())))
    assert first.json() == second.json()


def test_a_fee_can_still_be_paid_after_the_answer_was_lost(
    account: Account, client: APIClient, now: datetime, emulator: Emulator
) -> None:
    session = make_clinic(visit_date=(now + timedelta(days=3)).date(), fee_fen=5000)
    first, second = (send(client, wanted(account, session)).json() for _ in range(2))
    assert first["appointment"]["code"] == second["appointment"]["code"]
    for answer in (first, second):
        assert emulator.world.signer.is_payment_request(answer["payment"])
    assert first["payment"]["package"] == second["payment"]["package"]


def test_a_booking_is_replayed_as_it_is_now(account: Account, client: APIClient, session: ClinicSession) -> None:
    code = send(client, wanted(account, session)).json()["appointment"]["code"]
    client.post(f"{URL}/{code}/cancel")
    again = send(client, wanted(account, session))
    assert (again.status_code, again.json()["appointment"]["status"]) == (201, "cancelled")
    assert Appointment.objects.count() == 1


def test_a_key_is_not_to_be_used_for_another_request(account: Account, client: APIClient, session: ClinicSession) -> None:
    send(client, wanted(account, session))
    before = everything()
    other = send(client, wanted(account, session, 1))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert everything() == before


def test_a_refusal_is_remembered(account: Account, client: APIClient, now: datetime) -> None:
    full = make_clinic(visit_date=(now + timedelta(days=3)).date(), rated_capacity=1)
    blocker = book(make_account(), full, now=now)
    refused = send(client, wanted(account, full))
    assert (refused.status_code, refused.json()["code"]) == (409, "session-full")

    api_client(blocker.booked_by).post(f"{URL}/{blocker.code}/cancel")
    assert release_due_returns(now=now + timedelta(hours=2, minutes=1)) == 1

    before = everything()
    again = send(client, wanted(account, full))
    assert (again.status_code, again.json()) == (409, refused.json())
    assert everything() == before
    # What the patient means by a new key is a new attempt.
    assert send(client, wanted(account, full), "tap-0002").status_code == 201


def test_a_refusals_key_is_not_to_be_used_for_another_request(
    account: Account, client: APIClient, session: ClinicSession
) -> None:
    assert send(client, {"patient": account.patient.pk, "slot": 2**62}).status_code == 404
    assert send(client, wanted(account, session)).status_code == 422
    assert not Appointment.objects.exists()


def test_our_own_failure_is_not_remembered(
    account: Account, client: APIClient, session: ClinicSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(**_wanted: Any) -> None:
        raise locks.TooBusy()

    before = everything()
    with monkeypatch.context() as patch:
        patch.setattr(booking_wanted, "lock_patient_on_footing", busy)
        answer = send(client, wanted(account, session))
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert everything() == before
    assert send(client, wanted(account, session)).status_code == 201


def test_two_accounts_may_choose_the_same_key(account: Account, client: APIClient, session: ClinicSession) -> None:
    other = make_account()
    assert send(client, wanted(account, session)).status_code == 201
    assert send(api_client(other.user), wanted(other, session)).status_code == 201
    assert Appointment.objects.count() == 2


@pytest.mark.parametrize("key", ["", "short-7", "x" * 65, "with space", "钥匙钥匙钥匙钥匙"])
def test_an_ill_formed_key_is_refused(account: Account, client: APIClient, session: ClinicSession, key: str) -> None:
    before = everything()
    answer = send(client, wanted(account, session), key)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert list(answer.json()["detail"]) == ["Idempotency-Key"]
    assert everything() == before


@pytest.mark.parametrize("key", ["x" * 8, "x" * 64, "!~{}[]\"'"])
def test_any_visible_ascii_of_8_to_64_is_a_key(account: Account, client: APIClient, session: ClinicSession, key: str) -> None:
    assert send(client, wanted(account, session), key).status_code == 201
    assert IdempotencyRecord.objects.get().key == key


def test_without_a_key_a_second_tap_is_refused_by_the_rules(account: Account, client: APIClient, session: ClinicSession) -> None:
    assert send(client, wanted(account, session), None).status_code == 201
    second = send(client, wanted(account, session), None)
    assert (second.status_code, second.json()["code"]) == (409, "already-booked")
    assert not IdempotencyRecord.objects.exists()


def test_an_invalid_body_does_not_use_up_its_key(account: Account, client: APIClient, session: ClinicSession) -> None:
    assert send(client, {"patient": account.patient.pk}).status_code == 400
    assert send(client, wanted(account, session)).status_code == 201


def test_answers_are_forgotten_after_a_day(account: Account, client: APIClient, session: ClinicSession, now: datetime) -> None:
    send(client, wanted(account, session))
    written = IdempotencyRecord.objects.get().created_at
    assert purge_answers(now=written + timedelta(days=1)) == 0
    assert purge_answers(now=written + timedelta(days=1, microseconds=1)) == 1


def test_a_hold_is_placed_once_however_often_it_is_asked_for(
    account: Account, client: APIClient, now: datetime, emulator: Emulator
) -> None:
    session = make_clinic(visit_date=(now + timedelta(days=3)).date(), fee_fen=5000)
    for _ in range(3):
        send(client, wanted(account, session))
    place_order(appointment_id=Appointment.objects.get().pk, now=now)
    assert emulator.calls("/v3/pay/transactions/jsapi") == 1
