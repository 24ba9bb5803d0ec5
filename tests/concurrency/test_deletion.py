"""A deletion of the account while it books or joins a waitlist: whoever waited for the patient finds the account gone."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import AccountDeletion
from accounts.services import deletion
from booking.models import Appointment, WaitlistEntry
from booking.services import wanted
from booking.services.waitlist import joining
from hospitals.models import ClinicSession
from hospitals.services.policies import effective_policy
from tests.booking.waiting import full_session
from tests.concurrency.race import PATIENCE_SECONDS, kinds, race, until_somebody_waits
from tests.factories.booking import Account, book, make_account, make_clinic


@pytest.fixture
def account() -> Account:
    return make_account()


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    clinic = make_clinic(visit_date=(now + timedelta(days=3)).date())
    effective_policy(hospital_id=clinic.hospital_id, registration_type_id=None, at=now)
    return clinic


def during_a_deletion(account: Account, act: Callable[[], Any], now: datetime, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Have the deletion lock the patient and find nothing in its way, `act` wait for that lock, and the deletion go on."""
    is_locked = threading.Event()
    look = deletion._refuse_open_matters

    def look_and_let_the_other_wait(person: Any) -> None:
        look(person)
        is_locked.set()
        until_somebody_waits()

    def then_act() -> Any:
        assert is_locked.wait(PATIENCE_SECONDS)
        return act()

    monkeypatch.setattr(deletion, "_refuse_open_matters", look_and_let_the_other_wait)
    return race(lambda: deletion.delete_account(user=account.user, now=now), then_act)


def carried_on(**_: Any) -> None:
    """As if the account were looked at only before the lock."""


@pytest.mark.usefixtures("oversells")
def test_control_asked_only_before_the_lock_nobody_books(
    account: Account, session: ClinicSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wanted, "bookable_patient", carried_on)
    results = during_a_deletion(account, lambda: book(account, session, now=now), now, monkeypatch)
    assert kinds(results) == ["AccountDeletion", "Appointment"]


def test_a_booking_that_waited_is_refused(
    account: Account, session: ClinicSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = during_a_deletion(account, lambda: book(account, session, now=now), now, monkeypatch)
    assert kinds(results) == ["AccountDeletion", "PatientNotInAccount"]
    assert not Appointment.objects.exists()
    session.refresh_from_db()
    assert session.advance_taken == 0


def test_a_place_in_a_waitlist_that_waited_is_refused(account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    full, _ = full_session(visit_date=(now + timedelta(days=7)).date(), now=now)
    asked = {"user": account.user, "patient_id": account.patient.pk, "session_id": full.pk, "now": now}
    results = during_a_deletion(account, lambda: joining.join_waitlist(**asked), now, monkeypatch)
    assert kinds(results) == ["AccountDeletion", "PatientNotInAccount"]
    assert not WaitlistEntry.objects.filter(patient=account.patient).exists()


def test_a_booking_that_was_first_stands_in_the_way(account: Account, session: ClinicSession, now: datetime) -> None:
    """Whichever comes first: never both."""
    results = race(lambda: deletion.delete_account(user=account.user, now=now), lambda: book(account, session, now=now))
    deleted, booked = AccountDeletion.objects.exists(), Appointment.objects.exists()
    assert deleted != booked, kinds(results)
