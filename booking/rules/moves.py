"""What a move (改约) must satisfy beyond the rules of any booking: one small function a rule."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.errors import Refusal
from booking.models import Appointment, AppointmentStatus, Entitlement, Tier
from hospitals.models import BookingPolicy, ClinicSession, MoveScope, SessionStatus, Slot


class NotMovable(Refusal):
    """Only an appointment that is booked, and not yet begun or ended, can be moved."""


class MoveOfSuspended(Refusal):
    """The session was suspended: the patient chooses among what the hospital offers for that."""


class MoveWaitsForPayment(Refusal):
    """A move of this appointment holds a seat already and waits for its payment."""


class MoveDeadlinePassed(Refusal):
    """It is too late to move: the deadline is that of cancelling."""


class MovesUsedUp(Refusal):
    """The booking was moved as often as the policy allows, and the patient's tier gives no free move now."""


class MoveOutOfScope(Refusal):
    """The wanted window belongs to another doctor or department than the policy allows."""


class SameWindow(Refusal):
    """The wanted window is the one that is booked."""


@dataclass(frozen=True, slots=True)
class Move:
    """What the rules look at: read under the locks of the patient, both sessions and the appointment."""

    previous: Appointment
    session: ClinicSession
    slot: Slot
    waits_for_payment: bool
    tier: str
    # One that the tier gives for the running period and that is not used up; looked for beyond the allowance only.
    free_move: Entitlement | None
    now: datetime

    @property
    def policy(self) -> BookingPolicy:
        """The one the appointment was booked under: what was promised then holds."""
        return self.previous.policy or BookingPolicy()


def is_booked(move: Move) -> Refusal | None:
    status = AppointmentStatus(move.previous.status)
    return None if status == AppointmentStatus.BOOKED else NotMovable(status=status.label)


def is_to_be_held(move: Move) -> Refusal | None:
    return MoveOfSuspended() if move.previous.session.status == SessionStatus.SUSPENDED else None


def no_other_move_waits(move: Move) -> Refusal | None:
    return MoveWaitsForPayment() if move.waits_for_payment else None


def before_the_deadline(move: Move) -> Refusal | None:
    deadline = move.previous.cancel_deadline
    if deadline is None or move.now <= deadline:
        return None
    return MoveDeadlinePassed(deadline=f"{deadline.astimezone(move.session.hospital.zone):%Y-%m-%d %H:%M}")


def a_move_is_left(move: Move) -> Refusal | None:
    if not is_beyond_allowance(move) or is_free_move(move):
        return None
    return MovesUsedUp(limit=move.policy.moves_allowed)


def is_beyond_allowance(move: Move) -> bool:
    return allowance_is_used_up(move.previous)


def allowance_is_used_up(previous: Appointment) -> bool:
    """Whether the booking was moved as often as its policy allows everybody."""
    return previous.move_count >= (previous.policy or BookingPolicy()).moves_allowed


def is_free_move(move: Move) -> bool:
    """Whether the patient's tier gives this move beyond the allowance: some a quarter to a near time, or some a month in good
    time before the visit."""
    policy, booked = move.policy, move.previous.slot or move.previous.session
    if move.free_move is None:
        return False
    if move.tier == Tier.A:
        return abs(move.slot.starts_at - booked.starts_at) <= timedelta(days=policy.free_move_reach_days_a)
    return booked.starts_at - move.now >= timedelta(hours=policy.free_move_notice_hours_b)


def is_within_scope(move: Move) -> Refusal | None:
    previous, session = move.previous, move.session
    is_department = session.department_id == previous.department_id
    # A session without a doctor (普通号) is its department's.
    is_doctor = session.doctor_id == previous.doctor_id and (session.doctor_id is not None or is_department)
    scope = MoveScope(move.policy.move_scope)
    if is_doctor or (scope == MoveScope.DEPARTMENT and is_department):
        return None
    return MoveOutOfScope(scope=scope.label)


def is_another_window(move: Move) -> Refusal | None:
    return SameWindow() if move.slot.pk == move.previous.slot_id else None


MOVE_RULES: tuple[Callable[[Move], Refusal | None], ...] = (
    is_booked,
    is_to_be_held,
    no_other_move_waits,
    before_the_deadline,
    a_move_is_left,
    is_within_scope,
    is_another_window,
)


def move_refusals(move: Move) -> list[Refusal]:
    """Every reason against leaving the old booking for the wanted window; `refusals` judges the new one."""
    return [refusal for rule in MOVE_RULES if (refusal := rule(move)) is not None]
