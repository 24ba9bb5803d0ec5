"""Closing the day: every appointment of a day that is over gets its outcome, once."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from booking.models import (
    ActorKind,
    Appointment,
    AppointmentEvent,
    AppointmentStatus,
    CancelledBy,
    EventKind,
    Outcome,
    Refund,
)
from booking.services.cancellation import cancel_appointment, expire_hold
from booking.services.checkin import check_in, finish_visit
from booking.services.closing import ClosedDay, close_days_before
from booking.services.transitions import SYSTEM, patient_actor, staff_actor
from hospitals.models import ClinicSession, SessionStatus
from tests.booking.clock import NOW, VISIT, at
from tests.booking.snapshot import everything
from tests.factories.accounts import make_staff
from tests.factories.booking import make_appointment, make_clinic

NIGHT = at("00:30", days=1)


@pytest.fixture
def session() -> ClinicSession:
    return make_clinic(visit_date=VISIT, fee_fen=1000, rated_capacity=80)


def close(session: ClinicSession, now: datetime = NIGHT) -> ClosedDay:
    return close_days_before(hospital=session.hospital, day=now.astimezone(session.hospital.zone).date(), now=now)


def withdraw(appointment: Appointment, now: datetime, by: CancelledBy = CancelledBy.PATIENT) -> None:
    actor = patient_actor(appointment.booked_by) if by == CancelledBy.PATIENT else SYSTEM
    cancel_appointment(appointment_id=appointment.pk, by=by, actor=actor, now=now)


def test_each_appointment_gets_the_outcome_it_earned(session: ClinicSession) -> None:
    """Two were seen, three did not come, one withdrew early, one late; the hospital withdrew one, one hold ran out."""
    seen, checked_in, *_missed, early, late, by_hospital = [make_appointment(now=NOW, session=session) for _ in range(8)]
    hold = make_appointment(now=NOW, session=session, is_paid=False)
    withdraw(early, NOW)
    withdraw(late, at("07:30"))
    withdraw(by_hospital, at("07:30"), CancelledBy.HOSPITAL)
    expire_hold(appointment_id=hold.pk, now=NOW + timedelta(minutes=10))
    for appointment in (seen, checked_in):
        check_in(appointment_id=appointment.pk, actor=SYSTEM, now=at("08:00"))
    finish_visit(appointment_id=seen.pk, actor=staff_actor(make_staff()), now=at("08:20"))

    assert close(session) == ClosedDay(fulfilled=1, missed=3, withdrawn=0, sessions=1)

    assert Counter(Appointment.objects.values_list("outcome", flat=True)) == {
        Outcome.FULFILLED: 2,
        Outcome.MISSED: 3,
        Outcome.CANCELLED: 1,
        Outcome.UNATTENDED: 1,
        Outcome.VOID: 2,
    }
    seen.refresh_from_db()
    checked_in.refresh_from_db()
    assert (seen.closed_at, checked_in.closed_at) == (at("08:20"), NIGHT)
    closed = AppointmentEvent.objects.filter(kind=EventKind.CLOSED)
    assert Counter(closed.values_list("from_status", "to_status", "detail__outcome")) == {
        ("checked-in", "fulfilled", "fulfilled"): 1,
        ("booked", "noshow", "missed"): 3,
    }
    assert set(closed.values_list("actor_kind", "at", "hospital_id")) == {(ActorKind.SYSTEM, NIGHT, session.hospital_id)}
    session.refresh_from_db()
    assert session.status == SessionStatus.CLOSED


def test_closing_again_changes_nothing(session: ClinicSession) -> None:
    make_appointment(now=NOW, session=session)
    close(session)
    before = everything()
    assert close(session) == ClosedDay(fulfilled=0, missed=0, withdrawn=0, sessions=0)
    assert everything() == before


def test_today_and_other_hospitals_stay_open(session: ClinicSession) -> None:
    make_appointment(now=NOW, session=session)
    elsewhere = make_clinic(visit_date=VISIT)
    make_appointment(now=NOW, session=elsewhere)
    before = everything()
    assert close(session, at("23:59:59")) == ClosedDay(fulfilled=0, missed=0, withdrawn=0, sessions=0)
    assert everything() == before
    assert close(session, at("00:00", days=1)).missed == 1
    elsewhere.refresh_from_db()
    assert elsewhere.status == SessionStatus.ACTIVE


def test_days_that_were_not_closed_in_time_are_closed_later(session: ClinicSession) -> None:
    later = make_clinic(visit_date=VISIT + timedelta(days=1), hospital=session.hospital)
    for one in (session, later):
        make_appointment(now=NOW, session=one)
    assert close(session, at("03:00", days=9)) == ClosedDay(fulfilled=0, missed=2, withdrawn=0, sessions=2)


def test_a_session_waits_for_the_hold_whose_end_is_not_known(session: ClinicSession) -> None:
    make_appointment(now=NOW, session=session)
    hold = make_appointment(now=NOW, session=session, is_paid=False)
    before = everything()
    assert close(session).sessions == 0
    assert everything() == before
    expire_hold(appointment_id=hold.pk, now=NIGHT)
    assert close(session) == ClosedDay(fulfilled=0, missed=1, withdrawn=0, sessions=1)


def test_a_suspended_session_never_counts_against_a_patient(session: ClinicSession) -> None:
    stayed_away, withdrew = [make_appointment(now=NOW, session=session) for _ in range(2)]
    withdraw(withdrew, NOW)
    ClinicSession.objects.filter(pk=session.pk).update(status=SessionStatus.SUSPENDED)

    assert close(session) == ClosedDay(fulfilled=0, missed=0, withdrawn=1, sessions=1)

    stayed_away.refresh_from_db()
    assert (stayed_away.status, stayed_away.cancelled_by, stayed_away.outcome) == (
        AppointmentStatus.CANCELLED,
        CancelledBy.HOSPITAL,
        Outcome.VOID,
    )
    assert sorted(Refund.objects.values_list("amount_fen", flat=True)) == [1000, 1000]
    session.refresh_from_db()
    assert (session.status, session.advance_taken) == (SessionStatus.CLOSED, 0)


def test_a_miss_that_was_none_can_be_put_right(session: ClinicSession) -> None:
    appointment = make_appointment(now=NOW, session=session)
    close(session)
    finish_visit(appointment_id=appointment.pk, actor=staff_actor(make_staff()), now=NIGHT)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.outcome) == (AppointmentStatus.FULFILLED, Outcome.FULFILLED)


def test_the_number_of_queries_does_not_grow(session: ClinicSession, django_assert_num_queries: object) -> None:
    for _ in range(8):
        make_appointment(now=NOW, session=session)
    with django_assert_num_queries(9):
        assert close(session).missed == 8
