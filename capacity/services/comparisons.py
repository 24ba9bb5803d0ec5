"""Looking back: what a session's quotas were expected to lead to, beside what came, once the session is closed."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, IntegerField, Value, When

from capacity.models import CapacityPlan, PlanStatus, SessionComparison
from capacity.numeric.courses import Course, CourseErrors, InputErrors, course_errors, courses
from capacity.numeric.errors import InvalidInput
from capacity.numeric.problem import AllocationProblem
from capacity.selectors.kept_inputs import kept_inputs, kept_problem
from capacity.services.came import NOTHING_CAME, Came, what_came
from capacity.services.inputs import ClinicInputs, Estimate
from hospitals.models import ClinicSession, Hospital, SessionStatus

logger = logging.getLogger(__name__)

# Sessions are compared within days. What was imported from further back had no plan.
LOOK_BACK = timedelta(days=62)
BATCH = 1000
# Half of a central 90 % interval, in standard errors.
HALF_INTERVAL = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class PosedSession:
    """A session's problem with the quotas that it ended with, as (NA, N1). Equal ones are computed once."""

    problem: AllocationProblem
    quotas: tuple[int, int]
    errors: InputErrors


@dataclass(frozen=True, slots=True)
class Expected:
    """A session's course by the model, and how uncertain that itself is."""

    course: Course
    errors: CourseErrors


def compare_sessions(*, hospital: Hospital, now: datetime) -> int:
    """Compare every closed session of the last weeks that was not compared yet; returns how many that were.

    Run twice, or by two workers at once, each session is compared once: what stands is not written again.
    """
    today = now.astimezone(hospital.zone).date()
    sessions = ClinicSession.objects.filter(
        hospital=hospital,
        status=SessionStatus.CLOSED,
        visit_date__range=(today - LOOK_BACK, today),
        comparison__isnull=True,
    )
    to_compare = list(sessions.order_by("pk"))
    for start in range(0, len(to_compare), BATCH):
        batch = to_compare[start : start + BATCH]
        plans = _plans(batch)
        posed = {pk: found for pk, plan in plans.items() if (found := _posed_by(plan)) is not None}
        store_comparisons(batch, expected_of(posed), plans=plans, now=now)
    return len(to_compare)


def store_comparisons(
    sessions: Sequence[ClinicSession], expected: Mapping[int, Expected], *, plans: Mapping[int, CapacityPlan], now: datetime
) -> None:
    """Write a comparison of each session, in a few statements however many there are; those that exist stay."""
    came = what_came([session.pk for session in sessions])
    rows = [_comparison(s, expected.get(s.pk), came.get(s.pk, NOTHING_CAME), plans.get(s.pk), now) for s in sessions]
    SessionComparison.objects.bulk_create(rows, ignore_conflicts=True)


def posed(session: ClinicSession, problem: AllocationProblem, inputs: ClinicInputs) -> PosedSession:
    """The session as it ended."""
    errors = InputErrors(
        mean_advance=_error(inputs.mean_advance),
        mean_same_day=_error(inputs.mean_same_day),
        no_show_advance=_error(inputs.no_show_advance),
        no_show_same_day=_error(inputs.no_show_same_day),
    )
    return PosedSession(problem, (session.extra_quota, session.advance_quota), errors)


def expected_of(posed: Mapping[int, PosedSession]) -> dict[int, Expected]:
    """By session. One that the model refuses has nothing expected of it, which is logged: the others are not lost."""
    distinct = list(dict.fromkeys(posed.values()))
    solved = dict(zip(distinct, _solve(distinct), strict=True))
    return {pk: found for pk, asked in posed.items() if (found := solved[asked]) is not None}


def _solve(distinct: Sequence[PosedSession]) -> list[Expected | None]:
    try:
        return list(_solve_all(distinct))
    except InvalidInput as error:
        if len(distinct) == 1:
            logger.warning("Nothing is expected of %s: %s", distinct[0], error)
            return [None]
        return [found for one in distinct for found in _solve([one])]


def _solve_all(distinct: Sequence[PosedSession]) -> list[Expected]:
    problems, quotas = [one.problem for one in distinct], [one.quotas for one in distinct]
    errors = course_errors(problems, quotas, [one.errors for one in distinct])
    return [Expected(*found) for found in zip(courses(problems, quotas), errors, strict=True)]


def _plans(sessions: Sequence[ClinicSession]) -> dict[int, CapacityPlan]:
    """By session, the plan that was in force at the end; else the newest, which nobody applied but which knew the clinic."""
    of_session = {session.pk: session for session in sessions}
    in_force_first = Case(When(status=PlanStatus.APPLIED, then=Value(0)), default=Value(1), output_field=IntegerField())
    plans = (
        CapacityPlan.objects.filter(session__in=of_session)
        .defer("result")
        .order_by("session_id", in_force_first, "-created_at", "-pk")
        .distinct("session_id")
    )
    found = {}
    for plan in plans:
        plan.session = of_session[plan.session_id]
        found[plan.session_id] = plan
    return found


def _posed_by(plan: CapacityPlan) -> PosedSession | None:
    try:
        return posed(plan.session, kept_problem(plan), kept_inputs(plan))
    except InvalidInput as error:
        logger.warning("Nothing is expected of session %s: %s", plan.session_id, error)
        return None


def _error(estimate: Estimate) -> float:
    return (estimate.upper - estimate.lower) / (2 * HALF_INTERVAL)


def _comparison(
    session: ClinicSession, expected: Expected | None, came: Came, plan: CapacityPlan | None, now: datetime
) -> SessionComparison:
    row = SessionComparison(
        session=session,
        hospital_id=session.hospital_id,
        department_id=session.department_id,
        doctor_id=session.doctor_id,
        plan=plan,
        visit_date=session.visit_date,
        compared_at=now,
        rated=session.rated_capacity,
        advance_quota=session.advance_quota,
        extra_quota=session.extra_quota,
        seen=came.seen,
        overload=max(0, came.seen - session.rated_capacity),
        turned_away=came.turned_away,
        missed=came.missed,
    )
    if expected is not None:
        course, errors = expected.course, expected.errors
        row.expected_seen, row.seen_deviation, row.seen_error = course.seen, course.seen_deviation, errors.seen
        row.expected_missed, row.missed_deviation, row.missed_error = course.missed, course.missed_deviation, errors.missed
        row.expected_overload, row.expected_turned_away = course.overload, course.turned_away
    return row
