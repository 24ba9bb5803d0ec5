"""What becomes of a solution: the plan that stands says it already, or a new one is applied, or waits for a person."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from capacity.models import CapacityPlan, CapacityPolicy, PlanStatus
from hospitals.models import ClinicSession
from hospitals.services.quotas import bounded_quota

DECIDED_AGAINST = (PlanStatus.REJECTED, PlanStatus.ROLLED_BACK)
_REJECTED = {PlanStatus.REJECTED: "驳回", PlanStatus.ROLLED_BACK: "回滚"}


@dataclass(frozen=True, slots=True)
class PlansOnRecord:
    """A session's plans as far as they bear on the next: in force, waiting, and what a person decided against last."""

    in_force: CapacityPlan | None = None
    waiting: CapacityPlan | None = None
    # Only where that is later than what came into force.
    refused: CapacityPlan | None = None

    @property
    def is_empty(self) -> bool:
        return self.in_force is None and self.waiting is None and self.refused is None


def plans_on_record(session_ids: Iterable[int]) -> dict[int, PlansOnRecord]:
    """By session, in one query; their inputs and results stay in the database until they are asked for."""
    relevant = [PlanStatus.PROPOSED, PlanStatus.APPLIED, *DECIDED_AGAINST]
    plans = CapacityPlan.objects.filter(session__in=list(session_ids), status__in=relevant)
    of_session: defaultdict[int, dict[str, CapacityPlan]] = defaultdict(dict)
    for plan in plans.defer("inputs", "result").order_by("pk"):
        if plan.status in DECIDED_AGAINST:
            of_session[plan.session_id]["refused"] = plan
        else:
            of_session[plan.session_id]["waiting" if plan.status == PlanStatus.PROPOSED else "in_force"] = plan
    return {session_id: _on_record(**found) for session_id, found in of_session.items()}


def _on_record(
    in_force: CapacityPlan | None = None, waiting: CapacityPlan | None = None, refused: CapacityPlan | None = None
) -> PlansOnRecord:
    if refused and in_force and in_force.applied_at and (refused.decided_at or refused.created_at) < in_force.applied_at:
        refused = None
    return PlansOnRecord(in_force, waiting, refused)


def standing_plan(
    *, session: ClinicSession, quotas: tuple[int, int], on_record: PlansOnRecord, policy: CapacityPolicy, now: datetime
) -> CapacityPlan | None:
    """The plan that says `quotas` = (N1, NA) already and needs no other; None where a new one is to be written.

    A plan in force whose quotas were changed since by hand is told anew. What a person decided against is not proposed again.
    """
    for plan in (on_record.waiting, on_record.in_force, on_record.refused):
        if plan is None or (plan.advance_quota, plan.extra_quota) != quotas:
            continue
        if plan.status == PlanStatus.PROPOSED:
            return plan if reason_to_wait(session, quotas, on_record, policy, now) else None
        if plan.status in DECIDED_AGAINST or _is_in_force(session, quotas):
            return plan
    return None


def reason_to_wait(
    session: ClinicSession, quotas: tuple[int, int], on_record: PlansOnRecord, policy: CapacityPolicy, now: datetime
) -> str:
    """Why new quotas = (N1, NA) are not applied by themselves; empty where they are, or where they change nothing."""
    if _is_in_force(session, quotas):
        return ""
    if session.releases_at <= now:
        return "该班次已放号，需人工审批。"
    if not policy.applies_automatically:
        return "医院设为人工审批。"
    if on_record.refused is not None:
        return f"上一方案已被{_REJECTED[PlanStatus(on_record.refused.status)]}，需人工审批。"
    # A template that leaves the advance quota to the computation has no number that a change could be measured from.
    if on_record.is_empty and session.template is not None and session.template.advance_quota is None:
        return ""
    return too_large_a_change(session, quotas, policy)


def reason_against_a_morning(session: ClinicSession, extra: int, on_record: PlansOnRecord, policy: CapacityPolicy) -> str:
    """The same for the 加号 of a morning re-solve, which the release is no reason against: they open today only."""
    quotas = (session.advance_quota, extra)
    if _is_in_force(session, quotas):
        return ""
    if not policy.applies_automatically:
        return "医院设为人工审批。"
    if on_record.refused is not None:
        return f"上一方案已被{_REJECTED[PlanStatus(on_record.refused.status)]}，需人工审批。"
    return too_large_a_change(session, quotas, policy)


def too_large_a_change(session: ClinicSession, quotas: tuple[int, int], policy: CapacityPolicy) -> str:
    """The sentence where the change exceeds what the policy lets pass in one step; else empty."""
    change = max(abs(quotas[0] - session.advance_quota), abs(quotas[1] - session.extra_quota))
    return f"调整幅度 {change} 超过单次上限 {policy.largest_change}，需人工审批。" if change > policy.largest_change else ""


def _is_in_force(session: ClinicSession, quotas: tuple[int, int]) -> bool:
    """The session has these quotas, as far as what is taken lets it."""
    return bounded_quota(session, *quotas) == (session.advance_quota, session.extra_quota)
