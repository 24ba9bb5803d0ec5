"""A plan under the lock of its session: every change of a plan goes through here, in the order in which booking locks."""

from datetime import datetime

from accounts.errors import Refusal
from capacity.models import CapacityPlan, PlanStatus
from hospitals.locks import lock_session_in_time
from hospitals.models import ClinicSession, SessionStatus
from hospitals.services.quotas import SessionNotOpen


class PlanNotWaiting(Refusal):
    """The plan was decided or replaced meanwhile."""


class PlanNotInForce(Refusal):
    """Only the plan that is in force can be rolled back."""


class SessionPinned(Refusal):
    """Staff have pinned the session's quotas: they are unpinned before a plan changes them."""


_OTHERWISE = {PlanStatus.PROPOSED: PlanNotWaiting, PlanStatus.APPLIED: PlanNotInForce}


def lock_plan(plan_id: int, status: PlanStatus, *, now: datetime, for_change: bool = True) -> tuple[CapacityPlan, ClinicSession]:
    """Lock the plan's session and return both as they are now; `status` is what the plan must be in.

    `for_change`: the quotas are to be changed, which a session that is over, suspended or pinned refuses.
    Raises CapacityPlan.DoesNotExist, PlanNotWaiting, PlanNotInForce, SessionNotOpen, SessionPinned, TooBusy.
    """
    session_id = CapacityPlan.objects.values_list("session_id", flat=True).get(pk=plan_id)
    session = lock_session_in_time(session_id)
    plan = CapacityPlan.objects.get(pk=plan_id)
    if plan.status != status:
        raise _OTHERWISE[status](status=plan.get_status_display())
    if for_change:
        refuse_where_closed(session, now)
        if session.is_quota_pinned:
            raise SessionPinned(session_id=session_id)
    plan.session = session
    return plan, session


def refuse_where_closed(session: ClinicSession, now: datetime) -> None:
    """Raises SessionNotOpen for a session that is suspended or over."""
    if session.status != SessionStatus.ACTIVE or session.ends_at <= now:
        raise SessionNotOpen(session_id=session.pk)
