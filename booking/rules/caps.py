"""Rules about how many live bookings a patient may have at one hospital at a time."""

from datetime import timedelta

from accounts.errors import Refusal
from booking.rules.attempt import Attempt


class AlreadyBooked(Refusal):
    """The patient has a live booking in this very session."""


class DepartmentDayCapReached(Refusal):
    """The patient has as many live bookings in this department on this day as the policy allows."""


class DayCapReached(Refusal):
    """The patient has as many live bookings on this day as the policy allows."""


class WeekCapReached(Refusal):
    """Some short span (policy: a week) around the visit would hold more live bookings than the policy allows."""


class QuarterCapReached(Refusal):
    """Some long span (policy: three months) around the visit would hold more live bookings than the policy allows."""


def not_booked_already(attempt: Attempt) -> Refusal | None:
    taken = any(booking.session_id == attempt.session.pk for booking in attempt.live)
    return AlreadyBooked() if taken else None


def under_department_day_cap(attempt: Attempt) -> Refusal | None:
    session, limit = attempt.session, attempt.policy.live_per_department_day
    count = sum(
        booking.visit_date == session.visit_date and booking.department_id == session.department_id for booking in attempt.live
    )
    return DepartmentDayCapReached(limit=limit) if count >= limit else None


def under_day_cap(attempt: Attempt) -> Refusal | None:
    limit = attempt.policy.live_per_day
    count = sum(booking.visit_date == attempt.session.visit_date for booking in attempt.live)
    return DayCapReached(limit=limit) if count >= limit else None


def under_week_cap(attempt: Attempt) -> Refusal | None:
    limit, days = attempt.policy.live_per_week, attempt.policy.week_span_days
    return WeekCapReached(limit=limit, days=days) if _most_in_a_span(attempt, days) > limit else None


def under_quarter_cap(attempt: Attempt) -> Refusal | None:
    limit, days = attempt.policy.live_per_quarter, attempt.policy.quarter_span_days
    return QuarterCapReached(limit=limit, days=days) if _most_in_a_span(attempt, days) > limit else None


def _most_in_a_span(attempt: Attempt, days: int) -> int:
    """The most visits, with the new one, in any `days` consecutive days that hold the new visit."""
    visit = attempt.session.visit_date
    reach = timedelta(days=days - 1)
    near = sorted([b.visit_date for b in attempt.live if abs(b.visit_date - visit) <= reach] + [visit])
    return max(sum(start <= day <= start + reach for day in near) for start in near if visit - reach <= start <= visit)
