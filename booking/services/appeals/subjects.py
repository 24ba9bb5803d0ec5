"""What a patient may appeal against, and until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from accounts.errors import Refusal
from booking.models import Appeal, AppealState, Appointment, Outcome, Restriction
from hospitals.models import BookingPolicy
from hospitals.services.policies import effective_policy

# What counts against a patient and can be excused. An early cancellation was the patient's own choice, within the rules.
APPEALABLE_OUTCOMES = (Outcome.MISSED, Outcome.UNATTENDED)


class NotAppealable(Refusal):
    """The appointment came to nothing that is held against the patient, or has not come to an end."""


class RestrictionIsOver(Refusal):
    """The pause has ended by itself or was lifted: there is nothing left to appeal against."""


class AppealTooLate(Refusal):
    """The time to appeal is over."""


class AlreadyAppealed(Refusal):
    """There is an appeal about it, which waits or was decided."""


@dataclass(frozen=True, slots=True)
class AppealFacts:
    """How an appointment or a pause stands to appeals, for one account. `appeal` is the one that was not withdrawn."""

    can_appeal: bool
    until: datetime
    appeal: Appeal | None


def facts_of_appointment(appointment: Appointment, *, now: datetime) -> AppealFacts | None:
    """None where an appeal was never possible: nothing was held against the patient."""
    if appointment.closed_at is None:
        return None
    appeal = Appeal.objects.filter(appointment=appointment).exclude(state=AppealState.WITHDRAWN).first()
    if appeal is None and appointment.outcome not in APPEALABLE_OUTCOMES:
        return None
    refusal = refusal_of_appointment(appointment, appeal, now=now)
    return AppealFacts(refusal is None, appeal.until if appeal else deadline_of_appointment(appointment), appeal)


def facts_of_restriction(restriction: Restriction, *, now: datetime) -> AppealFacts:
    appeal = Appeal.objects.filter(restriction=restriction).exclude(state=AppealState.WITHDRAWN).first()
    until = appeal.until if appeal else deadline_of_restriction(restriction)
    return AppealFacts(refusal_of_restriction(restriction, appeal, until, now=now) is None, until, appeal)


def refusal_of_appointment(appointment: Appointment, appeal: Appeal | None, *, now: datetime) -> Refusal | None:
    """What speaks against an appeal, `appeal` being the one that stands."""
    if appeal is not None:
        return AlreadyAppealed(state=AppealState(appeal.state).label)
    if appointment.outcome not in APPEALABLE_OUTCOMES or appointment.closed_at is None:
        return NotAppealable(outcome=appointment.get_outcome_display() or appointment.get_status_display())
    return _too_late(deadline_of_appointment(appointment), appointment.hospital.zone, now)


def refusal_of_restriction(restriction: Restriction, appeal: Appeal | None, until: datetime, *, now: datetime) -> Refusal | None:
    if appeal is not None:
        return AlreadyAppealed(state=AppealState(appeal.state).label)
    if restriction.lifted_at is not None or restriction.ends_at <= now:
        return RestrictionIsOver()
    return _too_late(until, restriction.hospital.zone, now)


def deadline_of_appointment(appointment: Appointment) -> datetime:
    """Some days (policy) after it was closed, by the version that it was booked under."""
    assert appointment.closed_at is not None, "only closed appointments can be appealed against"
    policy = appointment.policy or BookingPolicy()
    return appointment.closed_at + timedelta(days=policy.appeal_days)


def deadline_of_restriction(restriction: Restriction) -> datetime:
    """Some days (policy) after it was written, which is when it can first be seen: it starts with the miss, days before."""
    written_at = restriction.created_at
    policy = effective_policy(hospital_id=restriction.hospital_id, registration_type_id=None, at=written_at)
    return written_at + timedelta(days=policy.appeal_days)


def _too_late(until: datetime, zone: tzinfo, now: datetime) -> Refusal | None:
    return AppealTooLate(until=f"{until.astimezone(zone):%Y-%m-%d %H:%M}") if now > until else None
