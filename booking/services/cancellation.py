"""Withdrawing an appointment: by the patient, the hospital, or a hold that ran out."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.errors import Refusal
from booking.locks import lock_appointment, lock_order
from booking.models import (
    Appointment,
    AppointmentStatus,
    CancelledBy,
    Choice,
    EventKind,
    OrderState,
    Outcome,
    PaymentOrder,
    SuspensionChoice,
)
from booking.services.entitlements.free_moves import give_back_free_move
from booking.services.queue.joining import leave_queue
from booking.services.refunds import request_refund
from booking.services.returns import free_seat
from booking.services.transitions import SYSTEM, Actor, TransitionRefused, move_to
from hospitals.models import ClinicSession, SessionStatus

FULL_REFUND_PERCENT = 100
PRESENT_STATUSES = (AppointmentStatus.ARRIVED, AppointmentStatus.CHECKED_IN)


class VisitIsOver(Refusal):
    """The session has ended: what was not attended can no longer be withdrawn."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A cancelled appointment and what goes back to the payer, in fen."""

    appointment: Appointment
    refund_fen: int


@transaction.atomic
def cancel_appointment(*, appointment_id: int, by: CancelledBy, actor: Actor, now: datetime, reason: str = "") -> Cancellation:
    """Withdraw an appointment, free its seat and owe the refund the policy gives. Withdrawing twice changes nothing more.

    Raises Appointment.DoesNotExist, VisitIsOver, TransitionRefused.
    """
    appointment, session = lock_appointment(appointment_id)
    if appointment.status == AppointmentStatus.CANCELLED:
        return Cancellation(appointment, _refunded_before(appointment))
    _refuse_where_present(appointment, by, session)
    if session.status == SessionStatus.SUSPENDED:
        # Whoever withdraws now, it is the hospital that called the visit off.
        by = CancelledBy.HOSPITAL
        settle_choice(appointment=appointment, choice=Choice.REFUND, actor=actor, now=now)
    if by == CancelledBy.PATIENT and now >= session.ends_at:
        raise VisitIsOver()
    outcome = outcome_of_cancellation(appointment=appointment, by=by, now=now)
    refund_fen = _withdraw(appointment=appointment, by=by, actor=actor, reason=reason, outcome=outcome, now=now)
    return Cancellation(appointment, refund_fen)


def _refuse_where_present(appointment: Appointment, by: CancelledBy, session: ClinicSession) -> None:
    """Who is at the hospital is seen, unless the hospital itself called the session off."""
    is_called_off = by == CancelledBy.HOSPITAL and session.status == SessionStatus.SUSPENDED
    if appointment.status in PRESENT_STATUSES and not is_called_off:
        status, wanted = AppointmentStatus(appointment.status), AppointmentStatus.CANCELLED
        raise TransitionRefused(status=status.label, wanted=wanted.label)


def _refunded_before(appointment: Appointment) -> int:
    """A client that missed the first answer hears the same one again."""
    refunded = PaymentOrder.objects.filter(appointment=appointment).values_list("refunded_fen", flat=True).first()
    return refunded or 0


def settle_choice(
    *, appointment: Appointment, choice: Choice, actor: Actor, now: datetime, moved_to: Appointment | None = None
) -> None:
    """Write down what became of a booking of a suspended session, where nobody had chosen yet. Its session is locked."""
    open_choice = SuspensionChoice.objects.filter(appointment=appointment, choice="")
    open_choice.update(choice=choice, chosen_by=actor.user, chosen_at=now, moved_to=moved_to)


def outcome_of_cancellation(*, appointment: Appointment, by: CancelledBy, now: datetime) -> Outcome:
    """What a cancellation counts as (scoring-model.md): early, late but accounted for, or nothing of the patient's doing."""
    if by != CancelledBy.PATIENT or appointment.booked_at is None or _never_agreed(appointment):
        return Outcome.VOID
    is_early = appointment.cancel_deadline is None or now <= appointment.cancel_deadline
    return Outcome.CANCELLED if is_early else Outcome.UNATTENDED


def _never_agreed(appointment: Appointment) -> bool:
    """Whether it is a substitute (替诊) that the hospital gave by default to a patient who had not chosen."""
    if appointment.rescheduled_from_id is None:
        return False
    by_default = SuspensionChoice.objects.filter(moved_to=appointment, choice=Choice.SUBSTITUTE, chosen_by__isnull=True)
    return by_default.exists()


def withdraw_unused(*, appointment: Appointment, reason: str, now: datetime, kind: EventKind = EventKind.CANCELLED) -> int:
    """Withdraw a locked appointment that came to nothing through no fault of the patient; returns the refund in fen."""
    return _withdraw(
        appointment=appointment, by=CancelledBy.SYSTEM, actor=SYSTEM, reason=reason, outcome=Outcome.VOID, now=now, kind=kind
    )


def call_off(*, appointment: Appointment, actor: Actor, reason: str, now: datetime, kind: EventKind = EventKind.CANCELLED) -> int:
    """Withdraw a locked appointment in the hospital's name: it counts for nothing, and all that was paid goes back.

    Returns the refund in fen.
    """
    return _withdraw(
        appointment=appointment, by=CancelledBy.HOSPITAL, actor=actor, reason=reason, outcome=Outcome.VOID, now=now, kind=kind
    )


@transaction.atomic
def expire_hold(*, appointment_id: int, now: datetime) -> bool:
    """Free the seat of a hold that ran out. Returns whether it did; False where it was paid or withdrawn meanwhile."""
    appointment, _ = lock_appointment(appointment_id)
    if appointment.status != AppointmentStatus.PENDING:
        return False
    if appointment.hold_expires_at is None or appointment.hold_expires_at > now:
        return False
    _withdraw(
        appointment=appointment,
        by=CancelledBy.SYSTEM,
        actor=SYSTEM,
        # What costs nothing was an offer (候补, 加号) that nobody accepted.
        reason="超时未支付" if appointment.fee_fen else "超时未确认",
        outcome=Outcome.VOID,
        now=now,
        kind=EventKind.HOLD_EXPIRED,
    )
    return True


def _withdraw(
    *,
    appointment: Appointment,
    by: CancelledBy,
    actor: Actor,
    reason: str,
    outcome: Outcome,
    now: datetime,
    kind: EventKind = EventKind.CANCELLED,
) -> int:
    """Cancel a locked appointment; returns the refund in fen."""
    was_there = appointment.status in PRESENT_STATUSES
    move_to(
        appointment=appointment,
        status=AppointmentStatus.CANCELLED,
        kind=kind,
        actor=actor,
        now=now,
        fields={
            "cancelled_at": now,
            "cancelled_by": by,
            "cancel_reason": reason,
            "outcome": outcome,
            "closed_at": now,
            "hold_expires_at": None,
            **_unlink(appointment),
        },
        detail={"outcome": outcome, "reason": reason},
    )
    if was_there:
        leave_queue(appointment=appointment, actor=actor, now=now)
    if appointment.move_count and appointment.booked_at is None:
        give_back_free_move(appointment)
    free_seat(appointment=appointment, now=now)
    return _refund_if_paid(appointment, by, now)


def _unlink(appointment: Appointment) -> dict[str, None]:
    """A move (改约) that was never paid for took nobody's place: what it was to replace stays, and may be moved again."""
    return {} if appointment.booked_at else {"rescheduled_from": None}


def _refund_if_paid(appointment: Appointment, by: CancelledBy, now: datetime) -> int:
    order_id = PaymentOrder.objects.filter(appointment=appointment).values_list("pk", flat=True).first()
    if order_id is None:
        return 0
    order = lock_order(order_id)
    order.appointment = appointment
    if order.state != OrderState.PAID:
        return 0
    # The fee, not what was paid: the difference to a cheaper visit went back when it was changed for it.
    fee_fen = appointment.fee_fen
    kept_fen = fee_fen - fee_fen * refund_percent(appointment=appointment, by=by, now=now) // 100
    owed = order.paid_fen - order.refunded_fen - kept_fen
    if owed <= 0:
        return 0
    request_refund(order=order, amount_fen=owed, reason="预约取消", now=now)
    return owed


def refund_percent(*, appointment: Appointment, by: CancelledBy, now: datetime) -> int:
    """How much of the fee goes back: all of it before the deadline or when the hospital cancels or suspends, else by policy."""
    is_late = appointment.cancel_deadline is not None and now > appointment.cancel_deadline
    is_called_off = by != CancelledBy.PATIENT or appointment.session.status == SessionStatus.SUSPENDED
    if is_called_off or not is_late or appointment.policy is None:
        return FULL_REFUND_PERCENT
    return appointment.policy.late_refund_percent
