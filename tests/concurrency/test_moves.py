"""Moves that meet each other, and what else wants the same seats, patients or orders at the same moment."""

import threading
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from booking import locks
from booking.models import Appointment, AppointmentStatus, CancelledBy, OrderState, Refund
from booking.services.cancellation import cancel_appointment, expire_hold
from booking.services.moves import move_appointment
from booking.services.payments import record_payment
from booking.services.transitions import patient_actor
from hospitals.locks import lock_session
from hospitals.models import ClinicSession, Department
from hospitals.services.policies import effective_policy
from tests.concurrency.race import kinds, race
from tests.factories.booking import api_client, book, make_account, make_appointment, make_clinic, paid_state, slot_of
from tests.factories.hospitals import make_department

HOLD = timedelta(minutes=10)
ROUNDS = 3


@pytest.fixture
def day(now: datetime) -> date:
    return (now + timedelta(days=3)).date()


@pytest.fixture
def department(now: datetime) -> Department:
    """Its hospital has its policy already, so that no one waits for the other's to be written."""
    department = make_department()
    effective_policy(hospital_id=department.hospital_id, registration_type_id=None, at=now)
    return department


@pytest.fixture
def two(department: Department, day: date) -> tuple[ClinicSession, ClinicSession]:
    first, second = (make_clinic(visit_date=day, department=department, rated_capacity=4, slot_minutes=240) for _ in range(2))
    return first, second


def move(appointment: Appointment, to: ClinicSession, now: datetime) -> Appointment:
    return move_appointment(user=appointment.booked_by, appointment_id=appointment.pk, slot_id=slot_of(to).pk, now=now)


def taken(*sessions: ClinicSession) -> list[int]:
    return [ClinicSession.objects.get(pk=session.pk).advance_taken for session in sessions]


@pytest.mark.usefixtures("oversells")
def test_control_in_the_order_of_asking_two_opposite_moves_wait_for_each_other(
    two: tuple[ClinicSession, ClinicSession], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the order of locks is for: without it PostgreSQL has to kill one of the two."""
    meeting = threading.Barrier(2)

    def as_asked(session_ids: Any) -> dict[int, ClinicSession]:
        first, *others = dict.fromkeys(session_ids)
        found = {first: lock_session(first)}
        meeting.wait(10)
        return found | {pk: lock_session(pk) for pk in others}

    monkeypatch.setattr(locks, "lock_sessions", as_asked)
    there, back = (make_appointment(now=now, session=session) for session in two)
    results = race(lambda: move(there, two[1], now), lambda: move(back, two[0], now))
    assert kinds(results) == ["Appointment", "OperationalError"]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_opposite_moves_both_take_place(two: tuple[ClinicSession, ClinicSession], now: datetime, _round: int) -> None:
    first, second = two
    there = [make_appointment(now=now, session=first) for _ in range(2)]
    back = [make_appointment(now=now, session=second) for _ in range(2)]
    results = race(
        *[lambda one=one: move(one, second, now) for one in there], *[lambda one=one: move(one, first, now) for one in back]
    )
    assert kinds(results) == ["Appointment"] * 4
    assert taken(first, second) == [2, 2]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_one_appointment_moves_once(
    two: tuple[ClinicSession, ClinicSession], department: Department, day: date, now: datetime, _round: int
) -> None:
    first, second = two
    third = make_clinic(visit_date=day, department=department)
    old = make_appointment(now=now, session=first)
    results = race(*[lambda to=to: move(old, to, now) for to in (second, third, second, third)])
    assert kinds(results) == ["Appointment", "NotMovable", "NotMovable", "NotMovable"]
    assert sum(taken(first, second, third)) == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_the_last_seat_is_moved_to_or_booked(department: Department, day: date, now: datetime, _round: int) -> None:
    """Three want to move to it and three to book it: one has it, and whoever did not move keeps the seat they had."""
    wide = make_clinic(visit_date=day, department=department)
    narrow = make_clinic(visit_date=day, department=department, rated_capacity=1)
    movers = [make_appointment(now=now, session=wide) for _ in range(3)]
    bookers = [make_account() for _ in range(3)]
    results = race(
        *[lambda one=one: move(one, narrow, now) for one in movers],
        *[lambda one=one: book(one, narrow, now=now) for one in bookers],
    )
    found = Counter(kinds(results))
    assert (found["Appointment"], found["SessionFull"]) == (1, 5)
    (seated,) = [result for result in results if isinstance(result, Appointment)]
    assert taken(wide, narrow) == [2 if seated.move_count else 3, 1]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_move_against_cancel(two: tuple[ClinicSession, ClinicSession], now: datetime, _round: int) -> None:
    """Moved and then not found to be cancelled, or cancelled and then not movable."""
    first, second = two
    old = make_appointment(now=now, session=first)
    actor = patient_actor(old.booked_by)
    moved, cancelled = race(
        lambda: move(old, second, now),
        lambda: cancel_appointment(appointment_id=old.pk, by=CancelledBy.PATIENT, actor=actor, now=now),
    )
    assert not isinstance(cancelled, BaseException)
    old.refresh_from_db()
    has_moved = isinstance(moved, Appointment)
    assert (old.outcome, type(moved).__name__) == (("void", "Appointment") if has_moved else ("cancelled", "NotMovable"))
    assert taken(first, second) == [0, 1 if has_moved else 0]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_dearer_move_paid_as_its_hold_runs_out_and_the_old_one_is_withdrawn(
    department: Department, day: date, now: datetime, _round: int
) -> None:
    """However the four meet, nobody has two seats or none of the money."""
    old = make_appointment(now=now, session=make_clinic(visit_date=day, department=department, fee_fen=2000))
    new = move(old, make_clinic(visit_date=day, department=department, fee_fen=5000), now)
    later, state = now + HOLD, paid_state(new, now=now + HOLD)
    actor = patient_actor(old.booked_by)
    results = race(
        lambda: record_payment(state=state, now=later),
        lambda: record_payment(state=state, now=later),
        lambda: expire_hold(appointment_id=new.pk, now=later),
        lambda: cancel_appointment(appointment_id=old.pk, by=CancelledBy.PATIENT, actor=actor, now=later),
    )
    assert not any(isinstance(result, BaseException) for result in results)
    old.refresh_from_db()
    new.refresh_from_db()
    assert new.payment_order.state == OrderState.PAID
    assert old.status == AppointmentStatus.CANCELLED
    kept = sum(
        order.paid_fen - order.refunded_fen for order in (old.payment_order, type(old.payment_order).objects.get(appointment=new))
    )
    assert kept == (5000 if new.status == AppointmentStatus.BOOKED else 0)
    assert sum(taken(old.session, new.session)) == (1 if new.status == AppointmentStatus.BOOKED else 0)
    assert Refund.objects.count() == (1 if new.status == AppointmentStatus.BOOKED else 2)


def test_one_key_twice_at_once_moves_once(two: tuple[ClinicSession, ClinicSession], now: datetime) -> None:
    old = make_appointment(now=now, session=two[0])
    body = {"slot": slot_of(two[1]).pk}
    clients = [api_client(old.booked_by) for _ in range(4)]

    def tap(client: Any) -> Any:
        url = f"/api/v1/appointments/{old.code}/move"
        return client.post(url, body, format="json", headers={"Idempotency-Key": "double-tap"})

    answers = race(*[lambda client=client: tap(client) for client in clients])
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert Appointment.objects.count() == 2
