"""Closed appointments for the scoring to read."""

import datetime as dt

from accounts.models import Patient
from booking.models import Appointment, AppointmentStatus, Channel, Outcome
from hospitals.models import ClinicSession, Hospital
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_department, make_registration_type

NOW = dt.datetime(2026, 6, 30, 18, 0, tzinfo=dt.UTC)  # 02:00 on 1 July in Shanghai
TODAY = dt.date(2026, 7, 1)


def closed(
    hospital: Hospital, patient: Patient, outcome: str, *days: dt.date, status: str = AppointmentStatus.FULFILLED
) -> list[Appointment]:
    """One closed appointment of the patient on each of the days."""
    session = _session(hospital)
    return Appointment.objects.bulk_create(
        Appointment(
            hospital=hospital,
            session=session,
            department=session.department,
            patient=patient,
            visit_date=day,
            channel=Channel.ADVANCE,
            status=status,
            outcome=outcome,
            fee_fen=0,
            created_at=NOW,
            closed_at=NOW,
        )
        for day in days
    )


def patient_with(hospital: Hospital, *, day: dt.date = TODAY, **counts: int) -> Patient:
    """A patient with that many appointments by outcome, all on one day."""
    patient = make_patient()
    for name, count in counts.items():
        closed(hospital, patient, Outcome(name), *([day] * count))
    return patient


def _session(hospital: Hospital) -> ClinicSession:
    kept: ClinicSession | None = hospital.sessions.first()
    return kept or ClinicSession.objects.create(
        hospital=hospital, department=make_department(hospital=hospital), visit_date=TODAY, period="day", starts_at=NOW,
        registration_type=make_registration_type(hospital=hospital), ends_at=NOW + dt.timedelta(hours=1), releases_at=NOW,
        fee_fen=0, rated_capacity=0, advance_quota=0,
    )  # fmt: skip
