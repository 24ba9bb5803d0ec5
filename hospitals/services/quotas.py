"""Publishing a session's quotas, under the same lock as booking."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.errors import Refusal
from hospitals.locks import lock_session_in_time
from hospitals.models import ClinicSession, SessionStatus


class SessionNotOpen(Refusal):
    """The session is suspended or over: its quotas no longer change."""


@dataclass(frozen=True, slots=True)
class PublishedQuota:
    """Quotas before and after; `after` can be above what was asked for, never below what is taken."""

    before_advance: int
    before_extra: int
    advance: int
    extra: int

    @property
    def changed(self) -> bool:
        return (self.before_advance, self.before_extra) != (self.advance, self.extra)


@transaction.atomic
def publish_quota(*, session_id: int, advance_quota: int, extra_quota: int) -> PublishedQuota:
    """Set `N1` and `NA` of a session, raised where needed to what is already taken and cut to the rated capacity.

    Raises SessionNotOpen, TooBusy.
    """
    session = lock_session_in_time(session_id)
    if session.status != SessionStatus.ACTIVE:
        raise SessionNotOpen(session_id=session_id)
    return publish_locked([(session, advance_quota, extra_quota)])[0]


def publish_locked(wanted: Sequence[tuple[ClinicSession, int, int]]) -> list[PublishedQuota]:
    """The same for many sessions, each with its `N1` and `NA`, in one statement; the caller holds their locks and judged them.

    The instances are told as well.
    """
    published = [_within_bounds(session, advance, extra) for session, advance, extra in wanted]
    changed = [(session.pk, quota) for (session, *_), quota in zip(wanted, published, strict=True) if quota.changed]
    if changed:
        with connection.cursor() as cursor:
            columns = [
                [key for key, _ in changed],
                [quota.advance for _, quota in changed],
                [quota.extra for _, quota in changed],
            ]
            cursor.execute(_PUBLISH, columns)
    for (session, *_), quota in zip(wanted, published, strict=True):
        session.advance_quota, session.extra_quota = quota.advance, quota.extra
    return published


def bounded_quota(session: ClinicSession, advance_quota: int, extra_quota: int) -> tuple[int, int]:
    """What would be published: never below what is taken, never more advance numbers than the rated capacity."""
    # Seats that came back and are not on sale yet stay what they are: some are promised to the waitlist.
    kept = min(session.advance_taken + session.withheld, session.rated_capacity)
    return max(min(advance_quota, session.rated_capacity), kept), max(extra_quota, session.extra_taken)


def _within_bounds(session: ClinicSession, advance_quota: int, extra_quota: int) -> PublishedQuota:
    return PublishedQuota(session.advance_quota, session.extra_quota, *bounded_quota(session, advance_quota, extra_quota))


_PUBLISH = f"""
UPDATE {ClinicSession._meta.db_table} AS session SET advance_quota = given.advance, extra_quota = given.extra
FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS given (id, advance, extra) WHERE session.id = given.id
"""
