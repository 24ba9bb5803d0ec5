"""Waitlists that many join at once, and free seats that meet everything else that may happen to a session."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Patient
from booking.models import (
    LIVE_STATUSES,
    Appointment,
    AppointmentStatus,
    CancelledBy,
    SeatReturn,
    WaitlistEnd,
    WaitlistEntry,
)
from booking.services.acceptance import accept_offer
from booking.services.cancellation import cancel_appointment
from booking.services.holds import expire_due_holds
from booking.services.suspension import suspend_session
from booking.services.transitions import SYSTEM
from booking.services.waitlist import joining
from booking.services.waitlist.joining import join_waitlist, leave_waitlist
from booking.services.waitlist.passing import pass_on_seats
from booking.waitlist_selectors import with_positions
from hospitals.models import ClinicSession
from hospitals.services.quotas import publish_quota
from tests.booking.waiting import full_session_now, set_policy_from, wait_for
from tests.concurrency.race import PATIENCE_SECONDS, kinds, race
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, book, make_account

ROUNDS = 3


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    """One seat, which is taken."""
    return full_session_now(now)


def only(session: ClinicSession) -> Appointment:
    return Appointment.objects.filter(session=session, status__in=LIVE_STATUSES).earliest("pk")


def freed(session: ClinicSession, now: datetime) -> None:
    """The first booking of the session is withdrawn: its seat waits to be offered."""
    cancel_appointment(appointment_id=only(session).pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=now)


def joins(session: ClinicSession, accounts: list[Account], now: datetime) -> list[Callable[[], Any]]:
    def attempt(account: Account) -> Callable[[], Any]:
        return lambda: join_waitlist(user=account.user, patient_id=account.patient.pk, session_id=session.pk, now=now)

    return [attempt(account) for account in accounts]


def live(session: ClinicSession) -> int:
    return Appointment.objects.filter(session=session, status__in=LIVE_STATUSES).count()


def test_eight_who_join_at_once_stand_one_after_the_other(session: ClinicSession, now: datetime) -> None:
    results = race(*joins(session, [make_account() for _ in range(8)], now))
    assert kinds(results) == ["Joined"] * 8
    entries = list(with_positions(WaitlistEntry.objects.order_by("pk")))
    assert [entry.position for entry in entries] == list(range(1, 9))  # type: ignore[attr-defined]
    freed(session, now)
    pass_on_seats(now=now)
    assert WaitlistEntry.objects.get(end=WaitlistEnd.OFFERED).pk == entries[0].pk


def test_the_limit_holds(session: ClinicSession, now: datetime) -> None:
    set_policy_from(now, session.hospital, waitlist_limit=3)
    results = race(*joins(session, [make_account() for _ in range(8)], now))
    assert kinds(results) == ["Joined"] * 3 + ["WaitlistFull"] * 5
    assert WaitlistEntry.objects.count() == 3


def test_without_the_lock_it_does_not(session: ClinicSession, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: it is the session's lock that holds the limit."""
    set_policy_from(now, session.hospital, waitlist_limit=3)
    meeting = threading.Barrier(8)
    really_refuse = joining._refusals

    def judge_together(**asked: Any) -> Any:
        found = really_refuse(**asked)
        meeting.wait(PATIENCE_SECONDS)
        return found

    def read(*, patient_id: int, session_id: int) -> tuple[Patient, ClinicSession]:
        return Patient.objects.get(pk=patient_id), ClinicSession.objects.select_related("hospital", "department").get(
            pk=session_id
        )

    monkeypatch.setattr(joining, "lock_patient_and_session", read)
    monkeypatch.setattr(joining, "_refusals", judge_together)
    results = race(*joins(session, [make_account() for _ in range(8)], now))
    assert kinds(results) == ["Joined"] * 8
    assert WaitlistEntry.objects.count() == 8


def test_one_patient_who_joins_by_four_taps_has_one_place(session: ClinicSession, now: datetime) -> None:
    results = race(*joins(session, [make_account()] * 4, now))
    assert kinds(results) == ["Joined"] * 4
    assert sorted(result.is_new for result in results) == [False, False, False, True]
    assert WaitlistEntry.objects.count() == 1


def test_one_patient_in_two_waitlists_at_once_has_one_place(session: ClinicSession, now: datetime) -> None:
    set_policy_from(now, session.hospital, waitlist_pending_per_patient=1)
    other = full_session_now(now, visit_date=session.visit_date + timedelta(days=1), hospital=session.hospital)
    set_policy_from(now, session.hospital, waitlist_pending_per_patient=1)
    account = make_account()
    results = race(*joins(session, [account], now), *joins(other, [account], now))
    assert kinds(results) == ["Joined", "WaitlistPlacesUsed"]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_four_sweeps_at_once_offer_a_seat_once(session: ClinicSession, now: datetime, _round: int) -> None:
    entries = [wait_for(session, now=now) for _ in range(4)]
    freed(session, now)
    results = race(*[lambda: pass_on_seats(now=now) for _ in range(4)])
    assert sum(result.offered for result in results) == 1
    assert list(WaitlistEntry.objects.filter(end=WaitlistEnd.OFFERED)) == entries[:1]
    assert live(session) == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_many_seats_and_sweeps(now: datetime, _round: int) -> None:
    session = full_session_now(now, seats=4)
    entries = [wait_for(session, now=now) for _ in range(6)]
    for _ in range(3):
        freed(session, now)
    results = race(*[lambda: pass_on_seats(now=now) for _ in range(3)])
    assert sum(result.offered for result in results) == 3
    assert list(WaitlistEntry.objects.filter(end=WaitlistEnd.OFFERED).order_by("pk")) == entries[:3]
    assert live(session) == 4


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_offer_against_booking(session: ClinicSession, now: datetime, _round: int) -> None:
    """Who did not wait has no chance at it."""
    entry = wait_for(session, now=now)
    freed(session, now)
    accounts = [make_account() for _ in range(4)]
    swept, *results = race(lambda: pass_on_seats(now=now), *[lambda one=one: book(one, session, now=now) for one in accounts])
    assert (swept.offered, kinds(results)) == (1, ["SessionFull"] * 4)
    entry.refresh_from_db()
    assert entry.end == WaitlistEnd.OFFERED


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_offer_of_a_raised_quota_against_booking(session: ClinicSession, now: datetime, _round: int) -> None:
    """A seat that was never anybody's goes to one of them, whoever is first."""
    wait_for(session, now=now)
    ClinicSession.objects.filter(pk=session.pk).update(rated_capacity=2)
    session.slots.update(capacity=2)
    publish_quota(session_id=session.pk, advance_quota=2, extra_quota=0)
    somebody = make_account()
    swept, booked = race(lambda: pass_on_seats(now=now), lambda: book(somebody, session, now=now))
    assert swept.offered + isinstance(booked, Appointment) == 1
    assert live(session) == 2


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_offer_against_leaving(session: ClinicSession, now: datetime, _round: int) -> None:
    first, second = wait_for(session, now=now), wait_for(session, now=now)
    freed(session, now)
    left, swept = race(lambda: leave_waitlist(entry_id=first.pk, user=first.joined_by, now=now), lambda: pass_on_seats(now=now))
    offered = WaitlistEntry.objects.get(end=WaitlistEnd.OFFERED)
    expected = second if isinstance(left, WaitlistEntry) else first
    assert (swept.offered, offered.pk, live(session)) == (1, expected.pk, 1)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_offer_against_the_same_patients_booking_elsewhere(session: ClinicSession, now: datetime, _round: int) -> None:
    """One live booking a day: either the offer or the other booking, never both."""
    set_policy_from(now, session.hospital, live_per_day=1)
    account = make_account()
    wait_for(session, account, now=now)
    other = full_session_now(now, seats=2, advance_quota=0, visit_date=session.visit_date, hospital=session.hospital)
    set_policy_from(now, session.hospital, live_per_day=1)
    publish_quota(session_id=other.pk, advance_quota=1, extra_quota=0)
    freed(session, now)
    swept, booked = race(lambda: pass_on_seats(now=now), lambda: book(account, other, now=now))
    assert swept.offered + isinstance(booked, Appointment) == 1
    assert Appointment.objects.filter(patient=account.patient, status__in=LIVE_STATUSES).count() == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_offer_against_cancelling_and_quota(now: datetime, _round: int) -> None:
    """Three seats: one is free, one is given up, and the quota is cut meanwhile. None is lost and none is sold twice."""
    session = full_session_now(now, seats=3)
    for _ in range(3):
        wait_for(session, now=now)
    freed(session, now)
    leaving = only(session)
    race(
        lambda: pass_on_seats(now=now),
        lambda: cancel_appointment(appointment_id=leaving.pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=now),
        lambda: publish_quota(session_id=session.pk, advance_quota=1, extra_quota=0),
        lambda: pass_on_seats(now=now),
    )
    pass_on_seats(now=now)
    session.refresh_from_db()
    assert (live(session), session.advance_taken, session.withheld, session.advance_quota) == (3, 3, 0, 3)
    assert WaitlistEntry.objects.filter(end=WaitlistEnd.OFFERED).count() == 2


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_offer_against_suspension(session: ClinicSession, now: datetime, _round: int) -> None:
    """Whoever is first, in the end nobody holds a seat of it, and nobody waits."""
    wait_for(session, now=now)
    freed(session, now)
    staff = make_staff()
    swept, suspended = race(
        lambda: pass_on_seats(now=now), lambda: suspend_session(session_id=session.pk, reason="外出会诊", by=staff, now=now)
    )
    assert type(suspended).__name__ == "Suspended"
    assert swept.offered in (0, 1)
    pass_on_seats(now=now)
    assert live(session) == 0
    assert not WaitlistEntry.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_the_end_of_an_offer_against_its_acceptance(session: ClinicSession, now: datetime, _round: int) -> None:
    """Accepted in the last second: the patient has it, or the next is offered it, never both."""
    first, second = wait_for(session, now=now), wait_for(session, now=now)
    freed(session, now)
    pass_on_seats(now=now)
    first.refresh_from_db()
    held = first.appointment
    assert held is not None
    assert held.hold_expires_at is not None
    until = held.hold_expires_at
    accepted, *_ = race(
        lambda: accept_offer(appointment_id=held.pk, user=first.joined_by, now=until - timedelta(seconds=1)),
        lambda: expire_due_holds(now=until),
        lambda: pass_on_seats(now=until),
    )
    pass_on_seats(now=until)
    held.refresh_from_db()
    second.refresh_from_db()
    assert live(session) == 1
    if isinstance(accepted, Appointment):
        assert (held.status, second.ended_at) == (AppointmentStatus.BOOKED, None)
    else:
        assert (held.status, second.end) == (AppointmentStatus.CANCELLED, WaitlistEnd.OFFERED)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_everything_at_once_never_deadlocks(now: datetime, seed: int) -> None:
    """Two sessions of three seats, and a random mix of all that touches them: nothing but refusals goes wrong."""
    rng = random.Random(seed)
    first = full_session_now(now, seats=3)
    second = full_session_now(now, seats=3, visit_date=first.visit_date + timedelta(days=1), hospital=first.hospital)
    sessions, accounts = [first, second], [make_account() for _ in range(4)]
    entries = [wait_for(session, account, now=now) for session in sessions for account in accounts[:2]]
    bookings = list(Appointment.objects.order_by("pk"))

    def something() -> Callable[[], Any]:
        session, account, entry = rng.choice(sessions), rng.choice(accounts), rng.choice(entries)
        leaving = rng.choice(bookings)
        return rng.choice(
            [
                lambda: pass_on_seats(now=now),
                lambda: cancel_appointment(appointment_id=leaving.pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=now),
                lambda: book(account, session, now=now),
                lambda: leave_waitlist(entry_id=entry.pk, user=entry.joined_by, now=now),
                *joins(session, [account], now),
                lambda: publish_quota(session_id=session.pk, advance_quota=rng.randint(1, 3), extra_quota=0),
            ]
        )

    for _ in range(3):
        results = race(*[something() for _ in range(8)])
        allowed = {"Joined", "PassedOn", "Cancellation", "Appointment", "PublishedQuota", "WaitlistEntry"}
        refused = {"SessionFull", "SlotFull", "AlreadyBooked", "SeatsAreLeft", "PlaceIsOver", "DayCapReached"}
        assert set(kinds(results)) <= allowed | refused, Counter(kinds(results))
    pass_on_seats(now=now)
    for session in sessions:
        session.refresh_from_db()
        kept = SeatReturn.objects.filter(session=session, ended_at=None).count()
        assert (live(session), session.withheld) == (session.advance_taken, kept)
        # Nothing that could be offered was left lying while somebody waits for it.
        waits = WaitlistEntry.objects.filter(session=session, ended_at=None, skips=None).exists()
        assert not (waits and kept), "a seat is kept while somebody waits whom nothing speaks against"
