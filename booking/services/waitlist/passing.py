"""The sweep that passes seats on: to the waitlist while it is open, else back on sale when their random delay is over."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, Max, OuterRef, Q

from booking.locks import TooBusy
from booking.models import SeatReturn, WaitlistEntry
from booking.rules.waitlist import clears_at, is_within_hours, offer_deadline
from booking.services.returns import release_due_returns
from booking.services.waitlist.clearing import clear_waitlists
from booking.services.waitlist.offers import Answer, first_waiting, offer_to
from hospitals.models import BookingPolicy, ClinicSession, SessionStatus
from hospitals.policy_book import policies_in_force

logger = logging.getLogger(__name__)

# A seat that nobody who waits may have, such as one that is kept for the elderly, can be left for days: asking everybody each
# half minute would tell the same and hold up who books.
ASKED_AGAIN_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class PassedOn:
    """How many seats were offered, how many went on sale, and how many places were cleared away."""

    offered: int
    released: int
    cleared: int


@dataclass(frozen=True, slots=True)
class Round:
    """What came of offering a session's seats. `passed_over` are the places that no seat can be kept for now."""

    offered: int
    passed_over: frozenset[int]


def pass_on_seats(*, now: datetime) -> PassedOn:
    """End waitlists that are over, offer every free seat that somebody waits for, and put the others on sale when they are due.

    A seat is put on sale at its time where all who wait were passed over. While waitlists are closed for the night it stays
    where it is.
    """
    cleared = clear_waitlists(now=now)
    sessions = _sessions_with_seats()
    policies = policies_in_force(hospital_ids={session.hospital_id for session in sessions}, at=now)
    offered, passed_over = 0, dict[int, frozenset[int]]()
    for session in sessions:
        policy = policies.of(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id)
        try:
            result = _offer_seats(session, policy, now)
        except TooBusy:
            logger.warning("Seats of session %s could not be offered yet, the sweep will come back", session.pk)
            continue
        offered += result.offered
        passed_over[session.pk] = result.passed_over
    return PassedOn(offered=offered, released=release_due_returns(now=now, passed_over=passed_over), cleared=cleared)


def _sessions_with_seats() -> list[ClinicSession]:
    """Those with a seat that could be offered and somebody who waits for one."""
    waiting = WaitlistEntry.objects.filter(session=OuterRef("pk"), ended_at__isnull=True)
    used = F("advance_taken") + F("withheld")
    is_left = Q(advance_quota__gt=used, rated_capacity__gt=used + F("same_day_taken"))
    sessions = ClinicSession.objects.filter(Exists(waiting), Q(withheld__gt=0) | is_left, status=SessionStatus.ACTIVE)
    return list(sessions.select_related("hospital").order_by("pk"))


def _offer_seats(session: ClinicSession, policy: BookingPolicy, now: datetime) -> Round:
    """Raises TooBusy."""
    if not is_within_hours(session, policy, now):
        return Round(0, frozenset())
    if offer_deadline(policy=policy, clears_at=clears_at(session, policy), now=now) is None:
        # Nobody can be asked any more, so nobody is kept a seat for.
        waiting = WaitlistEntry.objects.filter(session=session, ended_at__isnull=True)
        return Round(0, frozenset(waiting.values_list("pk", flat=True)))
    offered, passed_over = 0, _passed_over_lately(session, now)
    while (entry := first_waiting(session_id=session.pk, passed_over=passed_over)) is not None:
        answer = offer_to(entry=entry, passed_over=passed_over, now=now)
        if answer == Answer.NO_SEAT:
            break
        if answer == Answer.PASSED_OVER:
            passed_over.add(entry.pk)
        offered += answer == Answer.OFFERED
    return Round(offered, frozenset(passed_over))


def _passed_over_lately(session: ClinicSession, now: datetime) -> set[int]:
    """Places that were passed over a moment ago. Each seat that comes back is a new question to all of them."""
    freed_at = SeatReturn.objects.filter(session=session).aggregate(last=Max("freed_at"))["last"]
    since = max(now - ASKED_AGAIN_AFTER, freed_at) if freed_at else now - ASKED_AGAIN_AFTER
    lately = WaitlistEntry.objects.filter(session=session, ended_at__isnull=True, skips__at__gt=since)
    return set(lately.values_list("pk", flat=True))
