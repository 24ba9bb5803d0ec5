"""Publishing a session's quotas, under the same lock as booking."""

from dataclasses import dataclass

from django.db import transaction

from accounts.errors import Refusal
from hospitals.locks import lock_session_in_time
from hospitals.models import SessionStatus


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
    before = (session.advance_quota, session.extra_quota)
    # Seats that came back and are not on sale yet stay what they are: some are promised to the waitlist.
    kept = min(session.advance_taken + session.withheld, session.rated_capacity)
    session.advance_quota = max(min(advance_quota, session.rated_capacity), kept)
    session.extra_quota = max(extra_quota, session.extra_taken)
    session.save(update_fields=["advance_quota", "extra_quota"])
    return PublishedQuota(*before, session.advance_quota, session.extra_quota)
