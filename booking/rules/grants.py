"""What staff may do: book at the desk, and add a number (加号) for a named patient.

Phone and counter are never touched by tiers and pauses (scoring-model.md): those rules are not asked at all. Of the others some
are firm, for nobody can sit in a seat that is not there; and some are limits that a person with a reason may set aside.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from accounts.errors import Refusal
from booking.rules.attempt import Attempt
from booking.rules.caps import not_booked_already, under_day_cap, under_department_day_cap, under_quarter_cap, under_week_cap
from booking.rules.patient import age_is_accepted, sex_is_accepted
from booking.rules.privileges import early_share_is_left
from booking.rules.session import NotReleased, SessionOver, SessionSuspended, session_is_open, window_has_a_seat
from hospitals.models import SessionStatus

Rule = Callable[[Attempt], Refusal | None]


class ExtraQuotaUsedUp(Refusal):
    """Every extra number of the session is given: by the doctor, or to patients who took one on the day."""


@dataclass(frozen=True, slots=True)
class StaffRules:
    """`limits` may be overridden, by the name under which the event tells it."""

    firm: tuple[Rule, ...]
    limits: Mapping[str, Rule]

    def judge(self, attempt: Attempt, *, override: bool) -> tuple[list[Refusal], list[str]]:
        """What speaks against the booking, the first to be told first, and the names of the limits that were overridden."""
        found = [refusal for rule in self.firm if (refusal := rule(attempt)) is not None]
        beyond = {name: refusal for name, rule in self.limits.items() if (refusal := rule(attempt)) is not None}
        return (found, list(beyond)) if override else ([*found, *beyond.values()], [])


def session_takes_extras(attempt: Attempt) -> Refusal | None:
    """From its release until its end, whether or not rated seats are left: the doctor means this patient, not any."""
    session = attempt.session
    if session.status == SessionStatus.SUSPENDED:
        return SessionSuspended()
    if session.status == SessionStatus.CLOSED or attempt.now >= session.ends_at:
        return SessionOver()
    if attempt.now < session.releases_at:
        return NotReleased(releases_at=f"{session.releases_at.astimezone(session.hospital.zone):%Y-%m-%d %H:%M}")
    return None


def an_extra_is_left(attempt: Attempt) -> Refusal | None:
    return None if attempt.session.extra_left > 0 else ExtraQuotaUsedUp(limit=attempt.session.extra_quota)


_OF_THE_DEPARTMENT: dict[str, Rule] = {"age": age_is_accepted, "sex": sex_is_accepted}

# How often a patient may be seen is the doctor's to judge, so the caps are not asked.
RULES_FOR_GRANT = StaffRules(
    firm=(not_booked_already, session_takes_extras, window_has_a_seat, an_extra_is_left), limits=_OF_THE_DEPARTMENT
)

RULES_AT_DESK = StaffRules(
    # A tier opens a hot session early at the desk as well, and no further than elsewhere.
    firm=(not_booked_already, session_is_open, early_share_is_left, window_has_a_seat),
    limits={
        **_OF_THE_DEPARTMENT,
        "department-day": under_department_day_cap,
        "day": under_day_cap,
        "week": under_week_cap,
        "quarter": under_quarter_cap,
    },
)

# The names of the limits, for staff.
LIMIT_LABELS: dict[str, str] = {
    "age": "年龄",
    "sex": "性别",
    "department-day": "同科室同日上限",
    "day": "同日上限",
    "week": "短期预约上限",
    "quarter": "长期预约上限",
}
