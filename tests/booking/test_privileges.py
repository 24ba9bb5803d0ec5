"""What a patient's tier gives and takes at booking: hot sessions, shares, lead times."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import Refusal
from booking.models import Appointment, CancelledBy, Channel, Choice, RefusedAttempt, Tier
from booking.rules.patient import BookingPaused
from booking.rules.privileges import EarlyShareFull, HotNotOpenToTier, KeptForReserve, LeadTooShort
from booking.rules.session import NotReleased
from booking.services.attempts import gather_attempt
from booking.services.cancellation import cancel_appointment
from booking.services.moves import move_appointment
from booking.services.standing import active_restriction, footing_of, standing_of
from booking.services.transitions import patient_actor
from config.api_errors import refusal_body
from hospitals.models import ClinicSession, Hospital
from hospitals.services.policies import effective_policy, revise_policy
from tests.booking.clock import ONE_SECOND, VISIT, at
from tests.booking.rated import rate, rated
from tests.booking.snapshot import everything
from tests.booking.suspended import another_session, chosen, suspend
from tests.factories.booking import Account, book, make_account, make_clinic, slot_of
from tests.factories.hospitals import make_hospital

EARLY_A, EARLY_B, RELEASE, RESERVE_ENDS = (at("07:00", days=-days) for days in (16, 15, 7, 2))
LONG_AGO = at("00:00", days=-60)
VISIT_END = at("12:00")


@pytest.fixture
def hospital() -> Hospital:
    hospital = make_hospital()
    # Seats come back at once: the delay is another subject.
    policy(hospital, return_delay_minutes=0)
    return hospital


@pytest.fixture
def hot(hospital: Hospital) -> ClinicSession:
    return make_hot(hospital)


def make_hot(hospital: Hospital, *, quota: int = 20, **session: Any) -> ClinicSession:
    """Generally released seven days ahead; one window, so that only the session's shares count."""
    fields = {"releases_at": RELEASE, "is_hot": True, "rated_capacity": quota, "slot_minutes": 240} | session
    return make_clinic(visit_date=VISIT, hospital=hospital, **fields)


def policy(hospital: Hospital, **changes: Any) -> None:
    revise_policy(hospital=hospital, registration_type=None, changes=changes, by=None, now=LONG_AGO)


def patient(hospital: Hospital, tier: Tier, *, born: date = date(1990, 1, 1)) -> Account:
    return rated(hospital, tier, now=LONG_AGO, birth_date=born)


def take(session: ClinicSession, tier: Tier, count: int = 1, *, now: datetime) -> list[Appointment]:
    return [book(patient(session.hospital, tier), session, now=now) for _ in range(count)]


def refused(session: ClinicSession, account: Account, *, now: datetime) -> Refusal:
    before = everything()
    with pytest.raises(Refusal) as caught:
        book(account, session, now=now)
    assert everything() == before
    return caught.value


def refused_tier(session: ClinicSession, tier: Tier, *, now: datetime) -> Refusal:
    return refused(session, patient(session.hospital, tier), now=now)


class TestEarlyRelease:
    @pytest.mark.parametrize(("tier", "opens"), [(Tier.A, EARLY_A), (Tier.B, EARLY_B)])
    def test_a_and_b_from_their_own_day_on(self, hot: ClinicSession, tier: Tier, opens: datetime) -> None:
        told = refused_tier(hot, tier, now=opens - ONE_SECOND)
        assert (type(told), told.detail) == (NotReleased, {"releases_at": f"{opens:%Y-%m-%d %H:%M}"})
        (appointment,) = take(hot, tier, now=opens)
        assert (appointment.tier, appointment.channel) == (tier, Channel.ADVANCE)

    @pytest.mark.parametrize("tier", [Tier.C, Tier.D, Tier.UNRATED])
    def test_all_others_with_everyone(self, hospital: Hospital, hot: ClinicSession, tier: Tier) -> None:
        policy(hospital, is_hot_open_to_c=True, is_hot_open_to_d=True, lead_days_d=0)
        told = refused_tier(hot, tier, now=RELEASE - ONE_SECOND)
        assert (type(told), told.detail) == (NotReleased, {"releases_at": "2026-03-05 07:00"})
        (appointment,) = take(hot, tier, now=RELEASE)
        assert appointment.tier == tier

    def test_who_was_never_rated_is_unrated(self, hot: ClinicSession) -> None:
        account = make_account()
        assert isinstance(refused(hot, account, now=RELEASE - ONE_SECOND), NotReleased)
        assert book(account, hot, now=RELEASE).tier == Tier.UNRATED

    def test_the_tier_is_that_of_the_hospital(self, hot: ClinicSession) -> None:
        elsewhere = patient(make_hospital(), Tier.A)
        assert isinstance(refused(hot, elsewhere, now=EARLY_A), NotReleased)

    def test_the_days_are_the_policys(self, hospital: Hospital, hot: ClinicSession) -> None:
        policy(hospital, hot_early_days_a=10, hot_early_days_b=7)
        assert isinstance(refused_tier(hot, Tier.A, now=at("07:00", days=-10) - ONE_SECOND), NotReleased)
        take(hot, Tier.A, now=at("07:00", days=-10))
        # Not more days than everyone's: no head start.
        assert refused_tier(hot, Tier.B, now=RELEASE - ONE_SECOND).detail == {"releases_at": "2026-03-05 07:00"}

    def test_ordinary_sessions_have_none(self, hospital: Hospital) -> None:
        ordinary = make_hot(hospital, quota=3, is_hot=False, releases_at=EARLY_B)
        assert isinstance(refused_tier(ordinary, Tier.A, now=EARLY_B - ONE_SECOND), NotReleased)
        take(ordinary, Tier.A, 3, now=EARLY_B)  # and no shares


class TestEarlyShare:
    def test_b_leaves_what_is_a_s(self, hot: ClinicSession) -> None:
        take(hot, Tier.B, 6, now=EARLY_B)
        told = refused_tier(hot, Tier.B, now=EARLY_B)
        assert type(told) is EarlyShareFull
        assert refusal_body(told)["message"] == "热门号优先份额已约完，2026-03-05 07:00 起向所有人放号。"
        take(hot, Tier.A, 4, now=EARLY_B)
        assert isinstance(refused_tier(hot, Tier.A, now=EARLY_B), EarlyShareFull)

    def test_a_may_take_all_of_it(self, hot: ClinicSession) -> None:
        take(hot, Tier.A, 10, now=EARLY_A)
        assert isinstance(refused_tier(hot, Tier.A, now=EARLY_B), EarlyShareFull)
        assert isinstance(refused_tier(hot, Tier.B, now=EARLY_B), EarlyShareFull)
        # No sign of a quota that is too small.
        assert not RefusedAttempt.objects.exists()

    def test_half_a_seat_is_none(self, hospital: Hospital) -> None:
        small = make_hot(hospital, quota=5)  # two early, one of them A's
        take(small, Tier.B, 1, now=EARLY_B)
        assert isinstance(refused_tier(small, Tier.B, now=EARLY_B), EarlyShareFull)
        take(small, Tier.A, 1, now=EARLY_B)
        assert isinstance(refused_tier(small, Tier.A, now=EARLY_B), EarlyShareFull)

    def test_the_shares_are_the_policys_and_of_the_advance_quota(self, hospital: Hospital) -> None:
        policy(hospital, hot_early_percent=30, hot_early_percent_a=0)
        session = make_hot(hospital, quota=20, advance_quota=10)
        take(session, Tier.B, 3, now=EARLY_B)
        assert isinstance(refused_tier(session, Tier.A, now=EARLY_B), EarlyShareFull)

    def test_a_seat_given_up_is_the_share_s_again(self, hospital: Hospital) -> None:
        small = make_hot(hospital, quota=4)
        first, _ = take(small, Tier.A, 2, now=EARLY_A)
        assert isinstance(refused_tier(small, Tier.A, now=EARLY_A), EarlyShareFull)
        cancel_appointment(appointment_id=first.pk, by=CancelledBy.PATIENT, actor=patient_actor(first.booked_by), now=EARLY_A)
        take(small, Tier.A, 1, now=EARLY_A)

    def test_with_the_general_release_it_ends(self, hot: ClinicSession) -> None:
        take(hot, Tier.A, 10, now=EARLY_A)
        take(hot, Tier.B, 1, now=RELEASE)
        take(hot, Tier.A, 1, now=RELEASE)


class TestClosedToTiers:
    @pytest.mark.parametrize("tier", [Tier.C, Tier.D])
    def test_c_and_d_book_no_hot_session(self, hot: ClinicSession, tier: Tier) -> None:
        told = refused_tier(hot, tier, now=RELEASE)
        assert type(told) is HotNotOpenToTier
        assert refusal_body(told)["message"] == f"{tier.label}患者暂不能在线预约热门号，请电话或到窗口预约。"

    def test_an_ordinary_one_is_open_to_c(self, hospital: Hospital) -> None:
        take(make_hot(hospital, is_hot=False), Tier.C, now=at("08:00"))

    @pytest.mark.parametrize(("tier", "field"), [(Tier.C, "is_hot_open_to_c"), (Tier.D, "is_hot_open_to_d")])
    def test_the_hospital_may_open_them(self, hospital: Hospital, hot: ClinicSession, tier: Tier, field: str) -> None:
        policy(hospital, **{field: True})
        take(hot, tier, now=RELEASE)

    def test_all_reasons_are_told(self, hot: ClinicSession) -> None:
        told = refused_tier(hot, Tier.D, now=at("09:00", days=-8))
        assert [type(told), *map(type, told.detail["others"])] == [HotNotOpenToTier, NotReleased]
        told = refused_tier(hot, Tier.D, now=at("09:00", days=-3))
        assert [type(told), *map(type, told.detail["others"])] == [HotNotOpenToTier, LeadTooShort]


class TestLeadOfD:
    @pytest.fixture
    def ordinary(self, hospital: Hospital) -> ClinicSession:
        return make_hot(hospital, is_hot=False, releases_at=EARLY_B, extra_quota=5)

    def test_by_the_hospitals_calendar(self, ordinary: ClinicSession) -> None:
        take(ordinary, Tier.D, now=at("23:59:59", days=-7))
        told = refused_tier(ordinary, Tier.D, now=at("00:00", days=-6))
        assert (type(told), told.detail) == (LeadTooShort, {"days": 7})
        assert refusal_body(told)["message"] == "您目前只能在线预约 7 天及以后的号；更近的就诊请电话或到窗口预约。"

    def test_same_day_numbers_and_extra_ones_are_too_near(self, hospital: Hospital, ordinary: ClinicSession) -> None:
        assert isinstance(refused_tier(ordinary, Tier.D, now=at("08:00")), LeadTooShort)
        full = make_hot(hospital, is_hot=False, quota=1, extra_quota=1, releases_at=EARLY_B)
        take(full, Tier.C, now=at("08:00"))
        assert isinstance(refused_tier(full, Tier.D, now=at("08:00")), LeadTooShort)

    @pytest.mark.parametrize("tier", [Tier.A, Tier.B, Tier.C, Tier.UNRATED])
    def test_nobody_else_is_asked(self, ordinary: ClinicSession, tier: Tier) -> None:
        take(ordinary, tier, now=at("08:00"))

    def test_the_days_are_the_policys(self, hospital: Hospital, ordinary: ClinicSession) -> None:
        policy(hospital, lead_days_d=0)
        take(ordinary, Tier.D, now=at("08:00"))


class TestReserve:
    """Of five seats two are kept for the elderly and for those who come for the first time."""

    @pytest.fixture
    def hot(self, hospital: Hospital) -> ClinicSession:
        policy(hospital, return_delay_minutes=0, hot_reserve_percent=40)
        return make_hot(hospital, quota=5)

    @pytest.fixture
    def nearly_full(self, hot: ClinicSession) -> ClinicSession:
        take(hot, Tier.B, 3, now=RELEASE)
        return hot

    def test_the_last_ones_are_kept(self, nearly_full: ClinicSession) -> None:
        told = refused_tier(nearly_full, Tier.A, now=RESERVE_ENDS - ONE_SECOND)
        assert type(told) is KeptForReserve
        assert refusal_body(told)["message"] == "余号为 65 岁以上和首次就诊患者保留，2026-03-10 07:00 起向所有人开放。"
        take(nearly_full, Tier.UNRATED, 2, now=RELEASE)

    @pytest.mark.parametrize(("born", "is_elderly"), [(date(1961, 3, 12), True), (date(1961, 3, 13), False)])
    def test_the_age_is_that_on_the_day_of_the_visit(self, nearly_full: ClinicSession, born: date, is_elderly: bool) -> None:
        account = patient(nearly_full.hospital, Tier.B, born=born)
        if is_elderly:
            assert book(account, nearly_full, now=RELEASE).age_at_visit == 65
        else:
            assert isinstance(refused(nearly_full, account, now=RELEASE), KeptForReserve)

    def test_shortly_before_the_visit_it_is_open_to_everyone(self, nearly_full: ClinicSession) -> None:
        take(nearly_full, Tier.A, 2, now=RESERVE_ENDS)

    def test_what_they_have_taken_is_not_kept_again(self, hot: ClinicSession) -> None:
        take(hot, Tier.UNRATED, 1, now=RELEASE)
        book(patient(hot.hospital, Tier.A, born=date(1950, 1, 1)), hot, now=RELEASE)
        take(hot, Tier.B, 3, now=RELEASE)

    def test_a_seat_that_will_come_back_is_a_seat(self, hospital: Hospital, nearly_full: ClinicSession) -> None:
        """Three free ones in all: one is not on sale yet, and two stay kept."""
        policy(hospital, return_delay_minutes=120)
        given_up = Appointment.objects.first()
        assert given_up is not None
        actor = patient_actor(given_up.booked_by)
        cancel_appointment(appointment_id=given_up.pk, by=CancelledBy.PATIENT, actor=actor, now=RELEASE)
        nearly_full.refresh_from_db()
        assert (nearly_full.advance_left, nearly_full.withheld) == (2, 1)
        take(nearly_full, Tier.B, now=RELEASE)
        assert isinstance(refused_tier(nearly_full, Tier.B, now=RELEASE), KeptForReserve)

    def test_share_age_and_days_are_the_policys(self, hospital: Hospital) -> None:
        policy(hospital, hot_reserve_percent=50, hot_reserve_age=80, hot_reserve_days=5)
        session = make_hot(hospital, quota=3)  # two of three: rounded up
        take(session, Tier.B, now=RELEASE)
        born = date(1950, 1, 1)
        assert isinstance(refused(session, patient(hospital, Tier.B, born=born), now=RELEASE), KeptForReserve)
        take(session, Tier.B, 2, now=at("07:00", days=-5))

    def test_none_where_the_policy_keeps_none(self, hospital: Hospital, hot: ClinicSession) -> None:
        policy(hospital, hot_reserve_percent=0)
        take(hot, Tier.B, 5, now=RELEASE)

    def test_the_default_is_a_tenth(self, hospital: Hospital) -> None:
        policy(hospital, hot_reserve_percent=10)
        session = make_hot(hospital, quota=10)
        take(session, Tier.B, 9, now=RELEASE)
        assert isinstance(refused_tier(session, Tier.B, now=RELEASE), KeptForReserve)

    def test_ordinary_sessions_keep_none(self, hospital: Hospital) -> None:
        take(make_hot(hospital, is_hot=False, quota=4), Tier.B, 4, now=RELEASE)

    def test_it_is_kept_from_the_early_ones_as_well(self, hospital: Hospital) -> None:
        policy(hospital, hot_early_percent=100)
        session = make_hot(hospital, quota=4)
        take(session, Tier.A, 3, now=EARLY_A)
        assert isinstance(refused_tier(session, Tier.A, now=EARLY_A), KeptForReserve)


class TestMovesAndSuspensions:
    def test_a_move_to_a_hot_session_is_judged(self, hospital: Hospital, hot: ClinicSession) -> None:
        ordinary = make_clinic(visit_date=VISIT + timedelta(days=1), department=hot.department)
        account = patient(hospital, Tier.C)
        old = book(account, ordinary, now=RELEASE)
        before = everything()
        with pytest.raises(HotNotOpenToTier):
            move_appointment(user=account.user, appointment_id=old.pk, slot_id=slot_of(hot).pk, now=RELEASE)
        assert everything() == before

    def test_within_the_session_no_further_seat_is_taken(self, hospital: Hospital) -> None:
        session = make_hot(hospital, slot_minutes=30)
        account = patient(hospital, Tier.A)
        old = book(account, session, now=EARLY_A)
        rate(account, hospital, Tier.C, now=RELEASE)
        new = move_appointment(user=account.user, appointment_id=old.pk, slot_id=slot_of(session, 3).pk, now=RELEASE)
        assert (new.is_live, new.tier) == (True, Tier.C)

    def test_whose_visit_was_called_off_is_not_asked_for_a_tier(self, hospital: Hospital) -> None:
        ordinary = make_clinic(visit_date=VISIT, hospital=hospital)
        old = book(patient(hospital, Tier.D), ordinary, now=at("12:00", days=-7))
        suspend(ordinary, now=RELEASE)
        hot = another_session(ordinary, is_hot=True)
        assert chosen(old, Choice.ANOTHER_DATE, slot=slot_of(hot), now=RELEASE).moved_to.session == hot


class TestReading:
    """The standing and the pause come in one statement, the seats of a hot session in one more."""

    def attempt(self, session: ClinicSession, account: Account, now: datetime) -> tuple[Any, int]:
        session = ClinicSession.objects.select_related("hospital", "department").get(pk=session.pk)
        slot = slot_of(session)
        effective_policy(hospital_id=session.hospital_id, registration_type_id=None, at=now)
        with CaptureQueriesContext(connection) as queries:
            attempt = gather_attempt(patient=account.patient, session=session, slot=slot, now=now)
        return attempt, len(queries)

    def test_how_many_statements(self, hospital: Hospital, hot: ClinicSession) -> None:
        account = patient(hospital, Tier.A)
        ordinary = make_hot(hospital, is_hot=False)
        assert self.attempt(ordinary, account, RELEASE)[1] == 3
        assert self.attempt(hot, account, RELEASE)[1] == 4
        # No share matters any more.
        assert self.attempt(hot, account, RESERVE_ENDS)[1] == 3

    @pytest.mark.parametrize("tier", [None, *Tier])
    @pytest.mark.parametrize("pauses", [0, 1, 2])
    def test_footing_agrees_with_the_separate_reads(self, hospital: Hospital, tier: Tier | None, pauses: int) -> None:
        account = make_account() if tier is None else patient(hospital, tier)
        for number in range(pauses):
            for where in (hospital, make_hospital()):
                account.patient.restrictions.create(
                    hospital=where,
                    starts_at=RELEASE,
                    ends_at=RELEASE + timedelta(days=30 - number),
                    missed_count=3 + number,
                    created_at=RELEASE,
                )
        asked = {"hospital_id": hospital.pk, "patient_id": account.patient.pk}
        for moment in (RELEASE - ONE_SECOND, RELEASE, RELEASE + timedelta(days=30)):
            footing = footing_of(**asked, at=moment)
            restriction = active_restriction(**asked, at=moment)
            assert footing.tier == standing_of(**asked).tier
            told = footing.pause and (footing.pause.ends_at, footing.pause.missed_count)
            assert told == (restriction and (restriction.ends_at, restriction.missed_count))

    def test_a_paused_patient_hears_of_the_pause_first(self, hospital: Hospital, hot: ClinicSession) -> None:
        account = patient(hospital, Tier.D)
        account.patient.restrictions.create(
            hospital=hospital, starts_at=LONG_AGO, ends_at=VISIT_END, missed_count=3, created_at=LONG_AGO
        )
        assert isinstance(refused(hot, account, now=RELEASE), BookingPaused)
