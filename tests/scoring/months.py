"""Closed appointments and counted months for the indicators to read."""

import datetime as dt
from typing import Any

from accounts.models import Patient
from booking.models import Appointment, AppointmentStatus, Channel
from hospitals.models import ClinicSession, Department, Doctor, Hospital
from scoring.models import MonthlyIndicator
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_registration_type

NOW = dt.datetime(2026, 6, 30, 18, 0, tzinfo=dt.UTC)  # 02:00 on 1 July in Shanghai
OUTCOMES = ("fulfilled", "unattended", "cancelled", "missed")


def visit(
    department: Department, outcome: str, day: dt.date, *, doctor: Doctor | None = None, times: int = 1, **fields: Any
) -> list[Appointment]:
    """That many appointments of one day with one outcome, each in the same session and of a patient of its own."""
    session = _session(department, doctor)
    return Appointment.objects.bulk_create(
        Appointment(
            hospital=department.hospital,
            department=department,
            doctor=doctor,
            session=session,
            patient=fields.get("patient") or _patient(department.hospital),
            visit_date=day,
            channel=Channel.ADVANCE,
            status=AppointmentStatus.CANCELLED,
            outcome=outcome,
            fee_fen=0,
            created_at=NOW,
            closed_at=NOW,
            **{name: value for name, value in fields.items() if name != "patient"},
        )
        for _ in range(times)
    )


def counted(department: Department, month: dt.date, *, doctor: Doctor | None = None, **counts: int) -> MonthlyIndicator:
    """A row as the night would have written it; the total is the sum."""
    return MonthlyIndicator.objects.create(
        hospital=department.hospital,
        department=department,
        doctor=doctor,
        month=month,
        total=sum(counts.get(name, 0) for name in OUTCOMES),
        **{name: counts.get(name, 0) for name in (*OUTCOMES, "void")},
        counted_at=NOW,
    )


def _session(department: Department, doctor: Doctor | None) -> ClinicSession:
    kept: ClinicSession | None = department.sessions.filter(doctor=doctor).first()
    return kept or ClinicSession.objects.create(
        hospital=department.hospital, department=department, doctor=doctor, visit_date=dt.date(2026, 1, 1), period="day",
        registration_type=make_registration_type(hospital=department.hospital), starts_at=NOW, releases_at=NOW, fee_fen=0,
        ends_at=NOW + dt.timedelta(hours=1), rated_capacity=0, advance_quota=0,
    )  # fmt: skip


def _patient(hospital: Hospital) -> Patient:
    """One for all of a hospital: the indicators do not ask who."""
    kept = Patient.objects.filter(appointments__hospital=hospital).first()
    return kept or make_patient()
