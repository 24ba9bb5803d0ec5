"""The last seat of a session, wanted by many at once; first without the lock, to show that it is the lock that holds."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from booking import locks
from booking.models import Appointment, Channel, RefusedAttempt
from booking.services import appointments, wanted
from booking.services.seats import SessionFull
from hospitals.models import ClinicSession, Slot
from hospitals.services.policies import effective_policy
from tests.concurrency.race import kinds, race
from tests.factories.booking import Account, book, make_account, make_clinic, make_clinic_now, slot_of

OVERSOLD_GUARDS = {
    "hospitals_clinicsession": ("session_advance_not_oversold", "session_rated_not_oversold"),
    "hospitals_slot": ("slot_not_oversold",),
}


def tries(session: ClinicSession, accounts: list[Account], now: datetime) -> list[Callable[[], Any]]:
    def attempt(account: Account) -> Callable[[], Any]:
        return lambda: book(account, session, now=now)

    return [attempt(account) for account in accounts]


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    """One seat. The hospital has its policy, so that no one waits for the first booking to write it."""
    session = make_clinic(visit_date=(now + timedelta(days=3)).date(), rated_capacity=1)
    effective_policy(hospital_id=session.hospital_id, registration_type_id=None, at=now)
    return session


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session is read as it is, without waiting; everyone meets between reading and writing."""
    meeting = threading.Barrier(2)

    def read(slot_id: int) -> Slot:
        related = ("session__hospital", "session__department", "session__doctor", "session__registration_type")
        return Slot.objects.select_related(*related).get(pk=slot_id)

    really_write = appointments._write

    def write_together(*args: Any) -> Appointment:
        meeting.wait(10)
        return really_write(*args)

    monkeypatch.setattr(wanted, "lock_window", read)
    monkeypatch.setattr(appointments, "_write", write_together)


@pytest.fixture
def without_constraints() -> Any:
    """The database's own last word taken out as well, for the length of one test."""
    with connection.cursor() as cursor:
        kept = {}
        for table, names in OVERSOLD_GUARDS.items():
            for name in names:
                cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
                kept[table, name] = cursor.fetchone()[0]
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute("ALTER TABLE booking_appointment DROP CONSTRAINT IF EXISTS appointment_number_once")
        cursor.execute("DROP INDEX IF EXISTS appointment_number_once")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE booking_appointment, hospitals_clinicsession, hospitals_slot CASCADE")
        for (table, name), definition in kept.items():
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        cursor.execute(
            "CREATE UNIQUE INDEX appointment_number_once ON booking_appointment (session_id, number) WHERE number IS NOT NULL"
        )


@pytest.mark.usefixtures("oversells", "without_lock", "without_constraints")
def test_control_without_the_lock_the_last_seat_is_sold_twice(session: ClinicSession, now: datetime) -> None:
    results = race(*tries(session, [make_account(), make_account()], now))
    assert kinds(results) == ["Appointment", "Appointment"]
    assert Appointment.objects.filter(session=session).count() == 2
    session.refresh_from_db()
    # The counter counted both: one seat, two patients.
    assert (session.rated_capacity, session.advance_taken) == (1, 2)


@pytest.mark.usefixtures("without_lock")
def test_control_without_the_lock_the_database_still_refuses(session: ClinicSession, now: datetime) -> None:
    """The constraints are the last witness: it ends in an error, never in a seat too many."""
    results = race(*tries(session, [make_account(), make_account()], now))
    assert kinds(results) == ["Appointment", "IntegrityError"]
    assert Appointment.objects.count() == 1


def test_of_64_patients_one_gets_the_last_seat(session: ClinicSession, now: datetime) -> None:
    results = race(*tries(session, [make_account() for _ in range(64)], now))
    assert Counter(kinds(results)) == {"Appointment": 1, "SessionFull": 63}
    assert RefusedAttempt.objects.count() == 63
    session.refresh_from_db()
    assert session.advance_taken == 1


def test_every_seat_is_sold_and_none_twice(now: datetime) -> None:
    """Rated seats flow into extra ones in the middle of the rush."""
    session = make_clinic_now(now=now, rated_capacity=5, extra_quota=3, slot_minutes=120)
    assert len(session.slots.all()) == 2
    last = slot_of(session, -1)
    session.slots.filter(pk=last.pk).update(capacity=5)
    session.slots.exclude(pk=last.pk).update(capacity=0)
    accounts = [make_account() for _ in range(24)]
    results = race(*[lambda account=account: book(account, last, now=now) for account in accounts])
    assert Counter(kinds(results)) == {"Appointment": 8, "SessionFull": 16}
    booked = [result for result in results if isinstance(result, Appointment)]
    assert Counter(appointment.channel for appointment in booked) == {Channel.SAME_DAY: 5, Channel.EXTRA: 3}
    assert sorted(appointment.number for appointment in booked if appointment.number) == list(range(1, 9))


def test_who_waits_too_long_is_told_so(session: ClinicSession, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody holds the session and does not let go: the others give up in time, and nothing is changed."""
    monkeypatch.setattr("hospitals.locks.LOCK_TIMEOUT_MILLISECONDS", 200)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            locks.lock_session(session.pk)
            held.set()
            done.wait(20)

    def attempt() -> Any:
        held.wait(20)
        try:
            return book(make_account(), session, now=now)
        finally:
            done.set()

    results = race(hold, attempt)
    assert kinds(results) == ["NoneType", "TooBusy"]
    assert not Appointment.objects.exists()
    assert isinstance(book(make_account(), session, now=now), Appointment)
    with pytest.raises(SessionFull):
        book(make_account(), session, now=now)
