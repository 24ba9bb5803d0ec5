"""Holds that ran out, and orders whose end nobody told us: the sweeps that lose nothing."""

import logging
from dataclasses import dataclass
from datetime import datetime

from booking.locks import TooBusy
from booking.models import Appointment, AppointmentStatus, OrderState, PaymentOrder
from booking.services.cancellation import expire_hold
from booking.services.orders import PaymentUnavailable, close_order

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SweepResult:
    """How many holds were freed and how many turned out to be paid."""

    expired: int
    paid: int


def expire_due_holds(*, now: datetime) -> SweepResult:
    """Free every seat whose hold ran out.

    The order is closed at WeChat first, so that it cannot be paid any more; if it was paid meanwhile, the booking stands. Where
    WeChat does not answer, the seat is freed all the same (others wait for it) and a payment that still comes is met by
    `record_payment`: the seat again, or the money back.
    """
    due = Appointment.objects.filter(status=AppointmentStatus.PENDING, hold_expires_at__lte=now)
    expired = paid = 0
    for appointment_id, order_id in due.order_by("hold_expires_at").values_list("pk", "payment_order__pk"):
        try:
            if order_id is not None and not _close_or_carry_on(order_id, now):
                paid += 1
            elif expire_hold(appointment_id=appointment_id, now=now):
                expired += 1
        except TooBusy:
            logger.warning("The hold of appointment %s could not be freed yet, the sweep will come back", appointment_id)
    return SweepResult(expired=expired, paid=paid)


def _close_or_carry_on(order_id: int, now: datetime) -> bool:
    """Close an order; True where it is not (known to be) paid."""
    try:
        return close_order(order_id=order_id, now=now)
    except PaymentUnavailable:
        logger.warning("Order %s could not be closed yet; its seat is freed, the sweep will come back", order_id)
        return True


def close_abandoned_orders(*, now: datetime) -> int:
    """Close orders that outlived their appointment: WeChat did not answer, or a worker died. Returns how many were ended."""
    orders = PaymentOrder.objects.filter(
        state__in=[OrderState.CREATED, OrderState.PLACED],
        appointment__status__in=[AppointmentStatus.CANCELLED, AppointmentStatus.NOSHOW],
    )
    ended = 0
    for order_id in orders.order_by("pk").values_list("pk", flat=True):
        try:
            close_order(order_id=order_id, now=now)
        except (PaymentUnavailable, TooBusy):
            logger.warning("Order %s could not be closed yet", order_id)
        else:
            ended += 1
    return ended
