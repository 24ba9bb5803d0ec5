"""What the clinic office does with a plan that waits."""

from datetime import datetime

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from capacity.models import CapacityPlan, PlanStatus
from capacity.services.planning import publish_plan


class PlanNotWaiting(Refusal):
    """The plan was decided or replaced meanwhile."""


@transaction.atomic
def approve_plan(*, plan_id: int, by: User, now: datetime) -> CapacityPlan:
    """Put a waiting plan's quotas into force. Raises PlanNotWaiting, SessionNotOpen."""
    plan = _waiting(plan_id)
    plan.status, plan.status_reason, plan.decided_by, plan.applied_at = PlanStatus.APPLIED, "人工批准。", by, now
    publish_plan(plan.session, plan)
    plan.save()
    return plan


@transaction.atomic
def reject_plan(*, plan_id: int, by: User) -> CapacityPlan:
    """Keep the quotas as they are. Raises PlanNotWaiting."""
    plan = _waiting(plan_id)
    plan.status, plan.status_reason, plan.decided_by = PlanStatus.REJECTED, "人工驳回。", by
    plan.save()
    return plan


def _waiting(plan_id: int) -> CapacityPlan:
    plan = CapacityPlan.objects.select_for_update(of=("self",)).select_related("session").get(pk=plan_id)
    if plan.status != PlanStatus.PROPOSED:
        raise PlanNotWaiting(status=plan.get_status_display())
    return plan
