"""WeChat Pay slow, failing or talking garbage, at each call that booking makes: nothing is half done, the next try succeeds."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from booking.models import AppointmentStatus, OrderState, PaymentOrder, ReconciliationRun, Refund, RefundState
from booking.services.holds import close_abandoned_orders, expire_due_holds
from booking.services.orders import PaymentUnavailable, place_order, settle_order
from booking.services.reconciliation.runs import bill_day, reconcile_day
from booking.services.refunds import submit_refund
from tests.booking.snapshot import everything
from tests.booking.trading import paid_at_wechat, set_clock, withdrawn
from tests.factories.booking import make_appointment
from wechat import pay
from wechat.emulator.testing import Emulator

# `slow` is slower than the client waits; `lost_answer` and `bad_signature` are carried out, and we cannot know.
FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"kind": "slow", "seconds": 0.6},
    "status": {"kind": "status", "status": 500},
    "garbage": {"kind": "garbage"},
    "lost_answer": {"kind": "lost_answer"},
    "bad_signature": {"kind": "bad_signature"},
}
IMPATIENT_SECONDS = 0.2
HOLD = timedelta(minutes=10)

Break = Callable[[str, str], AbstractContextManager[None]]


@pytest.fixture
def breaks(emulator: Emulator, settings: Any) -> Break:
    """WeChat's next call below a path goes wrong in one of the ways; only a slow one is met by an impatient client."""

    @contextmanager
    def broken(path: str, fault: str) -> Iterator[None]:
        patient = settings.WECHAT
        emulator.break_next(path, **FAULTS[fault])
        if fault == "slow":
            settings.WECHAT = patient | {"timeout_seconds": IMPATIENT_SECONDS}
        yield
        settings.WECHAT = patient

    return broken


pytestmark = pytest.mark.parametrize("fault", FAULTS)


def test_placing(emulator: Emulator, now: datetime, breaks: Break, fault: str) -> None:
    appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
    before = everything()
    with breaks("/v3/pay/transactions/jsapi", fault), pytest.raises(PaymentUnavailable):
        place_order(appointment_id=appointment.pk, now=now)
    assert everything() == before
    assert place_order(appointment_id=appointment.pk, now=now)["signType"] == "RSA"
    assert PaymentOrder.objects.get().state == OrderState.PLACED


def test_asking(emulator: Emulator, now: datetime, breaks: Break, fault: str) -> None:
    appointment = paid_at_wechat(emulator, now, is_heard=False)
    before = everything()
    with breaks("/v3/pay/transactions/out-trade-no/", fault), pytest.raises(PaymentUnavailable):
        settle_order(order_id=appointment.payment_order.pk, now=now)
    assert everything() == before
    assert settle_order(order_id=appointment.payment_order.pk, now=now)
    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.BOOKED


def test_closing(emulator: Emulator, now: datetime, breaks: Break, fault: str) -> None:
    """The seat is freed for others all the same; the order is ended by the next sweep."""
    appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    with breaks("/v3/pay/transactions/out-trade-no/", fault):
        assert expire_due_holds(now=now + HOLD).expired == 1
    assert PaymentOrder.objects.get().state == OrderState.PLACED
    assert close_abandoned_orders(now=now + HOLD) == 1
    appointment.refresh_from_db()
    assert (appointment.status, PaymentOrder.objects.get().state) == (AppointmentStatus.CANCELLED, OrderState.CLOSED)
    with pytest.raises(ValueError, match="订单已关闭"):
        emulator.pay(appointment.payment_order.out_trade_no)


def test_paying_back(emulator: Emulator, now: datetime, breaks: Break, fault: str) -> None:
    refund = withdrawn(paid_at_wechat(emulator, now), now)
    with breaks("/v3/refund/domestic/refunds", fault):
        assert submit_refund(refund_id=refund.pk, now=now) == RefundState.REQUESTED
    refund.refresh_from_db()
    assert (refund.attempts, refund.next_attempt_at) == (1, now + timedelta(minutes=1))
    submit_refund(refund_id=refund.pk, now=now)
    assert submit_refund(refund_id=refund.pk, now=now) == RefundState.SUCCEEDED
    assert paid_back(emulator) == [(refund.out_refund_no, 5000)]


def test_asking_about_a_refund(emulator: Emulator, now: datetime, breaks: Break, fault: str) -> None:
    refund = withdrawn(paid_at_wechat(emulator, now), now)
    assert submit_refund(refund_id=refund.pk, now=now) == RefundState.PROCESSING
    with breaks("/v3/refund/domestic/refunds/", fault):
        assert submit_refund(refund_id=refund.pk, now=now) == RefundState.PROCESSING
    assert Refund.objects.get().last_error != ""
    assert submit_refund(refund_id=refund.pk, now=now) == RefundState.SUCCEEDED
    assert Refund.objects.get().last_error == ""
    assert paid_back(emulator) == [(refund.out_refund_no, 5000)]


@pytest.mark.parametrize("path", ["/v3/bill/tradebill", "/v3/billdownload/file"])
def test_the_bill(emulator: Emulator, now: datetime, breaks: Break, path: str, fault: str) -> None:
    if (path, fault) == ("/v3/billdownload/file", "bad_signature"):
        fault = "garbage"  # a download is not signed: the hash, which is, vouches for it
    yesterday = now - timedelta(days=1)
    appointment = paid_at_wechat(emulator, yesterday, is_heard=False)
    emulator.world.bill_at_once = True
    set_clock(emulator, now)
    before = everything()
    with breaks(path, fault), pytest.raises(pay.PayUnavailable):
        reconcile_day(day=bill_day(yesterday), now=now)
    assert everything() == before
    assert not ReconciliationRun.objects.exists()
    assert reconcile_day(day=bill_day(yesterday), now=now).settled == (appointment.payment_order.out_trade_no,)


def paid_back(emulator: Emulator) -> list[tuple[str, int]]:
    with emulator.world.store.transaction() as db:
        return [tuple(row) for row in db.execute("SELECT out_refund_no, amount FROM refund").fetchall()]
