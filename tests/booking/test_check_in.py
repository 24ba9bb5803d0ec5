"""Check-in and the end of the visit."""

from datetime import datetime

import pytest

from accounts.errors import Refusal
from booking.models import Appointment, AppointmentStatus, CancelledBy, EventKind, Outcome
from booking.services.cancellation import cancel_appointment
from booking.services.checkin import CheckInNotOpen, CheckInOver, check_in, finish_visit
from booking.services.transitions import TransitionRefused, patient_actor, staff_actor
from hospitals.models import ClinicSession
from hospitals.services.policies import revise_policy
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.snapshot import everything
from tests.factories.accounts import make_staff
from tests.factories.booking import make_appointment, make_clinic, slot_of


@pytest.fixture
def session() -> ClinicSession:
    return make_clinic(visit_date=VISIT)


@pytest.fixture
def appointment(session: ClinicSession) -> Appointment:
    """In the second window, 08:30 to 09:00."""
    return make_appointment(now=NOW, slot=slot_of(session, 1))


def arrive(appointment: Appointment, now: datetime) -> Appointment:
    return check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=now)


@pytest.mark.parametrize("now", [at("08:00"), at("08:30"), at("09:30"), at("11:59:59")], ids=["opens", "on-time", "late", "last"])
def test_from_half_an_hour_before_the_window_to_the_sessions_end(appointment: Appointment, now: datetime) -> None:
    arrive(appointment, now)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.checked_in_at) == (AppointmentStatus.CHECKED_IN, now)
    event = appointment.events.last()
    assert (event.kind, event.at, event.actor) == (EventKind.CHECKED_IN, now, appointment.booked_by)


@pytest.mark.parametrize(
    ("now", "refusal", "detail"),
    [
        (at("08:00") - ONE_SECOND, CheckInNotOpen, {"opens_at": "2026-03-12 08:00"}),
        (at("08:45", days=-1), CheckInNotOpen, {"opens_at": "2026-03-12 08:00"}),
        (at("12:00"), CheckInOver, {}),
    ],
)
def test_not_before_and_not_after(appointment: Appointment, now: datetime, refusal: type[Refusal], detail: dict) -> None:
    before = everything()
    with pytest.raises(refusal) as caught:
        arrive(appointment, now)
    assert caught.value.detail == detail
    assert everything() == before


def test_the_policy_says_how_early(session: ClinicSession) -> None:
    changes = {"checkin_opens_minutes": 60}
    revise_policy(hospital=session.hospital, registration_type=None, changes=changes, by=None, now=NOW)
    appointment = make_appointment(now=NOW, slot=slot_of(session, 1))
    assert arrive(appointment, at("07:30")).status == AppointmentStatus.CHECKED_IN


def test_twice_is_once(appointment: Appointment) -> None:
    arrive(appointment, at("08:10"))
    before = everything()
    assert arrive(appointment, at("08:11")).checked_in_at == at("08:10")
    assert everything() == before


def test_an_unpaid_or_withdrawn_one_cannot_check_in(session: ClinicSession) -> None:
    unpaid = make_appointment(now=NOW, session=make_clinic(visit_date=VISIT, fee_fen=100), is_paid=False)
    withdrawn = make_appointment(now=NOW, session=session)
    cancel_appointment(appointment_id=withdrawn.pk, by=CancelledBy.PATIENT, actor=patient_actor(withdrawn.booked_by), now=NOW)
    before = everything()
    for appointment in (unpaid, withdrawn):
        with pytest.raises(TransitionRefused):
            arrive(appointment, at("08:00"))
    assert everything() == before


def test_the_visit_ends_once(appointment: Appointment) -> None:
    nurse = staff_actor(make_staff())
    arrive(appointment, at("08:10"))
    finish_visit(appointment_id=appointment.pk, actor=nurse, now=at("08:50"))
    before = everything()
    finish_visit(appointment_id=appointment.pk, actor=nurse, now=at("08:55"))
    assert everything() == before
    appointment.refresh_from_db()
    assert (appointment.status, appointment.outcome, appointment.closed_at) == (
        AppointmentStatus.FULFILLED,
        Outcome.FULFILLED,
        at("08:50"),
    )


def test_a_cancelled_booking_hears_that_it_is_cancelled_not_to_come_later() -> None:
    appointment = make_appointment(now=NOW, session=make_clinic(visit_date=VISIT))
    assert appointment.booked_by is not None
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.PATIENT, actor=patient_actor(appointment.booked_by), now=NOW)
    with pytest.raises(TransitionRefused) as refused:
        check_in(appointment_id=appointment.pk, actor=patient_actor(appointment.booked_by), now=NOW)
    assert refused.value.detail["status"] == "已取消"
