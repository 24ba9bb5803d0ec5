"""Tiers A and B at the early release of a hot session, all in the same second; confirmations against what ends the booking."""

from collections import Counter
from datetime import datetime, timedelta

from django.utils import timezone

from booking.models import Appointment, AppointmentStatus, CancelledBy, EventKind, SeatReturn, Tier
from booking.services.cancellation import cancel_appointment
from booking.services.confirmation import confirm_by_phone, release_unconfirmed
from booking.services.transitions import patient_actor
from hospitals.models import ClinicSession
from hospitals.services.policies import effective_policy
from tests.booking.rated import rated
from tests.concurrency.race import kinds, race
from tests.factories.accounts import make_staff
from tests.factories.booking import book, make_appointment, make_clinic


def make_hot(now: datetime, days: int = 10) -> ClinicSession:
    """Twenty seats; A and B may book already, everyone else in three days."""
    session = make_clinic(
        visit_date=timezone.localdate(now) + timedelta(days=days),
        rated_capacity=20,
        slot_minutes=240,
        is_hot=True,
        releases_at=now + timedelta(days=3),
    )
    effective_policy(hospital_id=session.hospital_id, registration_type_id=None, at=now)
    return session


def test_of_32_patients_of_a_and_b_ten_get_a_seat_and_b_at_most_six(now: datetime) -> None:
    session = make_hot(now)
    accounts = [rated(session.hospital, tier, now=now) for tier in (Tier.A, Tier.B) for _ in range(16)]
    results = race(*[lambda account=account: book(account, session, now=now) for account in accounts])
    assert Counter(kinds(results)) == {"Appointment": 10, "EarlyShareFull": 22}
    tiers = Counter(Appointment.objects.values_list("tier", flat=True))
    assert tiers[Tier.A] >= 4
    assert tiers[Tier.B] <= 6
    session.refresh_from_db()
    assert session.advance_taken == 10


def test_the_last_seats_of_the_reserve_stay_kept(now: datetime) -> None:
    """Everyone may book; 20 of tier B and 4 who come for the first time want 20 seats of which two are kept."""
    session = make_hot(now)
    ClinicSession.objects.filter(pk=session.pk).update(releases_at=now)
    accounts = [rated(session.hospital, Tier.B, now=now) for _ in range(20)]
    results = race(*[lambda account=account: book(account, session, now=now) for account in accounts])
    assert Counter(kinds(results)) == {"Appointment": 18, "KeptForReserve": 2}
    first_time = [rated(session.hospital, Tier.UNRATED, now=now) for _ in range(4)]
    results = race(*[lambda account=account: book(account, session, now=now) for account in first_time])
    assert Counter(kinds(results)) == {"Appointment": 2, "SessionFull": 2}


def to_confirm(now: datetime) -> Appointment:
    """A booking of tier D whose deadline is now."""
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=10))
    booked_at = now - timedelta(hours=48)
    appointment = make_appointment(now=booked_at, account=rated(session.hospital, Tier.D, now=booked_at), session=session)
    assert appointment.confirm_by == now
    return appointment


def test_a_confirmation_and_the_sweep_one_of_them_wins(now: datetime) -> None:
    nurse = make_staff()
    for _ in range(6):
        appointment = to_confirm(now)
        results = race(
            lambda appointment=appointment: confirm_by_phone(appointment_id=appointment.pk, by=nurse, now=now),
            lambda: release_unconfirmed(now=now),
        )
        appointment.refresh_from_db()
        is_booked = appointment.status == AppointmentStatus.BOOKED
        told = [type(results[0]).__name__, results[1]]
        assert told == (["Appointment", 0] if is_booked else ["NothingToConfirm", 1])
        assert (appointment.confirmed_at is not None) == is_booked
        lapsed = appointment.events.filter(kind=EventKind.CONFIRMATION_LAPSED).count()
        assert lapsed == (0 if is_booked else 1)


def test_a_confirmation_and_a_cancellation_both_leave_one_story(now: datetime) -> None:
    nurse = make_staff()
    for _ in range(6):
        appointment = to_confirm(now)
        actor = patient_actor(appointment.booked_by)
        results = race(
            lambda appointment=appointment: confirm_by_phone(appointment_id=appointment.pk, by=nurse, now=now),
            lambda appointment=appointment, actor=actor: cancel_appointment(
                appointment_id=appointment.pk, by=CancelledBy.PATIENT, actor=actor, now=now
            ),
        )
        assert kinds(results) in (["Appointment", "Cancellation"], ["Cancellation", "NothingToConfirm"])
        appointment.refresh_from_db()
        assert appointment.status == AppointmentStatus.CANCELLED
        assert (appointment.confirmed_at is not None) == ("Appointment" in kinds(results))


def test_two_sweeps_release_a_booking_once(now: datetime) -> None:
    appointment = to_confirm(now)
    results = race(*[lambda: release_unconfirmed(now=now)] * 4)
    assert sorted(results) == [0, 0, 0, 1]
    assert appointment.events.filter(kind=EventKind.CONFIRMATION_LAPSED).count() == 1
    assert SeatReturn.objects.filter(appointment=appointment).count() == 1
