"""A hospital with a past: closed bookings whose misses follow the lead time and the patient, the same at every run."""

import datetime as dt

import numpy as np

from accounts.models import Patient
from booking.models import Appointment, AppointmentStatus, Channel, Outcome
from hospitals.models import ClinicSession, Hospital
from tests.factories.accounts import CREATED_AT
from tests.factories.hospitals import make_department, make_doctor, make_registration_type

FIRST_VISIT, LAST_VISIT = dt.date(2026, 1, 1), dt.date(2026, 4, 30)
# 09:00 in Shanghai on the day after the last visit.
NOW = dt.datetime(2026, 5, 1, 1, 0, tzinfo=dt.UTC)
STATUS = {
    Outcome.FULFILLED: AppointmentStatus.FULFILLED,
    Outcome.MISSED: AppointmentStatus.NOSHOW,
    Outcome.UNATTENDED: AppointmentStatus.CANCELLED,
    Outcome.CANCELLED: AppointmentStatus.CANCELLED,
    Outcome.VOID: AppointmentStatus.CANCELLED,
}


def make_patients(number: int) -> list[Patient]:
    return Patient.objects.bulk_create(Patient(name="患者", created_at=CREATED_AT) for _ in range(number))


def make_clinics(hospital: Hospital, number: int = 2) -> list[ClinicSession]:
    """That many sessions, each of a department and a doctor of its own; what is made of them is not asked to be possible."""
    kind = make_registration_type(hospital=hospital)
    made = []
    for _ in range(number):
        doctor = make_doctor(department=make_department(hospital=hospital))
        made.append(
            ClinicSession.objects.create(
                hospital=hospital,
                department=doctor.department,
                doctor=doctor,
                visit_date=LAST_VISIT,
                period="am",
                starts_at=NOW,
                ends_at=NOW + dt.timedelta(hours=4),
                releases_at=NOW,
                registration_type=kind,
                fee_fen=0,
                rated_capacity=0,
                advance_quota=0,
            )
        )
    return made


def booking(
    session: ClinicSession,
    patient: Patient,
    visit: dt.date,
    outcome: str,
    *,
    lead_days: int = 0,
    hour: int = 10,
    age: int | None = 40,
) -> Appointment:
    """Not saved. Booked `lead_days` before the visit at `hour` in Shanghai."""
    made_at = dt.datetime.combine(visit - dt.timedelta(days=lead_days), dt.time(hour), tzinfo=session.hospital.zone)
    return Appointment(
        hospital=session.hospital, session=session, department=session.department, doctor=session.doctor, patient=patient,
        visit_date=visit, channel=Channel.ADVANCE if lead_days else Channel.SAME_DAY, fee_fen=0, age_at_visit=age,
        status=STATUS[Outcome(outcome)] if outcome else AppointmentStatus.BOOKED, outcome=outcome, created_at=made_at,
        booked_at=made_at, closed_at=NOW if outcome else None,
    )  # fmt: skip


def make_past(hospital: Hospital, *, bookings: int = 1_200, patients: int = 150, seed: int = 1) -> list[Appointment]:
    """One patient in three misses most of what is booked ahead; same-day numbers are nearly always used."""
    rng = np.random.default_rng(seed)
    people, clinics = make_patients(patients), make_clinics(hospital)
    span = (LAST_VISIT - FIRST_VISIT).days
    made = []
    for _ in range(bookings):
        place, lead = int(rng.integers(patients)), int(rng.choice([0, 1, 3, 7, 14]))
        chance = (0.75 if place % 3 == 0 else 0.1) if lead else 0.04
        outcome = Outcome.MISSED if rng.random() < chance else Outcome.FULFILLED
        visit = FIRST_VISIT + dt.timedelta(days=int(rng.integers(span + 1)))
        age = int(rng.integers(1, 90)) if rng.random() < 0.9 else None
        clinic = clinics[int(rng.integers(len(clinics)))]
        made.append(booking(clinic, people[place], visit, outcome, lead_days=lead, hour=int(rng.integers(7, 20)), age=age))
    return Appointment.objects.bulk_create(made)
