"""Rules about the patient: the department's limits of age and sex, and restrictions from past misses."""

from datetime import datetime

from accounts.ages import age_on
from accounts.errors import Refusal
from accounts.models import Sex
from booking.rules.attempt import Attempt


class AgeNotAccepted(Refusal):
    """The department does not see patients of this age."""


class SexNotAccepted(Refusal):
    """The department sees patients of the other sex only."""


class BookingPaused(Refusal):
    """Booking is paused after repeated misses."""


class CancelledTooOften(Refusal):
    """The patient cancelled as often this month as the policy allows; booking goes on when the month is over."""


def age_is_accepted(attempt: Attempt) -> Refusal | None:
    department, born = attempt.session.department, attempt.patient.birth_date
    if born is None:
        return None
    age = age_on(born, attempt.session.visit_date)
    low = department.minimum_age if department.minimum_age is not None else 0
    high = department.maximum_age if department.maximum_age is not None else age
    if low <= age <= high:
        return None
    return AgeNotAccepted(department=department.name, limit=_age_limit(department.minimum_age, department.maximum_age))


def _age_limit(minimum: int | None, maximum: int | None) -> str:
    parts = [f"{minimum} 岁及以上"] if minimum is not None else []
    # A maximum of 13 means: until the fourteenth birthday.
    parts += [f"未满 {maximum + 1} 岁"] if maximum is not None else []
    return "、".join(parts)


def sex_is_accepted(attempt: Attempt) -> Refusal | None:
    limit = attempt.session.department.sex_limit
    if not limit or attempt.patient.sex in (limit, Sex.UNKNOWN):
        return None
    return SexNotAccepted(department=attempt.session.department.name, sex=Sex(limit).label)


def booking_is_not_paused(attempt: Attempt) -> Refusal | None:
    if attempt.pause is None:
        return None
    until = attempt.pause.ends_at.astimezone(attempt.session.hospital.zone)
    return BookingPaused(until=f"{until:%Y-%m-%d}", missed=attempt.pause.missed_count)


def cancels_seldom(attempt: Attempt) -> Refusal | None:
    """Early cancellations of the calendar month, in the hospital's zone, are below the policy's limit; 0 is none."""
    limit = attempt.policy.early_cancellations_per_month
    if not limit or attempt.early_cancellations < limit:
        return None
    _, until = month_of(attempt.now.astimezone(attempt.session.hospital.zone))
    return CancelledTooOften(count=attempt.early_cancellations, until=f"{until:%Y-%m-%d}")


def month_of(local_now: datetime) -> tuple[datetime, datetime]:
    """The first moments of the calendar month and of the next one, in the zone of `local_now`."""
    first = local_now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    year, month = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
    return first, first.replace(year=year, month=month)
