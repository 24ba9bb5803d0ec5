"""What a patient's tier gives and takes at booking (scoring-model.md, "Privileges" and "Fairness").

They hold for bookings that patients make themselves. The phone and the counter (RULES_AT_DESK) never ask for a tier.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts.ages import age_on
from accounts.errors import Refusal
from booking.models import Tier
from booking.rules.attempt import Attempt
from hospitals.availability import ADVANCE, days_ahead_at_release_time
from hospitals.models import BookingPolicy, ClinicSession


class HotNotOpenToTier(Refusal):
    """Patients of this tier book ordinary sessions only."""


class LeadTooShort(Refusal):
    """Patients of tier D book visits that are some days ahead only."""


class EarlyShareFull(Refusal):
    """What tiers A and B may take of a hot session before everyone is taken."""


class KeptForReserve(Refusal):
    """The seats that are left of a hot session are kept for elderly and first-time patients for the time being."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """A session before anybody attempts it: as much of an Attempt as the rules look at that ask for nothing but the tier."""

    session: ClinicSession
    policy: BookingPolicy
    tier: str
    now: datetime


def hot_is_open_to_tier(attempt: Attempt | Prospect) -> Refusal | None:
    policy, tier = attempt.policy, attempt.tier
    is_open = {Tier.C: policy.is_hot_open_to_c, Tier.D: policy.is_hot_open_to_d}.get(Tier(tier), True)
    return None if is_open or not attempt.session.is_hot else HotNotOpenToTier(tier=Tier(tier).label)


def visit_is_far_enough(attempt: Attempt | Prospect) -> Refusal | None:
    """Days are counted by the hospital's calendar. Same-day numbers and 加号 are too near as well."""
    days = attempt.policy.lead_days_d
    if attempt.tier != Tier.D or not days:
        return None
    ahead = (attempt.session.visit_date - attempt.session.local_date(attempt.now)).days
    return LeadTooShort(days=days) if ahead < days else None


def closed_to_tier(prospect: Prospect) -> Refusal | None:
    """Why no patient of the tier can book the session, whatever is left of it; the first to be told."""
    return hot_is_open_to_tier(prospect) or visit_is_far_enough(prospect)


def early_share_is_left(attempt: Attempt) -> Refusal | None:
    """Before the general release, of the advance quota: A and B have `early_share` together, of which B must leave A's part."""
    seats, session = attempt.hot_seats, attempt.session
    if seats is None or attempt.now >= session.releases_at or attempt.opening.channel is None:
        return None
    share, share_of_a = early_shares(session, attempt.policy)
    is_left = seats.of_tier_a + seats.of_tier_b < share
    if attempt.tier == Tier.B:
        is_left = is_left and seats.of_tier_b < share - share_of_a
    local_release = session.releases_at.astimezone(session.hospital.zone)
    return None if is_left else EarlyShareFull(releases_at=f"{local_release:%Y-%m-%d %H:%M}")


def early_shares(session: ClinicSession, policy: BookingPolicy) -> tuple[int, int]:
    """Seats that A and B may take together before the general release, and how many of them are A's alone."""
    quota = session.advance_quota
    return quota * policy.hot_early_percent // 100, quota * policy.hot_early_percent_a // 100


def reserve_is_kept(attempt: Attempt) -> Refusal | None:
    """Some seats wait for elderly and first-time patients until shortly before the visit. Whoever is neither leaves them free.

    Seats that came back and are not on sale yet are free seats too: they will be offered or go on sale.
    """
    seats, session, policy = attempt.hot_seats, attempt.session, attempt.policy
    if seats is None or attempt.opening.channel != ADVANCE or _is_of_reserve(attempt):
        return None
    until = reserve_ends_at(session, policy)
    kept = reserve_share(session, policy) - seats.of_reserve
    if until is None or attempt.now >= until or kept <= 0 or session.advance_left + session.withheld > kept:
        return None
    return KeptForReserve(age=policy.hot_reserve_age, until=f"{until.astimezone(session.hospital.zone):%Y-%m-%d %H:%M}")


def _is_of_reserve(attempt: Attempt) -> bool:
    """Whether the share is kept for this patient: not rated yet, or old enough on the day of the visit."""
    born = attempt.patient.birth_date
    is_elderly = born is not None and age_on(born, attempt.session.visit_date) >= attempt.policy.hot_reserve_age
    return is_elderly or attempt.tier == Tier.UNRATED


def reserve_share(session: ClinicSession, policy: BookingPolicy) -> int:
    """How many advance seats of a hot session are kept for elderly and first-time patients: rounded up, so that a small
    session keeps one as well."""
    return -(-session.advance_quota * policy.hot_reserve_percent // 100)


def reserve_ends_at(session: ClinicSession, policy: BookingPolicy) -> datetime | None:
    """When what is left of the reserve is open to everyone; None where nothing is kept."""
    if not session.is_hot or not policy.hot_reserve_percent:
        return None
    return days_ahead_at_release_time(session, policy, policy.hot_reserve_days)


def shares_are_in_force(session: ClinicSession, policy: BookingPolicy, now: datetime) -> bool:
    """Whether anybody's share of the session matters now."""
    if not session.is_hot:
        return False
    until = reserve_ends_at(session, policy)
    return now < session.releases_at or (until is not None and now < until)
