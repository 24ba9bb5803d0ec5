"""The record of what staff set on a session's own page."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from capacity.models import QuotaChange, QuotaChangeKind
from capacity.services.pinning import take_back_waiting
from capacity.services.records import quota_change, unchanged
from hospitals.models import ClinicSession
from hospitals.services.quotas import PublishedQuota


@transaction.atomic
def record_by_hand(*, before: ClinicSession, by: User, now: datetime, reason: str) -> list[QuotaChange]:
    """Put down how the session's quotas and pin differ from `before`; a plan that waits is taken back by a pin.

    The caller has held the session's lock since it read `before`.
    """
    session = ClinicSession.objects.get(pk=before.pk)
    quota = PublishedQuota(before.advance_quota, before.extra_quota, session.advance_quota, session.extra_quota)
    steps = [(QuotaChangeKind.BY_HAND, quota)] if quota.changed else []
    if session.is_quota_pinned != before.is_quota_pinned:
        kind = QuotaChangeKind.PINNED if session.is_quota_pinned else QuotaChangeKind.UNPINNED
        steps.append((kind, unchanged(session)))
        if session.is_quota_pinned:
            take_back_waiting(session)
    return QuotaChange.objects.bulk_create(
        quota_change(session=session, plan=None, kind=kind, published=published, now=now, by=by, reason=reason)
        for kind, published in steps
    )
