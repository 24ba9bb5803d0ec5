"""Notifications that are not WeChat's, not ours or not true change nothing."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from booking import locks
from booking.models import Appointment, PayNotification
from booking.services.orders import place_order
from tests.booking.notices import PAYMENT, REFUND, post, signed, transaction
from tests.booking.snapshot import everything
from tests.factories.booking import make_appointment
from wechat.emulator.notices import SignedNotice
from wechat.emulator.testing import Emulator


@pytest.fixture
def appointment(emulator: Emulator, now: datetime) -> Appointment:
    appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    return appointment


@pytest.fixture
def notice(appointment: Appointment, emulator: Emulator) -> SignedNotice:
    """The true one, not yet sent."""
    emulator.pay(appointment.payment_order.out_trade_no)
    (notice,) = emulator.notifications(appointment.payment_order.out_trade_no)
    return notice


def old(notice: SignedNotice, emulator: Emulator, seconds: float) -> SignedNotice:
    headers = emulator.world.signer.headers(notice.body, signed_at=time.time() - seconds)
    return SignedNotice(notice.url, notice.headers | headers, notice.body)


def tampered(body: bytes) -> bytes:
    told = json.loads(body)
    told["resource"]["ciphertext"] = told["resource"]["ciphertext"][:-8] + "AAAAAAA="
    return json.dumps(told).encode()


FORGERIES: dict[str, Callable[[SignedNotice, Emulator], Any]] = {
    "another-body": lambda n, e: post(n, body=n.body + b" "),
    "tampered-content": lambda n, e: post(n, body=tampered(n.body)),
    "probe": lambda n, e: post(n, Wechatpay_Signature="WECHATPAY/SIGNTEST/" + n.headers["Wechatpay-Signature"]),
    "no-signature": lambda n, e: post(n, Wechatpay_Signature=""),
    "not-base64": lambda n, e: post(n, Wechatpay_Signature="!!!"),
    "foreign-serial": lambda n, e: post(n, Wechatpay_Serial="PUB_KEY_ID_0000000000000000000000000000000"),
    "other-algorithm": lambda n, e: post(n, Wechatpay_Signature_Type="WECHATPAY2-SM2-WITH-SM3"),
    "other-nonce": lambda n, e: post(n, Wechatpay_Nonce="another"),
    "no-timestamp": lambda n, e: post(n, Wechatpay_Timestamp="yesterday"),
    "moved-timestamp": lambda n, e: post(n, Wechatpay_Timestamp=str(int(time.time()) + 60)),
    "stale": lambda n, e: post(old(n, e, 301 + 1)),
    "from-the-future": lambda n, e: post(old(n, e, -302)),
    "empty": lambda n, e: post(n, body=b""),
    "not-json": lambda n, e: post(n, body=b"<xml/>"),
    "null": lambda n, e: post(n, body=b"null"),
    "nested": lambda n, e: post(n, body=b"[" * 20_000),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_notification_is_refused(
    notice: SignedNotice, emulator: Emulator, forge: Callable[[SignedNotice, Emulator], Any]
) -> None:
    before = everything()
    answer = forge(notice, emulator)
    assert (answer.status_code, answer.json()) == (401, {"code": "FAIL", "message": "验签失败"})
    assert everything() == before
    assert post(notice).status_code == 204
    assert everything() != before


def test_a_signature_five_minutes_old_is_still_good(notice: SignedNotice, emulator: Emulator, appointment: Appointment) -> None:
    assert post(old(notice, emulator, 290)).status_code == 204
    appointment.refresh_from_db()
    assert appointment.status == "booked"


@pytest.mark.parametrize("changes", [{"mchid": "1900000000"}, {"appid": "wx0000000000000000"}])
def test_another_merchants_payment_is_refused(appointment: Appointment, emulator: Emulator, changes: dict) -> None:
    resource = transaction(emulator, out_trade_no=appointment.payment_order.out_trade_no, **changes)
    before = everything()
    assert post(signed(emulator, resource)).status_code == 401
    assert everything() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"out_trade_no": None},
        {"amount": {"total": "5000"}},
        {"amount": None},
        {"amount": {"total": 5000, "currency": "USD"}},
        {"transaction_id": 7},
    ],
)
def test_an_ill_shaped_payment_is_refused(appointment: Appointment, emulator: Emulator, changes: dict) -> None:
    resource = transaction(emulator, out_trade_no=appointment.payment_order.out_trade_no) | changes
    before = everything()
    assert post(signed(emulator, resource)).status_code == 401
    assert everything() == before


@pytest.mark.parametrize(
    ("resource", "event_type"),
    [
        ({"amount": {"total": 1, "currency": "CNY"}}, "TRANSACTION.SUCCESS"),
        ({"out_trade_no": "YZ20260310nobodys"}, "TRANSACTION.SUCCESS"),
        ({"trade_state": "NOTPAY"}, "TRANSACTION.SUCCESS"),
    ],
    ids=["wrong-amount", "unknown-order", "not-paid"],
)
def test_true_and_not_ours_is_taken_and_changes_nothing(
    appointment: Appointment, emulator: Emulator, resource: dict, event_type: str
) -> None:
    """It is WeChat's, so sending it again would not help; the logs tell staff."""
    told = transaction(emulator, out_trade_no=appointment.payment_order.out_trade_no) | resource
    before = everything(but=(PayNotification,))
    assert post(signed(emulator, told, event_type=event_type)).status_code == 204
    assert everything(but=(PayNotification,)) == before
    assert PayNotification.objects.count() == 1


def test_a_refund_we_did_not_ask_for_changes_nothing(appointment: Appointment, emulator: Emulator) -> None:
    told = {
        "mchid": emulator.keys.mchid,
        "out_trade_no": appointment.payment_order.out_trade_no,
        "out_refund_no": "YRmadebyhand",
        "transaction_id": "42",
        "refund_id": "50",
        "refund_status": "SUCCESS",
        "success_time": "2026-03-10T10:00:00+08:00",
        "amount": {"total": 5000, "refund": 5000, "payer_total": 5000, "payer_refund": 5000},
    }
    before = everything(but=(PayNotification,))
    assert post(signed(emulator, told, event_type="REFUND.SUCCESS"), path=REFUND).status_code == 204
    assert everything(but=(PayNotification,)) == before


@pytest.mark.parametrize("length", [str(64 * 1024 + 1), "-1", "²", "1e3"])
def test_an_odd_or_huge_length_is_refused_unread(length: str, emulator: Emulator) -> None:
    answer = Client().post(PAYMENT, data=b"{}", content_type="application/json", CONTENT_LENGTH=length)
    assert answer.status_code == 413


def test_only_posts_are_heard() -> None:
    assert Client().get(PAYMENT).status_code == 405


def test_while_the_rows_are_busy_wechat_is_asked_to_come_back(
    notice: SignedNotice, appointment: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_patient_id: int) -> None:
        raise locks.TooBusy()

    before = everything()
    with monkeypatch.context() as patch:
        patch.setattr(locks, "lock_patient", busy)
        assert post(notice).status_code == 503
    assert everything() == before
    assert post(notice).status_code == 204
    appointment.refresh_from_db()
    assert appointment.status == "booked"
