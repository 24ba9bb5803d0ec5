"""A consent withdrawn at the moment of a booking: what has begun is finished before, and what comes after finds it gone."""

import threading
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts import locks
from accounts.models import Consent, ConsentKind
from accounts.services import consents
from booking.models import AppealCause, Appointment, AppointmentStatus
from booking.services import moves, wanted
from booking.services.acceptance import accept_offer
from booking.services.appeals.filing import file_appeal
from booking.services.closing import close_days_before
from booking.services.grants import grant_extra_seat
from booking.services.waitlist.joining import join_waitlist
from hospitals.models import ClinicSession
from hospitals.services.policies import effective_policy
from tests.booking.waiting import full_session_now
from tests.concurrency.race import PATIENCE_SECONDS, kinds, race, until_somebody_waits
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, book, make_account, make_appointment, make_clinic, slot_of

Act = Callable[[], Any]


@pytest.fixture
def account() -> Account:
    return make_account()


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    clinic = make_clinic(visit_date=(now + timedelta(days=3)).date(), extra_quota=1)
    effective_policy(hospital_id=clinic.hospital_id, registration_type_id=None, at=now)
    return clinic


def withdraw(account: Account, now: datetime) -> Consent:
    consent = Consent.objects.get(user=account.user, kind=ConsentKind.HEALTH_DATA)
    return consents.withdraw_consent(user=account.user, consent_id=consent.pk, now=now)


def no_lock(_: Collection[int]) -> None:
    """As if a withdrawal did not look who is booking."""


def withdrawn_in_the_middle_of(act: Act, account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Have `act` read the consent, the withdrawal come to its end or wait, and `act` go on; and how many bookings there were
    when the withdrawal was answered.
    """
    has_read, has_answered = threading.Event(), threading.Event()
    lock_window = wanted.lock_window

    def lock_later(slot_id: int) -> Any:
        has_read.set()
        if consents.lock_patients is no_lock:
            assert has_answered.wait(PATIENCE_SECONDS)
        else:
            until_somebody_waits()
        return lock_window(slot_id)

    def then_withdraw() -> int:
        assert has_read.wait(PATIENCE_SECONDS)
        withdraw(account, now)
        booked = Appointment.objects.count()
        has_answered.set()
        return booked

    monkeypatch.setattr(wanted, "lock_window", lock_later)
    return race(act, then_withdraw)


def test_control_without_the_lock_somebody_is_booked_after_the_consent_is_gone(
    account: Account, session: ClinicSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consents, "lock_patients", no_lock)
    booked, before = withdrawn_in_the_middle_of(lambda: book(account, session, now=now), account, now, monkeypatch)
    assert (type(booked), before) == (Appointment, 0)


def test_a_booking_that_was_first_is_there_when_the_withdrawal_is_answered(
    account: Account, session: ClinicSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked, before = withdrawn_in_the_middle_of(lambda: book(account, session, now=now), account, now, monkeypatch)
    assert (type(booked), before) == (Appointment, 1)
    assert Consent.objects.get().withdrawn_at == now


def during_a_withdrawal(account: Account, act: Act, now: datetime, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Have the withdrawal lock the patient, `act` wait for that, and the withdrawal go on."""
    is_locked = threading.Event()

    def lock_and_let_the_other_wait(patient_ids: Collection[int]) -> None:
        locks.lock_patients(patient_ids)
        is_locked.set()
        until_somebody_waits()

    def then_act() -> Any:
        assert is_locked.wait(PATIENCE_SECONDS)
        return act()

    monkeypatch.setattr(consents, "lock_patients", lock_and_let_the_other_wait)
    return race(lambda: withdraw(account, now), then_act)


def booking(account: Account, session: ClinicSession, now: datetime) -> Act:
    return lambda: book(account, session, now=now)


def moving(account: Account, session: ClinicSession, now: datetime) -> Act:
    appointment = make_appointment(now=now, account=account, session=session)
    other = slot_of(session, 1).pk
    return lambda: moves.move_appointment(user=account.user, appointment_id=appointment.pk, slot_id=other, now=now)


def joining(account: Account, session: ClinicSession, now: datetime) -> Act:
    full = full_session_now(now)
    asked = {"user": account.user, "patient_id": account.patient.pk, "session_id": full.pk, "now": now}
    return lambda: join_waitlist(**asked)


def accepting(account: Account, session: ClinicSession, now: datetime) -> Act:
    of, slot = account.patient.pk, slot_of(session).pk
    granted = grant_extra_seat(session_id=session.pk, patient_id=of, slot_id=slot, reason="复查", by=make_staff(), now=now)
    return lambda: accept_offer(appointment_id=granted.appointment.pk, user=account.user, now=now)


def appealing(account: Account, session: ClinicSession, now: datetime) -> Act:
    past = make_clinic(visit_date=(now - timedelta(days=1)).date(), hospital=session.hospital)
    missed = book(account, past, now=now - timedelta(days=3))
    close_days_before(hospital=past.hospital, day=now.date(), now=now - timedelta(minutes=5))
    asked = {"user": account.user, "cause": AppealCause.ILLNESS, "statement": "高烧", "appointment_code": missed.code}
    return lambda: file_appeal(**asked, now=now)


@pytest.mark.parametrize("wish", [booking, moving, joining, accepting, appealing])
def test_what_waited_for_the_withdrawal_is_refused_and_changes_nothing(
    wish: Callable[[Account, ClinicSession, datetime], Act],
    account: Account,
    session: ClinicSession,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    act, before = wish(account, session, now), stock(account)
    results = during_a_withdrawal(account, act, now, monkeypatch)
    assert kinds(results) == ["Consent", "HealthConsentMissing"], results
    assert stock(account) == before


def stock(account: Account) -> tuple[list[tuple[int, str]], int, int]:
    """The account's bookings, its places in waitlists, and its appeals."""
    of_account = Appointment.objects.filter(patient=account.patient).order_by("pk").values_list("pk", "status")
    return list(of_account), account.patient.waitlist_entries.count(), account.patient.appeals.count()


def test_control_a_move_that_read_the_consent_before_the_lock_goes_through(
    account: Account, session: ClinicSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "bookable_patient", lambda **_: None)
    results = during_a_withdrawal(account, moving(account, session, now), now, monkeypatch)
    assert kinds(results) == ["Appointment", "Consent"]
    assert Appointment.objects.filter(status=AppointmentStatus.BOOKED).count() == 1
