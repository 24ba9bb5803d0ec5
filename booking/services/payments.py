"""Money that came in. Notification and query both end here, in one service that is safe to run twice."""

import logging
from datetime import datetime

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import Patient
from booking.locks import lock_appointments, lock_order, lock_patient_of
from booking.models import (
    Appointment,
    AppointmentStatus,
    CancelledBy,
    EventKind,
    OrderState,
    PaymentOrder,
)
from booking.rules import enforce
from booking.services.acceptance import confirm
from booking.services.attempts import gather_attempt, make_room
from booking.services.cancellation import withdraw_unused
from booking.services.chains import can_be_left, is_move, take_over
from booking.services.confirmation import confirmation_deadline
from booking.services.pay_states import move_order
from booking.services.refunds import request_refund
from booking.services.returns import reclaim_seat
from booking.services.seats import take_seat
from booking.services.transitions import SYSTEM, move_to, record_event
from hospitals.models import ClinicSession, SessionStatus, Slot
from wechat import pay

logger = logging.getLogger(__name__)


class PaymentNotOurs(Exception):
    """WeChat speaks of an order that we do not have, or of another amount than we asked for. Staff must look."""


@transaction.atomic
def record_payment(*, state: pay.OrderState, now: datetime) -> PaymentOrder:
    """Record that an order was paid and book the appointment it was for. Nothing happens the second time.

    Where the hold ran out meanwhile, the patient gets a seat if the rules would still give one, else the money back.
    Raises PaymentNotOurs, TooBusy.
    """
    found = PaymentOrder.objects.select_related("appointment").filter(out_trade_no=state.out_trade_no).first()
    if found is None:
        raise PaymentNotOurs(f"no order {state.out_trade_no}")
    appointment_id, previous_id = found.appointment_id, found.appointment.rescheduled_from_id
    # A late payment is judged by the rules anew, and they look at the patient's other bookings.
    patient = lock_patient_of(appointment_id)
    locked, _ = lock_appointments([appointment_id] if previous_id is None else [appointment_id, previous_id])
    appointment = locked[appointment_id]
    # By its own id: once paid, it may have gone over to the appointment of a move meanwhile.
    order = lock_order(found.pk)
    if order.state == OrderState.PAID:
        return order
    if state.amount_fen != order.amount_fen:
        raise PaymentNotOurs(f"{order.out_trade_no}: {state.amount_fen} fen paid, {order.amount_fen} asked")
    move_order(
        order,
        OrderState.PAID,
        paid_fen=order.amount_fen,
        paid_at=state.success_time or now,
        transaction_id=state.transaction_id or "",
    )
    record_event(
        appointment=appointment,
        kind=EventKind.PAYMENT_RECEIVED,
        actor=SYSTEM,
        now=now,
        from_status=appointment.status,
        detail={"amount_fen": order.amount_fen, "out_trade_no": order.out_trade_no},
    )
    order.appointment = appointment
    # As it is under the lock: the link is cut where the hold ran out meanwhile.
    previous = locked[previous_id] if previous_id and appointment.rescheduled_from_id else None
    _use_payment(appointment, previous, patient, order, now)
    return order


def _use_payment(
    appointment: Appointment, previous: Appointment | None, patient: Patient, order: PaymentOrder, now: datetime
) -> None:
    session = appointment.session
    if appointment.status == AppointmentStatus.PENDING:
        if session.status != SessionStatus.ACTIVE or now >= session.ends_at:
            # Booked now, it could only be missed: the order is paid, so withdrawing gives the money back.
            withdraw_unused(appointment=appointment, reason="支付时班次已结束或停诊", now=now)
        elif is_move(appointment) and not can_be_left(previous):
            withdraw_unused(appointment=appointment, reason="支付时原预约已变更，改约未成", now=now)
        else:
            confirm(appointment=appointment, actor=SYSTEM, now=now)
            if previous is not None:
                take_over(previous=previous, following=appointment, now=now)
    elif is_move(appointment):
        # Its patient still has the old appointment, or has given that up as well: no second one behind their back.
        request_refund(order=order, amount_fen=order.amount_fen, reason="支付时改约已失效", now=now)
    elif _hold_ran_out(appointment) and _seat_again(appointment, patient, session, now):
        logger.info("Order %s was paid after its hold ran out: the seat was still there", order.out_trade_no)
    else:
        request_refund(order=order, amount_fen=order.amount_fen, reason="支付时号源已释放", now=now)


def _hold_ran_out(appointment: Appointment) -> bool:
    return (
        appointment.status == AppointmentStatus.CANCELLED
        and appointment.cancelled_by == CancelledBy.SYSTEM
        and appointment.booked_at is None
    )


def _seat_again(appointment: Appointment, patient: Patient, session: ClinicSession, now: datetime) -> bool:
    """Take a seat anew for a hold that ran out; False where the rules would refuse a new booking of the same window."""
    slot = appointment.slot
    if slot is None:
        return False
    try:
        # What is put on sale for the patient's sake is taken off it again where the rules refuse.
        with transaction.atomic():
            _take_seat_again(appointment, slot, patient, session, now)
    except Refusal:
        return False
    return True


def _take_seat_again(appointment: Appointment, slot: Slot, patient: Patient, session: ClinicSession, now: datetime) -> None:
    """Raises the Refusal of the first rule that speaks against it."""
    # Their own seat, where it is still kept off sale.
    if reclaim_seat(appointment=appointment, now=now):
        slot.refresh_from_db(fields=["withheld"])
    make_room(session=session, slot=slot, now=now)
    attempt = gather_attempt(patient=patient, session=session, slot=slot, now=now)
    enforce(attempt)
    channel = attempt.opening.channel
    assert channel is not None, "session_is_open refuses a session without an open channel"
    number = take_seat(session=session, slot=slot, channel=channel)
    move_to(
        appointment=appointment,
        status=AppointmentStatus.BOOKED,
        kind=EventKind.BOOKED,
        actor=SYSTEM,
        now=now,
        fields={
            "channel": channel,
            "number": number,
            "tier": attempt.tier,
            "confirm_by": confirmation_deadline(attempt=attempt, booked_at=now),
            "booked_at": now,
            "hold_expires_at": None,
            "cancelled_at": None,
            "cancelled_by": "",
            "cancel_reason": "",
            "outcome": "",
            "closed_at": None,
        },
        detail={"late_payment": True},
    )
