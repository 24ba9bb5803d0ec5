"""Moving an appointment over HTTP."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from booking.models import Appointment, IdempotencyRecord, PaymentOrder
from hospitals.models import ClinicSession
from tests.booking.notices import post
from tests.booking.snapshot import everything
from tests.factories.booking import Account, api_client, make_account, make_appointment, make_clinic, slot_of
from wechat.emulator.testing import Emulator

URL, KEY = "/api/v1/appointments", "tap-0001"


@pytest.fixture
def client(account: Account) -> APIClient:
    return api_client(account.user)


@pytest.fixture
def day(now: datetime) -> date:
    return timezone.localdate(now) + timedelta(days=3)


@pytest.fixture
def old(account: Account, now: datetime, day: date) -> Appointment:
    return make_appointment(now=now, account=account, session=make_clinic(visit_date=day))


def beside(old: Appointment, *, fee_fen: int = 0) -> ClinicSession:
    return make_clinic(visit_date=old.visit_date + timedelta(days=1), department=old.department, fee_fen=fee_fen)


def send(client: APIClient, old: Appointment, to: ClinicSession | Any, key: str | None = None) -> Any:
    body = {"slot": slot_of(to).pk if isinstance(to, ClinicSession) else to}
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"{URL}/{old.code}/move", body, format="json", headers=headers)


def test_at_once(client: APIClient, old: Appointment) -> None:
    answer = send(client, old, beside(old))
    assert answer.status_code == 201
    told = answer.json()
    new = Appointment.objects.get(rescheduled_from=old)
    assert told["payment"] is None
    shown = told["appointment"]
    assert (shown["code"], shown["status"], shown["moved_from"], shown["moved_to"], shown["move_count"]) == (
        new.code,
        "booked",
        old.code,
        None,
        1,
    )
    left = client.get(f"{URL}/{old.code}").json()
    assert (left["status"], left["outcome"], left["moved_from"], left["moved_to"]) == ("cancelled", "void", None, new.code)


def test_to_a_dearer_one_until_it_is_paid(client: APIClient, old: Appointment, emulator: Emulator) -> None:
    told = send(client, old, beside(old, fee_fen=5000)).json()
    shown = told["appointment"]
    assert (shown["status"], shown["moved_from"]) == ("pending", old.code)
    assert emulator.world.signer.is_payment_request(told["payment"])
    kept = client.get(f"{URL}/{old.code}").json()
    assert (kept["status"], kept["moved_to"]) == ("booked", None)
    number = shown["payment_order"]["out_trade_no"]
    emulator.pay(number)
    assert post(*emulator.notifications(number)).status_code == 204
    states = [client.get(f"{URL}/{code}").json()["status"] for code in (old.code, shown["code"])]
    assert states == ["cancelled", "booked"]


def test_the_same_request_again_is_answered_the_same(client: APIClient, old: Appointment) -> None:
    session = beside(old)
    first = send(client, old, session, KEY)
    before = everything()
    second = send(client, old, session, KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert everything() == before


def test_a_refusal_is_remembered(client: APIClient, old: Appointment) -> None:
    first, second = (send(client, old, old.slot_id, KEY) for _ in range(2))
    assert first.status_code == second.status_code == 409
    assert first.json() == second.json() == {"code": "same-window", "message": "所选时段就是原预约的时段。", "detail": {}}
    assert IdempotencyRecord.objects.count() == 1


def test_all_that_speaks_against_it_is_told(client: APIClient, old: Appointment) -> None:
    Appointment.objects.filter(pk=old.pk).update(move_count=1)
    elsewhere = make_clinic(visit_date=old.visit_date)
    before = everything()
    answer = send(client, old, elsewhere)
    assert answer.status_code == 409
    assert answer.json() == {
        "code": "moves-used-up",
        "message": "同一次预约最多改约 1 次。",
        "detail": {
            "limit": 1,
            "refusals": [
                {"code": "moves-used-up", "message": "同一次预约最多改约 1 次。"},
                {"code": "move-out-of-scope", "message": "只能改约到同一科室的其他时段。"},
            ],
        },
    }
    assert everything() == before


@pytest.mark.parametrize("slot", [None, "x", "1", 0, -1, 1.5, True, [], {}, 2**63, "9" * 400])
def test_ill_asked(client: APIClient, old: Appointment, slot: Any) -> None:
    before = everything()
    answer = send(client, old, slot)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert everything() == before


def test_a_slot_that_is_not_there(client: APIClient, old: Appointment) -> None:
    before = everything()
    answer = send(client, old, 2**63 - 1)
    assert (answer.status_code, answer.json()["code"]) == (404, "slot-not-found")
    assert everything() == before


def test_another_accounts_appointment_is_not_found(old: Appointment) -> None:
    stranger, session = api_client(make_account().user), beside(old)
    before = everything()
    answer = send(stranger, old, session)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert APIClient().post(f"{URL}/{old.code}/move").status_code == 401
    assert everything() == before


def test_the_seat_is_held_while_wechat_is_down(client: APIClient, old: Appointment, emulator: Emulator) -> None:
    emulator.break_next("/v3/pay", "status", status=503)
    told = send(client, old, beside(old, fee_fen=5000))
    assert (told.status_code, told.json()["payment"]) == (201, None)
    code = told.json()["appointment"]["code"]
    assert client.post(f"{URL}/{code}/pay").status_code == 200
    assert PaymentOrder.objects.count() == 1
