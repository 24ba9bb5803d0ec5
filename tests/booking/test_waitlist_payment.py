"""An offered seat may be held for a day, and WeChat's payment sheet for two hours: the sheet can be asked for anew."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from booking.models import Appointment, AppointmentStatus, OrderState, PaymentOrder
from booking.services.holds import expire_due_holds
from booking.services.orders import PREPAY_LIFETIME, NothingToPay, place_order
from booking.services.waitlist.passing import pass_on_seats
from tests.booking.clock import ONE_SECOND
from tests.booking.notices import post
from tests.booking.snapshot import everything
from tests.booking.trading import set_clock
from tests.booking.waiting import cancel, full_session_now, reread, wait_for
from wechat.emulator import control
from wechat.emulator.testing import Emulator

PLACE = "/v3/pay/transactions/jsapi"
DAY = timedelta(hours=24)


@pytest.fixture
def offered(emulator: Emulator, now: datetime) -> Appointment:
    """Held for a day for 50 yuan."""
    session = full_session_now(now, fee_fen=5000)
    entry = wait_for(session, now=now)
    cancel(Appointment.objects.get(session=session), now=now)
    assert pass_on_seats(now=now).offered == 1
    held = reread(entry).appointment
    assert held is not None
    assert held.hold_expires_at is not None
    assert held.hold_expires_at >= now + DAY - timedelta(hours=6)
    return held


def open_sheet(emulator: Emulator, parameters: dict[str, str]) -> Any:
    """What the phone does with the parameters; the payer pays."""
    return control.request_payment(emulator.world, decision="pay", **parameters)


def place(held: Appointment, emulator: Emulator, now: datetime) -> dict[str, str]:
    set_clock(emulator, now)
    return place_order(appointment_id=held.pk, now=now)


def test_a_sheet_that_is_fresh_is_used_again(offered: Appointment, emulator: Emulator, now: datetime) -> None:
    first = place(offered, emulator, now)
    again = place(offered, emulator, now + PREPAY_LIFETIME - ONE_SECOND)
    assert first["package"] == again["package"]
    assert emulator.calls(PLACE) == 1
    assert open_sheet(emulator, again) == {"errMsg": "requestPayment:ok"}


def test_an_old_one_is_asked_for_anew_under_the_same_number(offered: Appointment, emulator: Emulator, now: datetime) -> None:
    old = place(offered, emulator, now)
    order = PaymentOrder.objects.get(appointment=offered)
    later = now + timedelta(hours=3)
    fresh = place(offered, emulator, later)

    with pytest.raises(ValueError, match="预支付会话不存在或已过期"):
        open_sheet(emulator, old)
    assert emulator.calls(PLACE) == 2
    placed_again = PaymentOrder.objects.get(appointment=offered)
    assert (placed_again.out_trade_no, placed_again.state) == (order.out_trade_no, OrderState.PLACED)
    assert (order.placed_at, placed_again.placed_at) == (now, later)
    assert fresh["package"] == f"prepay_id={placed_again.prepay_id}" != old["package"]

    assert open_sheet(emulator, fresh) == {"errMsg": "requestPayment:ok"}
    assert [post(notice).status_code for notice in emulator.notifications(order.out_trade_no)] == [204]
    offered.refresh_from_db()
    assert offered.status == AppointmentStatus.BOOKED


def test_paid_by_the_old_sheet_there_is_nothing_to_pay_again(offered: Appointment, emulator: Emulator, now: datetime) -> None:
    open_sheet(emulator, place(offered, emulator, now))
    with pytest.raises(NothingToPay):
        place(offered, emulator, now + timedelta(hours=3))
    offered.refresh_from_db()
    assert offered.status == AppointmentStatus.BOOKED


def test_not_once_the_offer_ran_out(offered: Appointment, emulator: Emulator, now: datetime) -> None:
    assert offered.hold_expires_at is not None
    over = offered.hold_expires_at
    place(offered, emulator, now)
    set_clock(emulator, over)
    assert expire_due_holds(now=over).expired == 1
    before = everything()
    with pytest.raises(NothingToPay):
        place(offered, emulator, over)
    assert everything() == before
