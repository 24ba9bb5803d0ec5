"""Plans: for each coming session the best quotas, with what they rest on; applied by themselves or kept for approval."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from capacity.models import CapacityPlan, CapacityPolicy, PlanKind, PlanStatus
from capacity.numeric.problem import AllocationResult
from capacity.services.history import ClinicKey, past_sessions
from capacity.services.inputs import ClinicInputs, estimate_inputs
from capacity.services.scaling import session_inputs
from capacity.services.solving import SolvedSession, solve_sessions
from capacity.services.verdicts import PlansOnRecord, plans_on_record, standing_plan
from capacity.services.writing import write_plans
from hospitals.models import ClinicSession, Hospital, SessionStatus


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

    Sessions that are suspended, whose quotas staff have pinned, or that were planned anew this morning are left out. A session
    that is released already gets its plan as a proposal. Running it again with the same history changes nothing.
    """
    end_of_waiting(hospital=hospital, now=now)
    sessions = _coming_sessions(hospital, now, from_date, to_date)
    if not sessions:
        return []
    policy = policy_of(hospital)
    found = inputs_for(hospital=hospital, sessions=sessions, policy=policy, now=now)
    clinics = {session.pk: found[clinic_key(session)] for session in sessions}
    inputs = session_inputs(hospital=hospital, sessions=sessions, clinics=clinics, policy=policy)
    solved = solve_sessions(sessions, inputs, policy)
    standing = _standing(solved, policy, now)
    written = write_plans([one for one in solved if one.session.pk not in standing], policy=policy, now=now)
    return [_planned(one, standing, written, now) for one in solved if one.session.pk in standing or one.session.pk in written]


def _planned(
    one: SolvedSession, standing: dict[int, CapacityPlan], written: dict[int, CapacityPlan], now: datetime
) -> PlannedSession:
    plan = standing.get(one.session.pk)
    if plan is not None:
        return PlannedSession(one.session, one.inputs, one.result, plan, is_new=False)
    plan = written[one.session.pk]
    # The plan was written for the session as it was under its lock.
    one.session.advance_quota, one.session.extra_quota = plan.session.advance_quota, plan.session.extra_quota
    plan.session = one.session
    return PlannedSession(one.session, one.inputs, one.result, plan, is_new=plan.created_at == now)


def inputs_for(
    *, hospital: Hospital, sessions: Sequence[ClinicSession], policy: CapacityPolicy, now: datetime
) -> dict[ClinicKey, ClinicInputs]:
    """What the hospital's history says about the clinics of these sessions."""
    today = now.astimezone(hospital.zone).date()
    history = past_sessions(hospital=hospital, before=today, days=policy.history_days)
    found = estimate_inputs(
        history=history,
        clinics=[clinic_key(session) for session in sessions],
        mean_rated_capacity=sum(session.rated_capacity for session in sessions) / len(sessions),
    )
    return dict(found.clinics)


def end_of_waiting(*, hospital: Hospital, now: datetime) -> int:
    """Plans that nobody decided on before their session began are of no use any more; returns how many there were."""
    late = CapacityPlan.objects.filter(hospital=hospital, status=PlanStatus.PROPOSED, session__starts_at__lte=now)
    return late.update(status=PlanStatus.SUPERSEDED, status_reason="开诊前未审批。")


def policy_of(hospital: Hospital) -> CapacityPolicy:
    """The hospital's policy, or the defaults, unsaved."""
    return CapacityPolicy.objects.filter(hospital=hospital).first() or CapacityPolicy(hospital=hospital)


def clinic_key(session: ClinicSession) -> ClinicKey:
    return session.department_id, session.doctor_id, session.visit_date.isoweekday(), session.period


def _coming_sessions(hospital: Hospital, now: datetime, from_date: date | None, to_date: date | None) -> list[ClinicSession]:
    sessions = ClinicSession.objects.filter(
        hospital=hospital, status=SessionStatus.ACTIVE, starts_at__gt=now, is_quota_pinned=False
    ).select_related("hospital", "department", "doctor", "template")
    planned_this_morning = CapacityPlan.objects.filter(hospital=hospital, kind=PlanKind.MORNING, session__starts_at__gt=now)
    sessions = sessions.exclude(pk__in=planned_this_morning.values("session"))
    if from_date is not None:
        sessions = sessions.filter(visit_date__gte=from_date)
    if to_date is not None:
        sessions = sessions.filter(visit_date__lte=to_date)
    return list(sessions.order_by("visit_date", "starts_at", "pk"))


def _standing(solved: Sequence[SolvedSession], policy: CapacityPolicy, now: datetime) -> dict[int, CapacityPlan]:
    """By session, the plans that say what would be said again: nothing to write, and no lock to take."""
    on_record = plans_on_record(one.session.pk for one in solved)
    standing = {}
    for one in solved:
        found = on_record.get(one.session.pk, PlansOnRecord())
        plan = standing_plan(session=one.session, quotas=one.quotas, on_record=found, policy=policy, now=now)
        # A plan that waits for what is not best any more is to be taken back.
        if plan is not None and found.waiting in (None, plan):
            standing[one.session.pk] = plan
    return standing
