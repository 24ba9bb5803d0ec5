"""Who may join a waitlist and when, how long an offer stands, and giving a place up."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Sex
from accounts.selectors import HealthConsentMissing, PatientNotInAccount
from booking.models import Channel, RefusedAttempt, Tier, WaitlistEnd, WaitlistEntry
from booking.rules.caps import AlreadyBooked, DepartmentDayCapReached
from booking.rules.patient import AgeNotAccepted, SexNotAccepted
from booking.rules.privileges import KeptForReserve
from booking.rules.session import NotReleased, SessionOver, SessionSuspended
from booking.rules.waitlist import (
    SeatsAreLeft,
    WaitlistClosed,
    WaitlistFull,
    WaitlistNotOffered,
    WaitlistOver,
    WaitlistPlacesUsed,
    offer_deadline,
)
from booking.services.orders import WeChatIdentityMissing
from booking.services.waitlist.joining import (
    PatientWaitsAlready,
    PlaceIsOver,
    SessionNotFound,
    join_waitlist,
    leave_waitlist,
)
from booking.services.waitlist.passing import ASKED_AGAIN_AFTER, pass_on_seats
from hospitals.models import BookingPolicy, ClinicSession, SessionStatus
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.rated import rated
from tests.booking.snapshot import everything
from tests.booking.waiting import cancel, full_session, set_policy, wait_for
from tests.factories.accounts import give_health_consent, link_patient, make_patient
from tests.factories.booking import Account, book, make_account, make_clinic
from tests.factories.hospitals import make_department


@pytest.fixture
def full() -> ClinicSession:
    return full_session()[0]


def refused(
    session: ClinicSession, refusal: type[Exception], account: Account | None = None, *, now: datetime = NOW
) -> list[type[Exception]]:
    """Joining is refused by `refusal` and changes nothing; the others that were found."""
    account = account or make_account()
    before = everything()
    with pytest.raises(refusal) as raised:
        wait_for(session, account, now=now)
    assert everything() == before
    return [type(other) for other in raised.value.detail.get("others", [])]  # type: ignore[attr-defined]


class TestJoining:
    def test_the_last_place_is_taken(self, full: ClinicSession, account: Account) -> None:
        before = wait_for(full)
        joined = join_waitlist(user=account.user, patient_id=account.patient.pk, session_id=full.pk, now=NOW)
        assert joined.is_new
        entry = joined.entry
        assert (entry.rule, entry.joined_at, entry.joined_by, entry.ended_at) == ("first-come", NOW, account.user, None)
        assert (entry.pk > before.pk, WaitlistEntry.objects.count()) == (True, 2)

    def test_it_is_counted_as_demand_once(self, full: ClinicSession, account: Account) -> None:
        entry = wait_for(full, account)
        leave_waitlist(entry_id=entry.pk, user=account.user, now=NOW)
        wait_for(full, account)
        attempt = RefusedAttempt.objects.get()
        assert (attempt.patient_id, attempt.session_id, attempt.channel) == (account.patient.pk, full.pk, Channel.ADVANCE)

    def test_again_is_the_same_place(self, full: ClinicSession, account: Account) -> None:
        entry = wait_for(full, account)
        before = everything()
        again = join_waitlist(user=account.user, patient_id=account.patient.pk, session_id=full.pk, now=NOW + timedelta(hours=1))
        assert (again.entry.pk, again.is_new) == (entry.pk, False)
        assert everything() == before

    def test_who_comes_back_is_the_last(self, full: ClinicSession, account: Account) -> None:
        first = wait_for(full, account)
        second = wait_for(full)
        leave_waitlist(entry_id=first.pk, user=account.user, now=NOW)
        assert wait_for(full, account).pk > second.pk

    def test_one_place_whichever_account_it_was(self, full: ClinicSession, account: Account) -> None:
        wait_for(full, account)
        other = make_account()
        link_patient(user=other.user, patient=account.patient)
        give_health_consent(user=other.user, patient=account.patient)
        refused(full, PatientWaitsAlready, Account(other.user, account.patient))

    def test_a_patient_of_another_account(self, full: ClinicSession, account: Account) -> None:
        refused(full, PatientNotInAccount, Account(account.user, make_patient()))

    def test_without_consent(self, full: ClinicSession, account: Account) -> None:
        refused(full, HealthConsentMissing, Account(account.user, make_patient(user=account.user)))

    @pytest.mark.parametrize("what", ["hospital", "department"])
    def test_a_session_that_is_not_shown(self, full: ClinicSession, what: str) -> None:
        shown = getattr(full, what)
        shown.is_active = False
        shown.save()
        refused(full, SessionNotFound)


class TestWhen:
    def test_while_seats_are_left(self) -> None:
        refused(make_clinic(visit_date=VISIT), SeatsAreLeft)

    def test_while_all_that_is_left_is_kept_off_sale(self) -> None:
        session, (leaving,) = full_session()
        cancel(leaving)
        assert wait_for(session).pk

    def test_while_what_is_left_is_kept_for_others(self) -> None:
        """The last seats of a hot session are for elderly and first-time patients until two days before: to others it is full."""
        session = make_clinic(visit_date=VISIT, rated_capacity=2, slot_minutes=240, is_hot=True)
        set_policy(session.hospital, hot_reserve_percent=50)
        early = at("10:00", days=-5)
        book(rated(session.hospital, Tier.B, now=early), session, now=early)
        regular, elderly = rated(session.hospital, Tier.B, now=early), make_account()
        with pytest.raises(KeptForReserve):
            book(regular, session, now=early)
        refused(session, SeatsAreLeft, elderly, now=early)
        entry = wait_for(session, regular, now=early)

        assert pass_on_seats(now=early).offered == 0
        assert entry.skips.get().code == "kept-for-reserve"
        over = at("07:00", days=-2)
        assert pass_on_seats(now=over - ASKED_AGAIN_AFTER).offered == 0
        assert pass_on_seats(now=over).offered == 1

    def test_not_before_the_numbers_are_out(self, full: ClinicSession) -> None:
        ClinicSession.objects.filter(pk=full.pk).update(releases_at=NOW + ONE_SECOND)
        refused(full, NotReleased)
        assert wait_for(full, now=NOW + ONE_SECOND).pk

    def test_not_of_a_suspended_session(self, full: ClinicSession) -> None:
        ClinicSession.objects.filter(pk=full.pk).update(status=SessionStatus.SUSPENDED)
        refused(full, SessionSuspended)

    def test_not_of_one_that_is_over(self, full: ClinicSession) -> None:
        ClinicSession.objects.filter(pk=full.pk).update(status=SessionStatus.CLOSED)
        assert WaitlistOver in refused(full, SessionOver, now=at("13:00"))

    @pytest.mark.parametrize(
        ("moment", "is_open"),
        [
            (at("05:59:59", days=-2), False),
            (at("06:00", days=-2), True),
            (at("22:59:59", days=-2), True),
            (at("23:00", days=-2), False),
            # Advance booking closes at five on the eve, the waitlist goes on.
            (at("17:00", days=-1), True),
            (at("22:59:59", days=-1), True),
        ],
    )
    def test_by_the_hours(self, full: ClinicSession, moment: datetime, is_open: bool) -> None:
        if is_open:
            assert wait_for(full, now=moment).joined_at == moment
        else:
            refused(full, WaitlistClosed, now=moment)

    @pytest.mark.parametrize("moment", [at("23:00", days=-1), at("06:00"), at("09:00")])
    def test_not_after_it_was_cleared(self, full: ClinicSession, moment: datetime) -> None:
        refused(full, WaitlistOver, now=moment)

    def test_only_where_the_hospital_keeps_one(self, full: ClinicSession) -> None:
        set_policy(full.hospital, waitlist_limit=0)
        assert refused(full, WaitlistNotOffered) == []

    def test_up_to_the_limit(self, full: ClinicSession) -> None:
        set_policy(full.hospital, waitlist_limit=2)
        first, _ = wait_for(full), wait_for(full)
        refused(full, WaitlistFull)
        leave_waitlist(entry_id=first.pk, user=first.joined_by, now=NOW)
        assert wait_for(full).pk


class TestWho:
    """What has to do with the patient alone is said at joining."""

    def test_by_age_and_sex_and_all_reasons_at_once(self) -> None:
        department = make_department(minimum_age=60, sex_limit=Sex.FEMALE)
        session = make_clinic(visit_date=VISIT, department=department, rated_capacity=1, advance_quota=0)
        assert refused(session, AgeNotAccepted) == [SexNotAccepted]

    def test_not_who_has_a_seat(self) -> None:
        session, (booked,) = full_session()
        mine = Account(booked.booked_by, booked.patient)
        assert refused(session, AlreadyBooked, mine) == [DepartmentDayCapReached]

    def test_not_who_could_not_pay(self) -> None:
        session, _ = full_session(fee_fen=5000)
        refused(session, WeChatIdentityMissing, make_account(with_wechat=False))

    def test_who_need_not_pay_needs_no_wechat(self, full: ClinicSession) -> None:
        assert wait_for(full, make_account(with_wechat=False)).pk

    def test_one_place_at_a_hospital(self, full: ClinicSession, account: Account) -> None:
        other, _ = full_session(visit_date=VISIT + timedelta(days=1), hospital=full.hospital)
        elsewhere, _ = full_session()
        entry = wait_for(full, account)
        refused(other, WaitlistPlacesUsed, account)
        assert wait_for(elsewhere, account).pk
        leave_waitlist(entry_id=entry.pk, user=account.user, now=NOW)
        assert wait_for(other, account).pk

    def test_an_open_offer_counts_until_it_is_answered(self, account: Account) -> None:
        session, (leaving,) = full_session()
        other, _ = full_session(visit_date=VISIT + timedelta(days=1), hospital=session.hospital)
        entry = wait_for(session, account)
        cancel(leaving)
        pass_on_seats(now=NOW)
        refused(other, WaitlistPlacesUsed, account)
        entry.refresh_from_db()
        cancel(entry.appointment)
        assert wait_for(other, account).pk

    def test_as_many_as_the_policy_says(self, full: ClinicSession, account: Account) -> None:
        set_policy(full.hospital, waitlist_pending_per_patient=2)
        sessions = [full_session(visit_date=VISIT + timedelta(days=n), hospital=full.hospital)[0] for n in (1, 2)]
        wait_for(full, account)
        wait_for(sessions[0], account)
        refused(sessions[1], WaitlistPlacesUsed, account)


class TestLeaving:
    def test_and_again(self, full: ClinicSession, account: Account) -> None:
        entry = wait_for(full, account)
        left = leave_waitlist(entry_id=entry.pk, user=account.user, now=NOW + ONE_SECOND)
        assert (left.end, left.ended_at) == (WaitlistEnd.LEFT, NOW + ONE_SECOND)
        before = everything()
        leave_waitlist(entry_id=entry.pk, user=account.user, now=NOW + timedelta(hours=1))
        assert everything() == before

    def test_not_for_others(self, full: ClinicSession, account: Account) -> None:
        entry = wait_for(full)
        before = everything()
        with pytest.raises(WaitlistEntry.DoesNotExist):
            leave_waitlist(entry_id=entry.pk, user=account.user, now=NOW)
        assert everything() == before

    @pytest.mark.parametrize("end", [WaitlistEnd.CLEARED, WaitlistEnd.CANCELLED])
    def test_not_what_is_over(self, full: ClinicSession, account: Account, end: WaitlistEnd) -> None:
        entry = wait_for(full, account)
        WaitlistEntry.objects.update(end=end, ended_at=NOW)
        before = everything()
        with pytest.raises(PlaceIsOver):
            leave_waitlist(entry_id=entry.pk, user=account.user, now=NOW)
        assert everything() == before


HOURS = timedelta(hours=1)


@pytest.mark.parametrize(
    ("left", "stands", "policy"),
    [
        (10 * 24 * HOURS, 24 * HOURS, {}),
        (96 * HOURS, 24 * HOURS, {}),
        (95 * HOURS, 95 * HOURS / 4, {}),
        (37 * HOURS, timedelta(hours=9, minutes=15), {}),
        (2 * HOURS, HOURS / 2, {}),
        # The shortest time holds up to the end, and then there is no time for another offer.
        (HOURS, HOURS / 2, {}),
        (HOURS / 2, HOURS / 2, {}),
        (HOURS / 2 - ONE_SECOND, None, {}),
        (timedelta(0), None, {}),
        (-HOURS, None, {}),
        (10 * 24 * HOURS, HOURS, {"waitlist_offer_minutes": 60}),
        (HOURS, HOURS / 12, {"waitlist_offer_floor_minutes": 5, "waitlist_offer_minutes": 5}),
        # A floor above the policy's own minutes is none.
        (10 * 24 * HOURS, HOURS / 6, {"waitlist_offer_minutes": 10}),
        (8 * HOURS, 4 * HOURS, {"waitlist_offer_floor_minutes": 240}),
    ],
)
def test_how_long_an_offer_stands(left: timedelta, stands: timedelta | None, policy: dict[str, Any]) -> None:
    until = offer_deadline(policy=BookingPolicy(**policy), clears_at=NOW + left, now=NOW)
    assert until == (None if stands is None else NOW + stands)
