"""A suspension, and the choices after it, that meet what else changes the same session or appointment."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from booking.models import Appointment, AppointmentStatus, CancelledBy, Choice, EventKind, PaymentOrder, Refund, SuspensionChoice
from booking.services.cancellation import cancel_appointment
from booking.services.choices import apply_due_defaults
from booking.services.payments import record_payment
from booking.services.suspension import restore_session
from booking.services.transitions import patient_actor
from hospitals.models import ClinicSession, SessionStatus
from tests.booking.suspended import another_session, chosen, suspend
from tests.concurrency.race import kinds, race
from tests.factories.accounts import make_staff
from tests.factories.booking import book, make_account, make_appointment, make_clinic, paid_state, slot_of
from wechat.emulator.testing import Emulator

ROUNDS = 3


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    return make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), rated_capacity=16, slot_minutes=240)


def cancel(appointment: Appointment, now: datetime) -> object:
    actor = patient_actor(appointment.booked_by)
    return cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.PATIENT, actor=actor, now=now)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_book_against_suspend(now: datetime, session: ClinicSession, _round: int) -> None:
    """Whoever was in time has a choice, all others a refusal; nobody has a booking that nobody asks about."""
    accounts, staff = [make_account() for _ in range(5)], make_staff()
    suspended, *results = race(
        lambda: suspend(session, by=staff, now=now), *[lambda one=one: book(one, session, now=now) for one in accounts]
    )
    found = Counter(kinds(results))
    assert found["Appointment"] + found["SessionSuspended"] == 5
    assert suspended.to_choose == found["Appointment"] == SuspensionChoice.objects.count()


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_pay_against_suspend(now: datetime, emulator: Emulator, _round: int) -> None:
    """Paid first, it has a choice; suspended first, the money goes back."""
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), fee_fen=5000)
    appointment, staff = make_appointment(now=now, session=session, is_paid=False), make_staff()
    suspended, paid = race(
        lambda: suspend(session, by=staff, now=now),
        lambda: record_payment(state=paid_state(appointment, now=now), now=now),
    )
    assert isinstance(paid, PaymentOrder)
    appointment.refresh_from_db()
    booked = appointment.status == AppointmentStatus.BOOKED
    assert (suspended.to_choose, suspended.withdrawn) == ((1, 0) if booked else (0, 1))
    assert Refund.objects.count() == (0 if booked else 1)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_cancel_against_suspend(now: datetime, session: ClinicSession, _round: int) -> None:
    """By the patient before, or in the hospital's name after: cancelled once, and no choice stays open."""
    appointment, staff = make_appointment(now=now, session=session), make_staff()
    suspended, cancelled = race(lambda: suspend(session, by=staff, now=now), lambda: cancel(appointment, now))
    assert kinds([suspended, cancelled]) == ["Cancellation", "Suspended"]
    appointment.refresh_from_db()
    assert appointment.status == AppointmentStatus.CANCELLED
    by = CancelledBy.HOSPITAL if suspended.to_choose else CancelledBy.PATIENT
    assert appointment.cancelled_by == by
    assert not SuspensionChoice.objects.filter(choice="").exists()


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_choices_against_the_default(now: datetime, session: ClinicSession, _round: int) -> None:
    """In the last second, while the sweep's clock is past it: one decision, whoever made it."""
    appointment = make_appointment(now=now, session=session)
    suspension = suspend(session, another_session(session), now=now).suspension
    last = suspension.choose_until - timedelta(seconds=1)
    results = race(
        lambda: chosen(appointment, Choice.SUBSTITUTE, now=last),
        lambda: chosen(appointment, Choice.REFUND, now=last),
        lambda: apply_due_defaults(now=suspension.choose_until),
        lambda: cancel(appointment, last),
    )
    assert set(kinds(results)) <= {"Chosen", "ChoiceMade", "int", "Cancellation"}
    row = SuspensionChoice.objects.get()
    assert (row.choice == Choice.SUBSTITUTE) == (row.moved_to is not None)
    assert Appointment.objects.count() == (2 if row.moved_to else 1)
    assert appointment.events.filter(to_status=AppointmentStatus.CANCELLED, from_status=AppointmentStatus.BOOKED).count() == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_the_substitutes_last_seat(now: datetime, session: ClinicSession, _round: int) -> None:
    """Three are to go to one seat, and somebody else wants it too: one has it."""
    leaving, other = [make_appointment(now=now, session=session) for _ in range(3)], make_account()
    substitute = another_session(session, rated_capacity=1)
    suspend(session, substitute, now=now)
    results = race(
        *[lambda one=one: chosen(one, Choice.SUBSTITUTE, now=now) for one in leaving], lambda: book(other, substitute, now=now)
    )
    found = Counter(kinds(results))
    assert found["Chosen"] + found["Appointment"] == 1
    assert found["SubstituteFull"] + found["SessionFull"] == 3


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_sessions_each_way(now: datetime, session: ClinicSession, _round: int) -> None:
    """Patients of two suspended sessions cross over to a third and fourth in either order of ids: nobody waits for ever."""
    other = another_session(session, rated_capacity=16, slot_minutes=240)
    later = [
        another_session(session, visit_date=session.visit_date + timedelta(days=days), rated_capacity=16, slot_minutes=240)
        for days in (1, 2)
    ]
    pairs = [(make_appointment(now=now, session=one), to) for one in (session, other) for to in later]
    suspend(other, now=now)
    suspend(session, now=now)
    results = race(*[lambda a=a, to=to: chosen(a, Choice.ANOTHER_DATE, slot=slot_of(to), now=now) for a, to in pairs])
    assert kinds(results) == ["Chosen"] * 4


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_choose_against_restore(now: datetime, session: ClinicSession, _round: int) -> None:
    """Either the suspension is taken back and nothing was chosen, or the choice stands and so does the suspension."""
    appointment, staff = make_appointment(now=now, session=session), make_staff()
    suspend(session, now=now)
    restored, choice = race(
        lambda: restore_session(session_id=session.pk, by=staff, now=now), lambda: chosen(appointment, Choice.REFUND, now=now)
    )
    appointment.refresh_from_db()
    session.refresh_from_db()
    if restored == 1:
        assert type(choice).__name__ == "NothingToChoose"
        assert (appointment.status, session.status) == (AppointmentStatus.BOOKED, SessionStatus.ACTIVE)
    else:
        assert kinds([restored, choice]) == ["ChoicesMade", "Chosen"]
        assert (appointment.status, session.status) == (AppointmentStatus.CANCELLED, SessionStatus.SUSPENDED)
    assert appointment.events.filter(kind=EventKind.SUSPENDED).count() == 1
