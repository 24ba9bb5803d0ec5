"""Past sessions for the tests of history and plans, written as rows."""

from datetime import date, timedelta
from typing import Any

from accounts.models import Patient
from booking.models import Appointment, AppointmentStatus, CancelledBy, Channel, Outcome, RefusedAttempt
from hospitals.models import ClinicSession, Doctor, SessionStatus
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_session

WEEK = timedelta(days=7)
_STATUS = {
    Outcome.FULFILLED: AppointmentStatus.FULFILLED,
    Outcome.MISSED: AppointmentStatus.NOSHOW,
    Outcome.CANCELLED: AppointmentStatus.CANCELLED,
    Outcome.UNATTENDED: AppointmentStatus.CANCELLED,
    Outcome.VOID: AppointmentStatus.CANCELLED,
}


def write_past_session(
    doctor: Doctor | None,
    day: date,
    *,
    advance: int,
    same_day: int,
    missed_advance: int = 0,
    refused: int = 0,
    quota: int = 15,
    **session: Any,
) -> ClinicSession:
    """A closed session in which `advance` and `same_day` patients got a number, and `refused` found no advance number."""
    closed = make_session(
        visit_date=day,
        doctor=doctor,
        advance_quota=quota,
        status=SessionStatus.CLOSED,
        with_slots=False,
        advance_taken=advance,
        same_day_taken=same_day,
        **session,
    )
    patients = make_patients(advance + same_day + refused)
    outcomes = [Outcome.MISSED] * missed_advance + [Outcome.FULFILLED] * (advance + same_day - missed_advance)
    channels = [Channel.ADVANCE] * advance + [Channel.SAME_DAY] * same_day
    Appointment.objects.bulk_create(
        _appointment(closed, patient, channel, outcome)
        for patient, channel, outcome in zip(patients, channels, outcomes, strict=False)
    )
    for patient in patients[advance + same_day :]:
        write_refusal(closed, patient, Channel.ADVANCE)
    return closed


def make_patients(count: int) -> list[Patient]:
    return [make_patient() for _ in range(count)]


def write_appointment(
    session: ClinicSession, patient: Patient, channel: Channel, outcome: Outcome, **changes: Any
) -> Appointment:
    """One more appointment of a closed session; the session's counters are left as they are."""
    appointment = _appointment(session, patient, channel, outcome, **changes)
    appointment.save()
    return appointment


def write_refusal(session: ClinicSession, patient: Patient, channel: Channel) -> None:
    RefusedAttempt.objects.create(session=session, patient=patient, channel=channel, at=session.starts_at)


def _appointment(session: ClinicSession, patient: Patient, channel: Channel, outcome: Outcome, **changes: Any) -> Appointment:
    is_withdrawn = _STATUS[outcome] == AppointmentStatus.CANCELLED
    values = {
        "hospital_id": session.hospital_id,
        "session": session,
        "patient": patient,
        "department_id": session.department_id,
        "doctor_id": session.doctor_id,
        "visit_date": session.visit_date,
        "channel": channel,
        "status": _STATUS[outcome],
        "outcome": outcome,
        "fee_fen": 0,
        "created_at": session.releases_at,
        "closed_at": session.ends_at,
        "cancelled_at": session.starts_at - timedelta(days=2) if is_withdrawn else None,
        "cancelled_by": CancelledBy.PATIENT if is_withdrawn else "",
    }
    return Appointment(**values | changes)
