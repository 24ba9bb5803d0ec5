"""Taking a plan that is in force back."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from capacity.models import CapacityPlan, PlanStatus, QuotaChangeKind
from capacity.services.locked_plans import lock_plan
from capacity.services.records import quota_change
from hospitals.services.quotas import PublishedQuota, publish_locked


@transaction.atomic
def roll_back_plan(*, plan_id: int, by: User, now: datetime, reason: str) -> CapacityPlan:
    """Give the session the quotas back that it had before the plan, never below what is taken.

    The plan that was in force before is so again where its quotas could be restored. Later plans of the session wait for
    approval, and the same one is not proposed again. Raises PlanNotInForce, SessionNotOpen, SessionPinned, TooBusy.
    """
    plan, session = lock_plan(plan_id, PlanStatus.APPLIED, now=now)
    (published,) = publish_locked([(session, plan.previous_advance_quota, plan.previous_extra_quota)])
    plan.status, plan.status_reason = PlanStatus.ROLLED_BACK, _told(plan, published)
    plan.decided_by, plan.decided_at, plan.decision_reason = by, now, reason
    plan.save()
    change = quota_change(
        session=session, plan=plan, kind=QuotaChangeKind.ROLLED_BACK, published=published, now=now, by=by, reason=reason
    )
    change.save()
    _restore_the_one_before(plan, published)
    return plan


def _told(plan: CapacityPlan, published: PublishedQuota) -> str:
    if (published.advance, published.extra) == (plan.previous_advance_quota, plan.previous_extra_quota):
        return "人工回滚。"
    return f"人工回滚；已约人数较多，实际恢复为：预约号 {published.advance}，加号 {published.extra}。"


def _restore_the_one_before(plan: CapacityPlan, published: PublishedQuota) -> None:
    """The plan that this one took the place of stands for the session again, unless its quotas are not what came back."""
    before = (
        CapacityPlan.objects.filter(session_id=plan.session_id, status=PlanStatus.SUPERSEDED, applied_at__lte=plan.applied_at)
        .exclude(pk=plan.pk)
        .order_by("-applied_at", "-pk")
        .first()
    )
    if before is not None and (before.advance_quota, before.extra_quota) == (published.advance, published.extra):
        before.status = PlanStatus.APPLIED
        before.save(update_fields=["status"])
