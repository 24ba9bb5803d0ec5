"""The shares of a hot session under any run of bookings and cancellations: rules against a plain count, without a database."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Patient
from booking.models import Tier
from booking.rules import Attempt, HotSeats, refusals
from booking.rules.privileges import (
    early_share_is_left,
    hot_is_open_to_tier,
    reserve_is_kept,
    shares_are_in_force,
    visit_is_far_enough,
)
from booking.rules.session import session_is_open
from booking.services.seats import SessionFull
from hospitals.availability import advance_closes_at, open_channel, released_to
from hospitals.models import BookingPolicy, ClinicSession, Department, Hospital, Slot
from tests.booking.clock import VISIT, at

RULES = (hot_is_open_to_tier, visit_is_far_enough, session_is_open, early_share_is_left, reserve_is_kept)
# A busy machine is slow at making examples; that says nothing about them.
CALMLY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
HOSPITAL = Hospital(time_zone="Asia/Shanghai")
RELEASE = at("07:00", days=-7)

policies = st.builds(
    BookingPolicy,
    hospital=st.just(HOSPITAL),
    hot_early_days_a=st.integers(0, 25),
    hot_early_days_b=st.integers(0, 25),
    hot_early_percent=st.integers(0, 100),
    hot_early_percent_a=st.integers(0, 100),
    hot_reserve_percent=st.integers(0, 50),
    hot_reserve_age=st.integers(55, 100),
    hot_reserve_days=st.integers(0, 10),
    is_hot_open_to_c=st.booleans(),
    is_hot_open_to_d=st.booleans(),
    lead_days_d=st.integers(0, 10),
)
# Hours before the visit day, from before anybody may book to the end of advance booking.
hours = st.integers(18, 26 * 24)


@dataclass(frozen=True)
class Wish:
    hours_ahead: int
    tier: Tier
    age: int
    # Gives up this one of the seats before asking, where there are so many.
    cancels: int | None


wishes = st.lists(
    st.builds(Wish, hours, st.sampled_from(Tier), st.integers(0, 99), st.none() | st.integers(0, 29)), min_size=5, max_size=60
)


@dataclass
class Clinic:
    """A session, and whom it has given a seat: (tier, age)."""

    policy: BookingPolicy
    session: ClinicSession
    seats: list[tuple[Tier, int]] = field(default_factory=list)

    def count(self, *tiers: Tier) -> int:
        return sum(tier in tiers for tier, _ in self.seats)

    @property
    def of_reserve(self) -> int:
        return sum(tier == Tier.UNRATED or age >= self.policy.hot_reserve_age for tier, age in self.seats)

    def attempt(self, tier: Tier, age: int, now: datetime) -> Attempt:
        return Attempt(
            patient=Patient(birth_date=date(VISIT.year - age, 1, 1)),
            session=self.session,
            slot=Slot(),
            policy=self.policy,
            opening=open_channel(self.session, self.policy, now, tier=tier),
            live=(),
            tier=tier,
            pause=None,
            hot_seats=HotSeats(self.count(Tier.A), self.count(Tier.B), self.of_reserve),
            early_cancellations=0,
            now=now,
        )

    def cancel(self, place: int | None) -> None:
        if place is not None and place < len(self.seats):
            del self.seats[place]
            self.session.advance_taken -= 1


def make_clinic(policy: BookingPolicy, quota: int) -> Clinic:
    session = ClinicSession(
        hospital=HOSPITAL,
        department=Department(),
        visit_date=VISIT,
        starts_at=at("08:00"),
        ends_at=at("12:00"),
        releases_at=RELEASE,
        is_hot=True,
        rated_capacity=quota,
        advance_quota=quota,
    )
    return Clinic(policy, session)


def has_limits(policy: BookingPolicy, wish: Wish, now: datetime) -> bool:
    """Whether the tier itself keeps this patient from the session."""
    is_closed = {Tier.C: not policy.is_hot_open_to_c, Tier.D: not policy.is_hot_open_to_d}.get(wish.tier, False)
    return is_closed or (wish.tier == Tier.D and (VISIT - now.date()).days < policy.lead_days_d)


@CALMLY
@given(policy=policies, quota=st.integers(1, 30), asked=wishes)
def test_the_shares_hold_and_nobody_is_locked_out_for_good(policy: BookingPolicy, quota: int, asked: list[Wish]) -> None:
    policy.hot_early_percent_a = min(policy.hot_early_percent_a, policy.hot_early_percent)  # the table's constraint
    clinic = make_clinic(policy, quota)
    reserve_ends = at("07:00", days=-policy.hot_reserve_days)
    for wish in sorted(asked, key=lambda wish: -wish.hours_ahead):
        now = at("00:00") - timedelta(hours=wish.hours_ahead)
        clinic.cancel(wish.cancels)
        found = refusals(clinic.attempt(wish.tier, wish.age, now), RULES)
        if not found:
            clinic.seats.append((wish.tier, wish.age))
            clinic.session.advance_taken += 1
        if now < RELEASE:
            # Before the general release only A and B, within their shares.
            assert clinic.count(Tier.C, Tier.D, Tier.UNRATED) == 0
            assert 100 * clinic.count(Tier.A, Tier.B) <= quota * policy.hot_early_percent
            left_to_a = quota * policy.hot_early_percent_a // 100
            assert clinic.count(Tier.B) + left_to_a <= quota * policy.hot_early_percent // 100
        if now < reserve_ends:
            # What the elderly and first-time patients have, and what is free, is never less than their share.
            assert 100 * (clinic.of_reserve + quota - len(clinic.seats)) >= quota * policy.hot_reserve_percent
        is_reserved_for = wish.tier == Tier.UNRATED or wish.age >= policy.hot_reserve_age
        is_out = RELEASE <= now < advance_closes_at(clinic.session, policy) and (is_reserved_for or now >= reserve_ends)
        if found and is_out and not has_limits(policy, wish, now):
            # Only a session that is full keeps them out.
            assert [type(refusal) for refusal in found] == [SessionFull]
            assert clinic.session.advance_left == 0


@CALMLY
@given(policy=policies, tier=st.sampled_from(Tier), hours_ahead=hours)
def test_an_ordinary_session_has_neither_shares_nor_a_head_start(policy: BookingPolicy, tier: Tier, hours_ahead: int) -> None:
    session = make_clinic(policy, 20).session
    session.is_hot = False
    assert not shares_are_in_force(session, policy, at("00:00") - timedelta(hours=hours_ahead))
    assert released_to(session, policy, tier) == RELEASE
