"""What the clinic office does with a plan that waits."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from capacity.models import CapacityPlan, PlanStatus, QuotaChangeKind
from capacity.services.locked_plans import lock_plan
from capacity.services.records import note_published, quota_change
from hospitals.services.quotas import publish_locked


@transaction.atomic
def approve_plan(*, plan_id: int, by: User, now: datetime, reason: str = "") -> CapacityPlan:
    """Put a waiting plan's quotas into force, a released session's as well: never below what is taken.

    Raises PlanNotWaiting, SessionNotOpen, SessionPinned, TooBusy.
    """
    plan, session = lock_plan(plan_id, PlanStatus.PROPOSED, now=now)
    CapacityPlan.objects.filter(session=session, status=PlanStatus.APPLIED).update(status=PlanStatus.SUPERSEDED)
    plan.status, plan.status_reason = PlanStatus.APPLIED, "人工批准。"
    plan.decided_by, plan.decided_at, plan.decision_reason = by, now, reason
    (published,) = publish_locked([(session, plan.advance_quota, plan.extra_quota)])
    note_published(plan, published, now)
    plan.save()
    change = quota_change(
        session=session, plan=plan, kind=QuotaChangeKind.APPROVED, published=published, now=now, by=by, reason=reason
    )
    change.save()
    return plan


@transaction.atomic
def reject_plan(*, plan_id: int, by: User, now: datetime, reason: str = "") -> CapacityPlan:
    """Keep the quotas as they are. The same plan is not proposed again. Raises PlanNotWaiting, TooBusy."""
    plan, _ = lock_plan(plan_id, PlanStatus.PROPOSED, now=now, for_change=False)
    plan.status, plan.status_reason = PlanStatus.REJECTED, "人工驳回。"
    plan.decided_by, plan.decided_at, plan.decision_reason = by, now, reason
    plan.save()
    return plan
