"""Pinning a session's quotas: whatever the computation finds, they stay."""

from datetime import datetime

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from capacity.models import CapacityPlan, PlanStatus, QuotaChangeKind
from capacity.services.locked_plans import refuse_where_closed
from capacity.services.records import quota_change, unchanged
from hospitals.locks import lock_session_in_time
from hospitals.models import ClinicSession


class AlreadyPinned(Refusal):
    """The session's quotas are pinned."""


class NotPinned(Refusal):
    """The session's quotas are not pinned."""


@transaction.atomic
def pin_quotas(*, session_id: int, by: User, now: datetime, reason: str) -> ClinicSession:
    """Keep the quotas as they are now; a plan that waits is taken back. Raises AlreadyPinned, SessionNotOpen, TooBusy."""
    session = _set_pin(session_id, True, by, now, reason)
    take_back_waiting(session)
    return session


@transaction.atomic
def unpin_quotas(*, session_id: int, by: User, now: datetime, reason: str) -> ClinicSession:
    """Leave the quotas to the computation again, from the next night on. Raises NotPinned, SessionNotOpen, TooBusy."""
    return _set_pin(session_id, False, by, now, reason)


def take_back_waiting(session: ClinicSession) -> None:
    """No plan waits for a session whose quotas are pinned."""
    waiting = CapacityPlan.objects.filter(session=session, status=PlanStatus.PROPOSED)
    waiting.update(status=PlanStatus.SUPERSEDED, status_reason="号源已固定。")


def _set_pin(session_id: int, is_pinned: bool, by: User, now: datetime, reason: str) -> ClinicSession:
    session = lock_session_in_time(session_id)
    refuse_where_closed(session, now)
    if session.is_quota_pinned == is_pinned:
        raise (AlreadyPinned if is_pinned else NotPinned)(session_id=session_id)
    session.is_quota_pinned = is_pinned
    session.save(update_fields=["is_quota_pinned"])
    kind = QuotaChangeKind.PINNED if is_pinned else QuotaChangeKind.UNPINNED
    plan = CapacityPlan.objects.filter(session=session, status=PlanStatus.APPLIED).first()
    quota_change(session=session, plan=plan, kind=kind, published=unchanged(session), now=now, by=by, reason=reason).save()
    return session
