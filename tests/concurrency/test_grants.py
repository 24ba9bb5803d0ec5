"""Numbers that staff give, against patients who take the same ones, and offers against the clock."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import locks
from booking.models import AppointmentStatus, Choice, ExtraGrant, PaymentOrder, QueueState, Refund
from booking.services import grants
from booking.services.acceptance import accept_offer
from booking.services.cancellation import expire_hold
from booking.services.checkin import check_in, finish_visit
from booking.services.choices import choose_for_patient
from booking.services.desk import book_at_desk
from booking.services.grants import grant_extra_seat
from booking.services.payments import record_payment
from booking.services.suspension import suspend_session
from booking.services.transitions import SYSTEM, staff_actor
from hospitals import locks as hospital_locks
from hospitals.models import ClinicSession
from hospitals.services.policies import effective_policy
from tests.concurrency.race import kinds, race
from tests.factories.accounts import make_staff
from tests.factories.booking import (
    Account,
    book,
    make_account,
    make_appointment,
    make_clinic,
    make_clinic_now,
    paid_state,
    slot_of,
)
from wechat.emulator.testing import Emulator

ROUNDS = 3
ONE_SECOND = timedelta(seconds=1)


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    """In three days, with one extra number. The hospital has its policy, so that no one waits for the first to write it."""
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), rated_capacity=4, extra_quota=1)
    effective_policy(hospital_id=session.hospital_id, registration_type_id=None, at=now)
    return session


def grant(session: ClinicSession, account: Account, by: Any, now: datetime) -> ExtraGrant:
    return grant_extra_seat(session_id=session.pk, patient_id=account.patient.pk, reason="复查", by=by, now=now)


def test_control_without_the_lock_the_database_still_refuses(
    session: ClinicSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen that one is left; the constraint lets one of them have it."""
    meeting, really_write = threading.Barrier(2), grants._write

    def read(session_id: int) -> ClinicSession:
        return ClinicSession.objects.select_related("hospital", "department", "doctor", "registration_type").get(pk=session_id)

    def write_together(*args: Any) -> Any:
        meeting.wait(10)
        return really_write(*args)

    monkeypatch.setattr(locks, "lock_session", read)
    monkeypatch.setattr(grants, "_write", write_together)
    staff, accounts = make_staff(), [make_account(), make_account()]
    results = race(*[lambda one=one: grant(session, one, staff, now) for one in accounts])
    assert kinds(results) == ["ExtraGrant", "IntegrityError"]


def test_one_grant_and_63_patients_want_the_last_extra_number(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    # Who waits too long is told to come again; a machine that is busy with other tests is not to be told so here.
    monkeypatch.setattr(hospital_locks, "LOCK_TIMEOUT_MILLISECONDS", 25_000)
    session = make_clinic_now(now=now, rated_capacity=1, slot_minutes=240, extra_quota=1)
    make_appointment(now=now, session=session)
    staff, granted, accounts = make_staff(), make_account(), [make_account() for _ in range(63)]
    given, *booked = race(
        lambda: grant(session, granted, staff, now), *[lambda one=one: book(one, session, now=now) for one in accounts]
    )
    found = Counter(kinds([given, *booked]))
    session.refresh_from_db()
    assert session.extra_taken == 1
    if isinstance(given, ExtraGrant):
        assert found == {"ExtraGrant": 1, "SessionFull": 63}
    else:
        assert found == {"ExtraQuotaUsedUp": 1, "Appointment": 1, "SessionFull": 62}


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_grants_to_one_patient(session: ClinicSession, now: datetime, _round: int) -> None:
    ClinicSession.objects.filter(pk=session.pk).update(extra_quota=2)
    staff, account = make_staff(), make_account()
    results = race(*[lambda: grant(session, account, staff, now)] * 2)
    assert kinds(results) == ["AlreadyBooked", "ExtraGrant"]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_grant_against_suspend(session: ClinicSession, now: datetime, _round: int) -> None:
    """Granted before, it is withdrawn with the others; suspended before, it is refused. Nobody waits for a visit that is off."""
    staff, account = make_staff(), make_account()
    given, suspended = race(
        lambda: grant(session, account, staff, now),
        lambda: suspend_session(session_id=session.pk, reason="外出", by=staff, now=now),
    )
    session.refresh_from_db()
    assert session.extra_taken == 0
    if isinstance(given, ExtraGrant):
        assert suspended.withdrawn == 1
        assert ExtraGrant.objects.get().appointment.status == AppointmentStatus.CANCELLED
    else:
        assert kinds([given]) == ["SessionSuspended"]
        assert suspended.withdrawn == 0


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_accept_against_the_sweep(session: ClinicSession, now: datetime, _round: int) -> None:
    """In the last second, while the sweep's clock is past it: booked, or gone and told so."""
    account = make_account()
    offered = grant(session, account, make_staff(), now).appointment
    until = offered.hold_expires_at
    assert until is not None
    accepted, expired = race(
        lambda: accept_offer(appointment_id=offered.pk, user=account.user, now=until - ONE_SECOND),
        lambda: expire_hold(appointment_id=offered.pk, now=until),
    )
    offered.refresh_from_db()
    if expired:
        assert kinds([accepted]) == ["OfferEnded"]
        assert offered.status == AppointmentStatus.CANCELLED
    else:
        assert kinds([accepted]) == ["Appointment"]
        assert offered.status == AppointmentStatus.BOOKED


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_four_taps_on_accept(session: ClinicSession, now: datetime, _round: int) -> None:
    account = make_account()
    offered = grant(session, account, make_staff(), now).appointment
    results = race(*[lambda: accept_offer(appointment_id=offered.pk, user=account.user, now=now)] * 4)
    assert kinds(results) == ["Appointment"] * 4
    assert list(offered.events.values_list("kind", flat=True)) == ["granted", "booked"]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_paid_against_the_sweep(now: datetime, emulator: Emulator, _round: int) -> None:
    """Whichever comes first, there is a visit that is paid for, or the money is on its way back."""
    clinic = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), fee_fen=5000, extra_quota=1)
    held = grant(clinic, make_account(), make_staff(), now).appointment
    until = held.hold_expires_at
    assert until is not None
    paid, _ = race(
        lambda: record_payment(state=paid_state(held, now=until), now=until),
        lambda: expire_hold(appointment_id=held.pk, now=until),
    )
    assert isinstance(paid, PaymentOrder)
    held.refresh_from_db()
    is_booked = held.status == AppointmentStatus.BOOKED
    assert Refund.objects.count() == (0 if is_booked else 1)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_the_desk_and_patients_want_the_last_seat(now: datetime, _round: int) -> None:
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), rated_capacity=1)
    staff, accounts, slot = make_staff(), [make_account() for _ in range(8)], slot_of(session)

    def at_desk(account: Account) -> object:
        return book_at_desk(slot_id=slot.pk, patient_id=account.patient.pk, by=staff, reason="电话", now=now)

    def by_app(account: Account) -> object:
        return book(account, slot, now=now)

    results = race(*[lambda one=one, way=way: way(one) for one, way in zip(accounts, [at_desk, by_app] * 4, strict=True)])
    assert Counter(kinds(results)) == {"Appointment": 1, "SessionFull": 7}


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_finish_against_call_off(now: datetime, _round: int) -> None:
    """The doctor has seen the patient while the desk pays back: one of them is told that the other was quicker."""
    session = make_clinic_now(now=now, fee_fen=5000)
    here, staff = make_appointment(now=now, session=session), make_staff()
    check_in(appointment_id=here.pk, actor=SYSTEM, now=now)
    suspend_session(session_id=session.pk, reason="外出", by=staff, now=now)
    finished, called_off = race(
        lambda: finish_visit(appointment_id=here.pk, actor=staff_actor(staff), now=now),
        lambda: choose_for_patient(appointment_id=here.pk, choice=Choice.REFUND, by=staff, now=now),
    )
    here.refresh_from_db()
    if here.status == AppointmentStatus.FULFILLED:
        assert kinds([finished, called_off]) == ["Appointment", "NothingToChoose"]
        assert (here.queue_entry.state, Refund.objects.count()) == (QueueState.FINISHED, 0)
    else:
        assert kinds([finished, called_off]) == ["Chosen", "TransitionRefused"]
        assert (here.queue_entry.state, Refund.objects.count()) == (QueueState.LEFT, 1)
