"""Ending waitlists whose time is over, or whose session will not take place."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from booking.locks import TooBusy, granted_in_time, limit_lock_waits
from booking.models import WaitlistEnd, WaitlistEntry
from booking.rules.waitlist import clears_at
from booking.services.returns import release_seats
from hospitals.locks import lock_session
from hospitals.models import BookingPolicy, ClinicSession, SessionStatus
from hospitals.policy_book import policies_in_force
from hospitals.services.policies import effective_policy

logger = logging.getLogger(__name__)

# A waitlist ends on the eve of the visit, which is today or tomorrow by any hospital's calendar: others are not looked at.
REACH = timedelta(days=2)


def clear_waitlists(*, now: datetime) -> int:
    """End every waitlist that is over: at closing time on the eve of the visit, or where the session was suspended or closed.

    Returns how many places ended. Seats that were kept for the waitlist are on sale at once.
    """
    waiting = WaitlistEntry.objects.filter(session=OuterRef("pk"), ended_at__isnull=True)
    near = ~Q(status=SessionStatus.ACTIVE) | Q(visit_date__lte=(now + REACH).date())
    sessions = list(ClinicSession.objects.filter(Exists(waiting), near).select_related("hospital").order_by("pk"))
    policies = policies_in_force(hospital_ids={session.hospital_id for session in sessions}, at=now)
    cleared = 0
    for session in sessions:
        policy = policies.of(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id)
        if _end_of(session, policy, now) is None:
            continue
        try:
            cleared += _clear(session.pk, now)
        except TooBusy:
            logger.warning("The waitlist of session %s could not be cleared yet, the sweep will come back", session.pk)
    return cleared


def _end_of(session: ClinicSession, policy: BookingPolicy, now: datetime) -> WaitlistEnd | None:
    if session.status != SessionStatus.ACTIVE:
        return WaitlistEnd.CANCELLED
    return WaitlistEnd.CLEARED if now >= clears_at(session, policy) else None


@transaction.atomic
def _clear(session_id: int, now: datetime) -> int:
    limit_lock_waits()
    with granted_in_time():
        session = lock_session(session_id)
    policy = effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now)
    end = _end_of(session, policy, now)
    if end is None:
        # A suspension was undone meanwhile.
        return 0
    release_seats(session=session, now=now)
    return WaitlistEntry.objects.filter(session=session, ended_at__isnull=True).update(end=end, ended_at=now)
