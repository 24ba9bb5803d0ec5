"""Plans: for each coming session the best quotas, with what they rest on; applied by themselves or kept for approval."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from capacity.models import CapacityPlan, CapacityPolicy, PlanStatus
from capacity.numeric.allocation import allocate_many
from capacity.numeric.problem import AllocationProblem, AllocationResult, SessionTerms
from capacity.services.explanation import explain
from capacity.services.history import ClinicKey, past_sessions
from capacity.services.inputs import ClinicInputs, estimate_inputs
from hospitals.locks import TooBusy
from hospitals.models import ClinicSession, Hospital, SessionStatus
from hospitals.services.quotas import PublishedQuota, publish_quota

logger = logging.getLogger(__name__)

# The largest probability the model takes: at 1 nobody of a channel ever comes and no quota is best.
LARGEST_NO_SHOW = 0.999


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """A session with its solved quotas and the plan that stands for it now."""

    session: ClinicSession
    inputs: ClinicInputs
    result: AllocationResult
    plan: CapacityPlan
    is_new: bool


def plan_hospital(
    *, hospital: Hospital, now: datetime, from_date: date | None = None, to_date: date | None = None
) -> list[PlannedSession]:
    """Solve every coming session between the two dates (both included; open where left out) and apply what may be applied.

    Sessions that are suspended or whose quotas staff have pinned are left out. A session that is released already gets its
    plan as a proposal. Running it again with the same history changes nothing.
    """
    sessions = _coming_sessions(hospital, now, from_date, to_date)
    if not sessions:
        return []
    policy = policy_of(hospital)
    today = now.astimezone(hospital.zone).date()
    history = past_sessions(hospital=hospital, before=today, days=policy.history_days)
    inputs = estimate_inputs(
        history=history,
        clinics=[clinic_key(session) for session in sessions],
        mean_rated_capacity=sum(session.rated_capacity for session in sessions) / len(sessions),
    ).clinics
    of_session = [inputs[clinic_key(session)] for session in sessions]
    results = _solve([_problem(s, i, policy) for s, i in zip(sessions, of_session, strict=True)])
    current = _current_plans(sessions)
    planned = []
    for session, found, result in zip(sessions, of_session, results, strict=True):
        kept = current.get(session.pk)
        try:
            planned.append(_settle(session=session, inputs=found, result=result, policy=policy, current=kept, now=now))
        except TooBusy:
            logger.warning("Session %s was too busy for its new quotas, the next night will come back to it", session.pk)
    return planned


def policy_of(hospital: Hospital) -> CapacityPolicy:
    """The hospital's policy, or the defaults, unsaved."""
    return CapacityPolicy.objects.filter(hospital=hospital).first() or CapacityPolicy(hospital=hospital)


def clinic_key(session: ClinicSession) -> ClinicKey:
    return session.department_id, session.doctor_id, session.visit_date.isoweekday(), session.period


def _coming_sessions(hospital: Hospital, now: datetime, from_date: date | None, to_date: date | None) -> list[ClinicSession]:
    sessions = ClinicSession.objects.filter(
        hospital=hospital, status=SessionStatus.ACTIVE, starts_at__gt=now, is_quota_pinned=False
    ).select_related("hospital", "department", "doctor", "template")
    if from_date is not None:
        sessions = sessions.filter(visit_date__gte=from_date)
    if to_date is not None:
        sessions = sessions.filter(visit_date__lte=to_date)
    return list(sessions.order_by("visit_date", "starts_at", "pk"))


def _problem(session: ClinicSession, inputs: ClinicInputs, policy: CapacityPolicy) -> AllocationProblem:
    return AllocationProblem(
        terms=SessionTerms(
            rated=session.rated_capacity,
            no_show_advance=min(inputs.no_show_advance.value, LARGEST_NO_SHOW),
            no_show_same_day=min(inputs.no_show_same_day.value, LARGEST_NO_SHOW),
            overload_cost=policy.overload_cost,
            max_extra=policy.largest_extra,
        ),
        mean_advance=inputs.mean_advance.value,
        mean_same_day=inputs.mean_same_day.value,
        correlation=inputs.correlation,
    )


def _solve(problems: Sequence[AllocationProblem]) -> list[AllocationResult]:
    """Solve each different problem once: the weeks of one clinic are the same problem."""
    distinct = list(dict.fromkeys(problems))
    solved = dict(zip(distinct, allocate_many(distinct), strict=True))
    return [solved[problem] for problem in problems]


def _current_plans(sessions: Iterable[ClinicSession]) -> dict[int, CapacityPlan]:
    plans = CapacityPlan.objects.filter(
        session__in=[session.pk for session in sessions], status__in=[PlanStatus.PROPOSED, PlanStatus.APPLIED]
    )
    return {plan.session_id: plan for plan in plans}


def _settle(
    *,
    session: ClinicSession,
    inputs: ClinicInputs,
    result: AllocationResult,
    policy: CapacityPolicy,
    current: CapacityPlan | None,
    now: datetime,
) -> PlannedSession:
    if current is not None and _stands(current, session, result):
        return PlannedSession(session, inputs, result, current, is_new=False)
    waits_because = reason_to_wait(session=session, result=result, policy=policy, now=now, is_first=current is None)
    plan = _write_plan(session=session, inputs=inputs, result=result, policy=policy, waits_because=waits_because, now=now)
    return PlannedSession(session, inputs, result, plan, is_new=True)


def _stands(plan: CapacityPlan, session: ClinicSession, result: AllocationResult) -> bool:
    """The plan says what would be said again: nothing to write. An applied one whose quotas were changed since is told anew."""
    same = (plan.advance_quota, plan.extra_quota) == (result.advance, result.extra)
    in_force = (session.advance_quota, session.extra_quota) == (result.advance, result.extra)
    return same and (plan.status == PlanStatus.PROPOSED or in_force)


@transaction.atomic
def _write_plan(
    *,
    session: ClinicSession,
    inputs: ClinicInputs,
    result: AllocationResult,
    policy: CapacityPolicy,
    waits_because: str,
    now: datetime,
) -> CapacityPlan:
    """Replace the session's plan, and publish its quotas where the policy lets that happen by itself."""
    CapacityPlan.objects.filter(session=session, status__in=[PlanStatus.PROPOSED, PlanStatus.APPLIED]).update(
        status=PlanStatus.SUPERSEDED
    )
    plan = CapacityPlan(
        session=session,
        hospital_id=session.hospital_id,
        created_at=now,
        status=PlanStatus.PROPOSED if waits_because else PlanStatus.APPLIED,
        status_reason=waits_because,
        advance_quota=result.advance,
        extra_quota=result.extra,
        previous_advance_quota=session.advance_quota,
        previous_extra_quota=session.extra_quota,
        inputs=inputs_as_json(inputs, policy),
        result=result_as_json(session, inputs, result),
        applied_at=None if waits_because else now,
    )
    if not waits_because:
        publish_plan(session, plan)
    plan.save()
    return plan


def publish_plan(session: ClinicSession, plan: CapacityPlan) -> PublishedQuota:
    """Publish a plan's quotas under the session's lock; the plan says so where more was taken already. Does not save it."""
    published = publish_quota(session_id=session.pk, advance_quota=plan.advance_quota, extra_quota=plan.extra_quota)
    session.advance_quota, session.extra_quota = published.advance, published.extra
    if (published.advance, published.extra) != (plan.advance_quota, plan.extra_quota):
        plan.status_reason = f"已约人数高于方案，实际生效：预约号 {published.advance}，加号 {published.extra}。"
    return published


def reason_to_wait(
    *, session: ClinicSession, result: AllocationResult, policy: CapacityPolicy, now: datetime, is_first: bool
) -> str:
    """Why a plan is not applied by itself; empty where it is. `is_first`: the session has no plan yet."""
    if session.releases_at <= now:
        return "该班次已放号，需人工审批。"
    if not policy.applies_automatically:
        return "医院设为人工审批。"
    # A template that leaves the advance quota to the computation has no number that a change could be measured from.
    if is_first and session.template is not None and session.template.advance_quota is None:
        return ""
    change = max(abs(result.advance - session.advance_quota), abs(result.extra - session.extra_quota))
    if change > policy.largest_change:
        return f"调整幅度 {change} 超过单次上限 {policy.largest_change}，需人工审批。"
    return ""


def inputs_as_json(inputs: ClinicInputs, policy: CapacityPolicy) -> dict[str, Any]:
    """The numbers a plan was computed from, as they are kept with it."""
    values = asdict(inputs)
    values["history_until"] = inputs.history_until.isoformat() if inputs.history_until else None
    return values | {"overload_cost": policy.overload_cost, "largest_extra": policy.largest_extra}


def result_as_json(session: ClinicSession, inputs: ClinicInputs, result: AllocationResult) -> dict[str, Any]:
    """What a plan is expected to lead to, its runners-up, and the sentence that explains it."""
    return {
        "objective": result.objective,
        "advance_attended": result.advance_attended,
        "same_day_attended": result.same_day_attended,
        "overload": result.overload,
        "turned_away": result.turned_away,
        "advance_without_extra": result.advance_without_extra,
        "runners_up": [asdict(candidate) for candidate in result.runners_up],
        "warnings": list(result.warnings),
        "explanation": explain(session=session, inputs=inputs, result=result),
    }
