"""When the waitlist (候补) of a session can be joined, until when it is kept, and how long an offer stands."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from accounts.errors import Refusal
from booking.rules import RULES, Attempt, refusals
from booking.rules.privileges import early_share_is_left, reserve_is_kept
from booking.rules.session import NotReleased, SessionOver, SessionSuspended, session_is_open, window_has_a_seat
from hospitals.availability import ADVANCE, Opening
from hospitals.models import BookingPolicy, ClinicSession, SessionStatus

# As the visit nears, an offer may last this part of the time until the waitlist is cleared: if the first does not want the seat,
# three more can still be asked.
SHARE_OF_TIME_LEFT = 4

Rule = Callable[[Attempt], Refusal | None]
# What has to do with the patient alone is told at joining already. Whether there is a seat is what the patient waits for.
RULES_TO_JOIN: tuple[Rule, ...] = tuple(
    rule for rule in RULES if rule not in (session_is_open, early_share_is_left, reserve_is_kept, window_has_a_seat)
)
# The seat that is offered is there, and its channel is that of the seat, also after advance booking has closed on the eve.
RULES_FOR_OFFER: tuple[Rule, ...] = tuple(rule for rule in RULES if rule not in (session_is_open, window_has_a_seat))


class WaitlistNotOffered(Refusal):
    """The hospital keeps no waitlist for such sessions."""


class WaitlistOver(Refusal):
    """The session's waitlist was cleared: the visit is too near."""


class WaitlistClosed(Refusal):
    """Waitlists are not open at this time of the day."""


class SeatsAreLeft(Refusal):
    """The session is not full, so there is nothing to wait for."""


class WaitlistFull(Refusal):
    """As many patients wait for the session as the policy allows."""


class WaitlistPlacesUsed(Refusal):
    """The patient waits in as many sessions as the policy allows, offers that are open included."""


def clears_at(session: ClinicSession, policy: BookingPolicy) -> datetime:
    """When the waitlist of a session ends: at closing time on the eve of the visit, in the hospital's zone."""
    eve = session.visit_date - timedelta(days=1)
    return datetime.combine(eve, policy.waitlist_closes_time, tzinfo=session.hospital.zone)


def is_within_hours(session: ClinicSession, policy: BookingPolicy, now: datetime) -> bool:
    local = now.astimezone(session.hospital.zone).time()
    return policy.waitlist_opens_time <= local < policy.waitlist_closes_time


def offer_deadline(*, policy: BookingPolicy, clears_at: datetime, now: datetime) -> datetime | None:
    """Until when an offer that is made `now` stands; None where it could not stand for the shortest time any more.

    The policy's minutes, at most a quarter of the time until the waitlist is cleared, but never less than the policy's floor and
    never beyond the clearing.
    """
    longest = timedelta(minutes=policy.waitlist_offer_minutes)
    shortest = min(longest, timedelta(minutes=policy.waitlist_offer_floor_minutes))
    left = clears_at - now
    if left < shortest:
        return None
    return now + max(min(longest, left / SHARE_OF_TIME_LEFT), shortest)


@dataclass(frozen=True, slots=True)
class Waitlist:
    """The waitlist of a session as the rules look at it, whoever wants to join."""

    session: ClinicSession
    policy: BookingPolicy
    length: int
    now: datetime


def is_offered(waitlist: Waitlist) -> Refusal | None:
    return None if waitlist.policy.waitlist_limit else WaitlistNotOffered()


def session_takes_place(waitlist: Waitlist) -> Refusal | None:
    """It is neither suspended nor over, and its numbers are out for everyone."""
    session, now = waitlist.session, waitlist.now
    if session.status == SessionStatus.SUSPENDED:
        return SessionSuspended()
    if session.status == SessionStatus.CLOSED or now >= session.ends_at:
        return SessionOver()
    if now < session.releases_at:
        return NotReleased(releases_at=f"{session.releases_at.astimezone(session.hospital.zone):%Y-%m-%d %H:%M}")
    return None


def is_not_cleared(waitlist: Waitlist) -> Refusal | None:
    cleared = clears_at(waitlist.session, waitlist.policy)
    return WaitlistOver(cleared=f"{cleared:%Y-%m-%d %H:%M}") if waitlist.now >= cleared else None


def is_open_now(waitlist: Waitlist) -> Refusal | None:
    policy = waitlist.policy
    if is_within_hours(waitlist.session, policy, waitlist.now):
        return None
    return WaitlistClosed(opens=f"{policy.waitlist_opens_time:%H:%M}", closes=f"{policy.waitlist_closes_time:%H:%M}")


def has_a_place(waitlist: Waitlist) -> Refusal | None:
    limit = waitlist.policy.waitlist_limit
    return WaitlistFull(limit=limit) if 0 < limit <= waitlist.length else None


WAITLIST_RULES: tuple[Callable[[Waitlist], Refusal | None], ...] = (
    is_offered,
    session_takes_place,
    is_not_cleared,
    is_open_now,
    has_a_place,
)


def waitlist_refusals(waitlist: Waitlist) -> list[Refusal]:
    """Every reason why nobody can join, save that seats are left; empty where the waitlist is open."""
    return [refusal for rule in WAITLIST_RULES if (refusal := rule(waitlist)) is not None]


def has_seats_for_everyone(session: ClinicSession) -> Refusal | None:
    return SeatsAreLeft() if session.advance_left > 0 else None


def is_full_for(attempt: Attempt) -> bool:
    """Whether the patient can only wait: no seat is left, or those that are left are kept for others for the time being."""
    if attempt.session.advance_left <= 0:
        return True
    return reserve_is_kept(replace(attempt, opening=Opening(ADVANCE))) is not None


def joining_refusals(*, waitlist: Waitlist, attempt: Attempt, places: int) -> list[Refusal]:
    """Every reason against joining, the first to be told first. `places` are those that the patient has at the hospital."""
    limit = waitlist.policy.waitlist_pending_per_patient
    found = waitlist_refusals(waitlist)
    found += [] if is_full_for(attempt) else [SeatsAreLeft()]
    found += refusals(attempt, RULES_TO_JOIN)
    return found + ([WaitlistPlacesUsed(limit=limit)] if places >= limit else [])
