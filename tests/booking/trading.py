"""Trade with the emulated WeChat at moments of a test's own, so that bills of days that are over can be had."""

from datetime import datetime

from booking.models import Appointment, CancelledBy, Refund
from booking.services.cancellation import cancel_appointment
from booking.services.orders import place_order, settle_order
from booking.services.refunds import submit_refund
from booking.services.transitions import SYSTEM
from tests.factories.booking import make_appointment
from wechat.emulator.testing import Emulator


def set_clock(emulator: Emulator, now: datetime) -> None:
    """WeChat's clock stands at `now`; signatures keep real time."""
    emulator.world.clock = now.timestamp


def paid_at_wechat(emulator: Emulator, now: datetime, *, fee_fen: int = 5000, is_heard: bool = True) -> Appointment:
    """A booking whose order was placed and paid at `now`; its notification is lost, a query tells us unless not `is_heard`."""
    set_clock(emulator, now)
    appointment = make_appointment(now=now, fee_fen=fee_fen, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    emulator.pay(appointment.payment_order.out_trade_no, notify="lost")
    if is_heard:
        assert settle_order(order_id=appointment.payment_order.pk, now=now)
    appointment.refresh_from_db()
    appointment.payment_order.refresh_from_db()
    return appointment


def withdrawn(appointment: Appointment, now: datetime) -> Refund:
    """The hospital withdraws the booking: a refund is owed, and not sent yet."""
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=now)
    return Refund.objects.get(order=appointment.payment_order)


def refunded(emulator: Emulator, appointment: Appointment, now: datetime) -> Refund:
    """Withdrawn, sent to WeChat, and done."""
    set_clock(emulator, now)
    refund = withdrawn(appointment, now)
    submit_refund(refund_id=refund.pk, now=now)
    assert submit_refund(refund_id=refund.pk, now=now) == "succeeded"
    refund.refresh_from_db()
    return refund
