"""Plans are published, approved and rolled back while patients book."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from booking.models import Appointment, RefusedAttempt
from capacity.models import CapacityPlan, CapacityPolicy, PlanKind, PlanStatus, QuotaChange
from capacity.services.approval import approve_plan
from capacity.services.morning import resolve_mornings
from capacity.services.planning import plan_hospital
from capacity.services.rollback import roll_back_plan
from hospitals.locks import lock_session
from hospitals.models import ClinicSession
from hospitals.services.policies import effective_policy
from tests.concurrency.race import kinds, race
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, book, make_account, make_clinic, make_clinic_now, slot_of

N = 20


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    """Released, one window of twenty seats, all of which can be booked in advance."""
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=7), rated_capacity=N, slot_minutes=240)
    effective_policy(hospital_id=session.hospital_id, registration_type_id=None, at=now)
    return session


@pytest.fixture
def waiting(session: ClinicSession, now: datetime) -> CapacityPlan:
    """From 20 and 0 to 14 and 4."""
    plan_hospital(hospital=session.hospital, now=now)
    plan = CapacityPlan.objects.get()
    assert (plan.status, plan.advance_quota) == (PlanStatus.PROPOSED, 14)
    return plan


def booking(account: Account, session: ClinicSession, now: datetime) -> Any:
    return lambda: book(account, session, now=now)


def test_control_without_the_lock_the_database_refuses_the_quota(
    session: ClinicSession, waiting: CapacityPlan, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Approving reads what is taken, then sixteen book, then it writes 14: the check constraint is the last witness."""
    read, booked = threading.Event(), threading.Event()

    def unlocked(session_id: int) -> ClinicSession:
        found = ClinicSession.objects.get(pk=session_id)
        read.set()
        booked.wait(20)
        return found

    def book_all() -> None:
        read.wait(20)
        for _ in range(16):
            book(make_account(), session, now=now)
        booked.set()

    monkeypatch.setattr("capacity.services.locked_plans.lock_session_in_time", unlocked)
    staff = make_staff()
    results = race(lambda: approve_plan(plan_id=waiting.pk, by=staff, now=now), book_all)
    assert isinstance(results[0], IntegrityError)
    session.refresh_from_db()
    assert (session.advance_quota, session.advance_taken) == (20, 16)
    assert CapacityPlan.objects.get().status == PlanStatus.PROPOSED
    assert not QuotaChange.objects.exists()


def test_approving_while_patients_book(session: ClinicSession, waiting: CapacityPlan, now: datetime) -> None:
    """However they come to lie, nobody who booked is above the quota and the record says what was published."""
    staff, accounts = make_staff(), [make_account() for _ in range(24)]
    results = race(
        lambda: approve_plan(plan_id=waiting.pk, by=staff, now=now), *[booking(account, session, now) for account in accounts]
    )
    counted = Counter(kinds(results))
    assert counted["CapacityPlan"] == 1
    assert counted["Appointment"] + counted["SessionFull"] == 24
    session.refresh_from_db()
    assert session.advance_taken == counted["Appointment"] == Appointment.objects.count()
    assert 14 <= counted["Appointment"] <= session.advance_quota <= N
    change = QuotaChange.objects.get()
    assert (change.advance_before, change.advance_after, change.extra_after) == (20, session.advance_quota, 4)
    assert RefusedAttempt.objects.count() == counted["SessionFull"]


def test_rolling_back_while_patients_book(session: ClinicSession, now: datetime) -> None:
    """From 20 back to 3, while twelve book."""
    ClinicSession.objects.filter(pk=session.pk).update(advance_quota=3)
    plan_hospital(hospital=session.hospital, now=now)
    staff, plan = make_staff(), CapacityPlan.objects.get()
    approve_plan(plan_id=plan.pk, by=staff, now=now)
    results = race(
        lambda: roll_back_plan(plan_id=plan.pk, by=staff, now=now, reason="误批"),
        *[booking(make_account(), session, now) for _ in range(12)],
    )
    counted = Counter(kinds(results))
    assert (counted["CapacityPlan"], counted["Appointment"] + counted["SessionFull"]) == (1, 12)
    session.refresh_from_db()
    assert session.advance_taken == counted["Appointment"] <= session.advance_quota == max(3, counted["Appointment"])


def test_a_plan_is_approved_once_however_many_do(session: ClinicSession, waiting: CapacityPlan, now: datetime) -> None:
    staff = [make_staff() for _ in range(4)]
    results = race(*[lambda one=one: approve_plan(plan_id=waiting.pk, by=one, now=now) for one in staff])
    assert kinds(results) == ["CapacityPlan", "PlanNotWaiting", "PlanNotWaiting", "PlanNotWaiting"]
    assert QuotaChange.objects.count() == 1


def test_two_nights_at_once_write_one_plan_a_session(now: datetime) -> None:
    day = timezone.localdate(now) + timedelta(days=20)
    hospital = make_clinic(visit_date=day).hospital
    for _ in range(7):
        make_clinic(visit_date=day, hospital=hospital)
    night = lambda: plan_hospital(hospital=hospital, now=now)  # noqa: E731
    results = race(night, night, night)
    assert [len(result) for result in results] == [8, 8, 8]
    assert CapacityPlan.objects.filter(status=PlanStatus.APPLIED).count() == CapacityPlan.objects.count() == 8
    assert QuotaChange.objects.count() == 8


def test_the_night_plans_while_patients_book(session: ClinicSession, now: datetime) -> None:
    """What is released is proposed only; the night neither waits for ever nor loses a session."""
    for _ in range(5):
        make_clinic(visit_date=timezone.localdate(now) + timedelta(days=20), hospital=session.hospital)
    results = race(
        lambda: plan_hospital(hospital=session.hospital, now=now),
        *[booking(make_account(), session, now) for _ in range(12)],
    )
    assert len(results[0]) == 6
    assert Counter(kinds(results[1:])) == {"Appointment": 12}
    session.refresh_from_db()
    assert (session.advance_quota, session.advance_taken) == (20, 12)
    assert session.plans.get().status == PlanStatus.PROPOSED


def test_a_session_that_somebody_holds_does_not_hold_the_night_up(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for as long as a booking would; the others have their plans by then."""
    monkeypatch.setattr("hospitals.locks.LOCK_TIMEOUT_MILLISECONDS", 200)
    day = timezone.localdate(now) + timedelta(days=20)
    held_session = make_clinic(visit_date=day)
    free = make_clinic(visit_date=day, hospital=held_session.hospital)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            lock_session(held_session.pk)
            held.set()
            done.wait(20)

    def night() -> Any:
        held.wait(20)
        try:
            return [planned.session for planned in plan_hospital(hospital=free.hospital, now=now)]
        finally:
            done.set()

    assert race(hold, night)[1] == [free]
    assert CapacityPlan.objects.get().session == free
    assert len(plan_hospital(hospital=free.hospital, now=now)) == 2


def test_two_workers_solve_a_morning_once_while_patients_take_numbers(now: datetime) -> None:
    session = make_clinic_now(now=now, rated_capacity=5, extra_quota=3, slot_minutes=240)
    ClinicSession.objects.filter(pk=session.pk).update(starts_at=now + timedelta(minutes=1))
    CapacityPolicy.objects.create(hospital=session.hospital, morning_minutes=720)
    effective_policy(hospital_id=session.hospital_id, registration_type_id=None, at=now)
    slot = slot_of(session)
    morning = lambda: resolve_mornings(hospital=session.hospital, now=now)  # noqa: E731
    results = race(morning, morning, *[lambda: book(make_account(), slot, now=now) for _ in range(10)])
    plan = CapacityPlan.objects.get()
    assert sorted(len(result) for result in results[:2]) == [0, 1]
    assert (plan.kind, plan.status) == (PlanKind.MORNING, PlanStatus.APPLIED)
    session.refresh_from_db()
    counted = Counter(kinds(results[2:]))
    assert counted["Appointment"] + counted["SessionFull"] == 10
    assert session.same_day_taken == 5
    assert session.extra_taken == counted["Appointment"] - 5 <= session.extra_quota
    assert QuotaChange.objects.get().extra_after == session.extra_quota
