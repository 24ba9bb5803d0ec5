"""Rules about the patient: the department's limits of age and sex, and restrictions from past misses."""

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
    restriction = attempt.restriction
    if restriction is None:
        return None
    until = restriction.ends_at.astimezone(attempt.session.hospital.zone)
    return BookingPaused(until=f"{until:%Y-%m-%d}", missed=restriction.missed_count)
