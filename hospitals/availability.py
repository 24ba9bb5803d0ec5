"""What can be booked of a session right now: one rule for what patients are shown and for what booking allows under lock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hospitals.models import BookingPolicy, ClinicSession, SessionStatus, Slot

# The channels, spelt as in booking's Channel, which stands above and cannot be imported here.
ADVANCE: Final = "advance"
SAME_DAY: Final = "same-day"
EXTRA: Final = "extra"
CHANNELS: Final[dict[str, str]] = {ADVANCE: "预约号", SAME_DAY: "现场号", EXTRA: "加号"}

# The tiers that may book hot sessions before everyone, spelt as in booking's Tier.
EARLY_TIERS: Final = ("A", "B")

# Why nothing can be booked.
SUSPENDED: Final = "suspended"
CLOSED: Final = "closed"
NOT_RELEASED: Final = "not-released"
ADVANCE_CLOSED: Final = "advance-closed"
FULL: Final = "full"

# What a session is to a patient who looks at it now, with the words shown for it.
OPEN: Final = "open"
STATES: Final[dict[str, str]] = {
    NOT_RELEASED: "未放号",
    OPEN: "可预约",
    SAME_DAY: "现场号",
    EXTRA: "加号",
    FULL: "约满",
    ADVANCE_CLOSED: "次日号已截止",
    CLOSED: "已结束",
    SUSPENDED: "停诊",
}
STATE_CHOICES: Final = list(STATES.items())


@dataclass(frozen=True, slots=True)
class Opening:
    """The channel in which the next seat is taken, or None and the reason. With a channel the reason is empty."""

    channel: str | None
    reason: str = ""

    @property
    def state(self) -> str:
        """One of `STATES`."""
        return OPEN if self.channel == ADVANCE else self.channel or self.reason


def advance_closes_at(session: ClinicSession, policy: BookingPolicy) -> datetime:
    """When next-day booking ends: on the eve of the visit, in the hospital's zone."""
    eve = session.visit_date - timedelta(days=1)
    return datetime.combine(eve, policy.advance_close_time, tzinfo=session.hospital.zone)


def days_ahead_at_release_time(session: ClinicSession, policy: BookingPolicy, days: int) -> datetime:
    """The release time of the day that is `days` before the visit, in the hospital's zone."""
    return datetime.combine(session.visit_date - timedelta(days=days), policy.release_time, tzinfo=session.hospital.zone)


def early_release(session: ClinicSession, policy: BookingPolicy) -> Mapping[str, datetime]:
    """From when the tiers that have such a privilege may book a hot session, by tier; only those that come before everyone."""
    if not session.is_hot:
        return {}
    days = {"A": policy.hot_early_days_a, "B": policy.hot_early_days_b}
    times = {tier: days_ahead_at_release_time(session, policy, days[tier]) for tier in EARLY_TIERS}
    return {tier: time for tier, time in times.items() if time < session.releases_at}


def released_to(session: ClinicSession, policy: BookingPolicy, tier: str) -> datetime:
    """From when a patient of this tier may book the session."""
    return early_release(session, policy).get(tier, session.releases_at)


def open_channel(session: ClinicSession, policy: BookingPolicy, now: datetime, *, tier: str = "") -> Opening:
    """Say in which channel a seat of `session` can be taken at `now` by a patient of `tier`; without one, by everyone.

    Before the visit day only advance seats, from the release to the close on the eve. On the visit day advance seats that are
    left flow back: same-day numbers up to the rated capacity, then 加号 one by one, until the session ends.
    Reads `session.hospital`: select it along. Slots, shares of a hot session and who the patient is are booking's to judge.
    """
    if session.status == SessionStatus.SUSPENDED:
        return Opening(None, SUSPENDED)
    if session.status == SessionStatus.CLOSED or now >= session.ends_at:
        return Opening(None, CLOSED)
    if now < session.releases_at and now < released_to(session, policy, tier):
        return Opening(None, NOT_RELEASED)
    if session.local_date(now) >= session.visit_date:
        return _on_the_day(session)
    if now >= advance_closes_at(session, policy):
        return Opening(None, ADVANCE_CLOSED)
    return Opening(ADVANCE) if session.advance_left > 0 else Opening(None, FULL)


def _on_the_day(session: ClinicSession) -> Opening:
    if session.rated_left > 0:
        return Opening(SAME_DAY)
    return Opening(EXTRA) if session.extra_left > 0 else Opening(None, FULL)


def seats_left(session: ClinicSession, opening: Opening) -> int:
    """How many seats the open channel still has; 0 where none is open."""
    left = {ADVANCE: session.advance_left, SAME_DAY: session.rated_left, EXTRA: session.extra_left}
    return left[opening.channel] if opening.channel else 0


def slot_seats_left(slot: Slot, capacity: int, session: ClinicSession, opening: Opening, now: datetime) -> int:
    """How many seats a window still has in the open channel. A window that is over has none.

    `capacity` is the window's own with what earlier ones left behind (services.windows.capacities_now).
    加号 come after the numbered patients of their window and are bounded by the session alone.
    """
    if slot.ends_at <= now:
        return 0
    of_session = seats_left(session, opening)
    return of_session if opening.channel == EXTRA else min(capacity - slot.taken - slot.withheld, of_session)
