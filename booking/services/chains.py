"""The links of a moved booking (改约): one appointment is left for the next, and what was paid goes along.

A chain counts once, by its last link: the links that were left are void.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking.locks import lock_order
from booking.models import (
    Appointment,
    AppointmentStatus,
    CancelledBy,
    Choice,
    EventKind,
    OrderState,
    Outcome,
    PaymentOrder,
)
from booking.services.cancellation import settle_choice
from booking.services.refunds import request_refund
from booking.services.returns import free_seat
from booking.services.seats import return_seat
from booking.services.transitions import Actor, move_to, patient_actor, record_event

MOVED = "改约"


@dataclass(frozen=True, slots=True)
class Link:
    """What a new appointment says of the one whose place it takes."""

    previous: Appointment
    code: str
    is_free_move: bool

    @property
    def fields(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "rescheduled_from": self.previous,
            "move_count": self.previous.move_count + 1,
            "is_return_visit": self.previous.is_return_visit,
        }

    @property
    def facts(self) -> dict[str, Any]:
        """For its first event. The free moves of a patient's tier are counted by `free_move`."""
        facts: dict[str, Any] = {"moved_from": self.previous.code}
        return facts | {"free_move": True} if self.is_free_move else facts


@dataclass(frozen=True, slots=True)
class Credit:
    """What the payer has paid for an appointment and not got back, with its locked order; nothing and None where it was free."""

    order: PaymentOrder | None
    fen: int


def credit_of(appointment: Appointment) -> Credit:
    """Lock the appointment's order, where it has one. The caller holds the appointment."""
    order_id = PaymentOrder.objects.filter(appointment=appointment).values_list("pk", flat=True).first()
    if order_id is None:
        return Credit(None, 0)
    order = lock_order(order_id)
    order.appointment = appointment
    return Credit(order if order.state == OrderState.PAID else None, order.paid_fen - order.refunded_fen)


def leave(*, previous: Appointment, following_code: str, following_session_id: int, actor: Actor, now: datetime) -> None:
    """End a locked, booked appointment in favour of another, and free its seat. Raises TransitionRefused."""
    move_to(
        appointment=previous,
        status=AppointmentStatus.CANCELLED,
        kind=EventKind.MOVED,
        actor=actor,
        now=now,
        fields={
            "cancelled_at": now,
            "cancelled_by": CancelledBy.PATIENT,
            "cancel_reason": MOVED,
            "outcome": Outcome.VOID,
            "closed_at": now,
        },
        detail={"outcome": Outcome.VOID, "reason": MOVED, "moved_to": following_code},
    )
    if following_session_id == previous.session_id:
        # The session has as many seats as before: within a full one, the own seat is the one that is moved.
        return_seat(session=previous.session, slot=previous.slot, channel=previous.channel)
    else:
        free_seat(appointment=previous, now=now)


def arrive(*, following: Appointment, previous: Appointment, actor: Actor, now: datetime) -> None:
    """Note on the appointment that took another's place where it comes from."""
    record_event(
        appointment=following,
        kind=EventKind.MOVED,
        actor=actor,
        now=now,
        from_status=following.status,
        detail={"moved_from": previous.code},
    )


def carry_credit(*, credit: Credit, following: Appointment, now: datetime) -> int:
    """Let what was paid pay for the next appointment, and give back what it does not cost; return that, in fen.

    A free one needs no order: the old appointment keeps its own and is paid back in full.
    """
    if credit.order is None:
        return 0
    if following.fee_fen:
        credit.order.appointment = following
        credit.order.save(update_fields=["appointment"])
    left_fen = max(credit.fen - following.fee_fen, 0)
    if left_fen:
        request_refund(order=credit.order, amount_fen=left_fen, reason="挂号费差额", now=now)
    return left_fen


def is_move(appointment: Appointment) -> bool:
    """Whether an appointment that was never confirmed was to take another's place."""
    return appointment.move_count > 0


def can_be_left(previous: Appointment | None) -> bool:
    """Whether a paid move may still take place: not once the old appointment was withdrawn, or the patient has come."""
    return previous is not None and previous.status == AppointmentStatus.BOOKED


def give_up_waiting_move(previous: Appointment) -> None:
    """Free the place after a locked appointment for another than the move that waits for its payment.

    The move's hold runs out; paid before that, it is withdrawn and paid back.
    """
    Appointment.objects.filter(rescheduled_from=previous, status=AppointmentStatus.PENDING).update(rescheduled_from=None)


def take_over(*, previous: Appointment, following: Appointment, now: datetime) -> None:
    """Finish a move whose fee was paid: leave the old appointment and pay it back in full. Both are locked."""
    assert following.booked_by is not None, "a move is made by an account"
    actor = patient_actor(following.booked_by)
    credit = credit_of(previous)
    leave(previous=previous, following_code=following.code, following_session_id=following.session_id, actor=actor, now=now)
    arrive(following=following, previous=previous, actor=actor, now=now)
    # Suspended since the move began, it waited for a choice: this was it.
    settle_choice(appointment=previous, choice=Choice.ANOTHER_DATE, actor=actor, now=now, moved_to=following)
    if credit.order is not None and credit.fen:
        request_refund(order=credit.order, amount_fen=credit.fen, reason="改约，原费用全额退款", now=now)
