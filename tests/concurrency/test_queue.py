"""Desks that act on one waiting room at the same moment."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from booking.models import Appointment, QueueEntry, QueuePriority, QueueState
from booking.queue_order import next_call
from booking.queue_selectors import alternation_of, place_of, waiting_entries
from booking.services.checkin import check_in, finish_visit
from booking.services.queue.calling import call_next, pass_over
from booking.services.queue.placing import prioritise, set_aside
from booking.services.transitions import Actor, patient_actor, staff_actor
from hospitals.models import ClinicSession
from tests.concurrency.race import kinds, race
from tests.factories.accounts import make_staff
from tests.factories.booking import make_appointment, make_clinic_now, slot_of

ROUNDS = 3


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    return make_clinic_now(now=now, rated_capacity=40)


@pytest.fixture
def nurse(transactional_db: None) -> Actor:
    return staff_actor(make_staff())


def arrive(session: ClinicSession, now: datetime) -> QueueEntry:
    appointment = make_appointment(now=now, slot=slot_of(session))
    check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=now)
    return QueueEntry.objects.get(appointment=appointment)


def line(session: ClinicSession, now: datetime, count: int) -> list[QueueEntry]:
    return [arrive(session, now + timedelta(seconds=n)) for n in range(count)]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_desks_that_call_at_once_call_different_patients(
    session: ClinicSession, nurse: Actor, now: datetime, _round: int
) -> None:
    """Four patients, five desks: the four first in line, each once, and one desk hears that nobody waits."""
    waiting = line(session, now, 4)
    called = race(*[lambda: call_next(session_id=session.pk, actor=nurse, now=now)] * 5)
    assert Counter(kinds(called)) == {"QueueEntry": 4, "NobodyWaiting": 1}
    assert {one.pk for one in called if isinstance(one, QueueEntry)} == {one.pk for one in waiting}


def test_without_the_lock_they_would_call_the_same_one(session: ClinicSession, nurse: Actor, now: datetime) -> None:
    """The control: both read the room before either has written."""
    line(session, now, 2)

    def look() -> Any:
        places = [place_of(entry) for entry in waiting_entries([session.pk])]
        call = next_call(places, alternation=alternation_of({session.pk: 2})[session.pk], now=now)
        assert call is not None
        return call.place.id

    assert len(set(race(look, look))) == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_late_patients_places_are_counted_down_once_a_call(
    session: ClinicSession, nurse: Actor, now: datetime, _round: int
) -> None:
    late = arrive(session, now)
    line(session, now + timedelta(minutes=1), 5)
    QueueEntry.objects.filter(pk=late.pk).update(places_back=3)
    called = race(*[lambda: call_next(session_id=session.pk, actor=nurse, now=now)] * 3)
    assert late.pk not in {one.pk for one in called}
    late.refresh_from_db()
    assert late.places_back == 0
    assert call_next(session_id=session.pk, actor=nurse, now=now) == late


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_pass_against_finish(session: ClinicSession, nurse: Actor, now: datetime, _round: int) -> None:
    """One desk says the patient did not come, the other that the visit is done: whoever is first, the books agree."""
    line(session, now, 1)
    entry = call_next(session_id=session.pk, actor=nurse, now=now)
    passed, finished = race(
        lambda: pass_over(entry_id=entry.pk, actor=nurse, now=now),
        lambda: finish_visit(appointment_id=entry.appointment_id, actor=nurse, now=now),
    )
    assert isinstance(finished, Appointment)
    assert kinds([passed])[0] in ("QueueEntry", "QueueMoveRefused")
    entry.refresh_from_db()
    assert entry.state == QueueState.FINISHED


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_taps_on_check_in_give_one_place(session: ClinicSession, now: datetime, _round: int) -> None:
    appointment = make_appointment(now=now, slot=slot_of(session))
    actor = patient_actor(appointment.booked_by)
    results = race(*[lambda: check_in(appointment_id=appointment.pk, actor=actor, now=now)] * 4)
    assert kinds(results) == ["Appointment"] * 4
    assert QueueEntry.objects.get().moves.count() == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_everything_at_once_ends_without_a_deadlock(session: ClinicSession, nurse: Actor, now: datetime, _round: int) -> None:
    first, second, *_ = line(session, now, 4)
    comer = make_appointment(now=now, slot=slot_of(session))
    results = race(
        lambda: call_next(session_id=session.pk, actor=nurse, now=now),
        lambda: call_next(session_id=session.pk, actor=nurse, now=now),
        lambda: set_aside(entry_id=first.pk, actor=nurse, reason="暂离", now=now),
        lambda: prioritise(entry_id=second.pk, priority=QueuePriority.EMERGENCY, actor=nurse, reason="外伤", now=now),
        lambda: check_in(appointment_id=comer.pk, actor=patient_actor(comer.booked_by), now=now),
        lambda: make_appointment(now=now, slot=slot_of(session)),
    )
    assert set(kinds(results)) <= {"QueueEntry", "Appointment", "QueueMoveRefused"}
    assert QueueEntry.objects.filter(state=QueueState.CALLED).count() <= 2
