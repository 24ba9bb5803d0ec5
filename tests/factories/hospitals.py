"""Hospitals, doctors and sessions: valid and boring. Give only what a test is about."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hospitals.models import (
    ClinicSession,
    Department,
    Doctor,
    DoctorTitle,
    Hospital,
    Period,
    RegistrationType,
    Slot,
    Weekday,
    WeeklyTemplate,
)
from hospitals.services.sessions import slots_of

_serial = itertools.count(1)


def make_hospital(**fields: Any) -> Hospital:
    n = next(_serial)
    return Hospital.objects.create(**{"code": f"hospital-{n}", "name": f"第{n}示范医院"} | fields)


def make_department(*, hospital: Hospital | None = None, **fields: Any) -> Department:
    n = next(_serial)
    return Department.objects.create(**{"hospital": hospital or make_hospital(), "code": f"D{n}", "name": f"第{n}科"} | fields)


def make_doctor(*, department: Department | None = None, **fields: Any) -> Doctor:
    n = next(_serial)
    department = department or make_department()
    defaults = {
        "hospital": department.hospital,
        "department": department,
        "code": f"W{n}",
        "name": f"医生{n}",
        "title": DoctorTitle.CHIEF,
    }
    return Doctor.objects.create(**defaults | fields)


def make_registration_type(*, hospital: Hospital | None = None, fee_fen: int = 0, **fields: Any) -> RegistrationType:
    n = next(_serial)
    defaults = {"hospital": hospital or make_hospital(), "code": f"type-{n}", "name": f"号别{n}", "fee_fen": fee_fen}
    return RegistrationType.objects.create(**defaults | fields)


def make_template(*, department: Department | None = None, doctor: Doctor | None = None, **fields: Any) -> WeeklyTemplate:
    """Monday mornings 08:00–12:00, 20 seats."""
    department = department or (doctor.department if doctor else make_department())
    defaults: dict[str, Any] = {
        "hospital": department.hospital,
        "department": department,
        "doctor": doctor,
        "weekday": Weekday.MONDAY,
        "period": Period.MORNING,
        "starts_at": time(8),
        "ends_at": time(12),
        "rated_capacity": 20,
    }
    if "registration_type" not in fields:
        defaults["registration_type"] = make_registration_type(hospital=department.hospital)
    return WeeklyTemplate.objects.create(**defaults | fields)


def make_session(
    *,
    visit_date: date,
    department: Department | None = None,
    doctor: Doctor | None = None,
    rated_capacity: int = 20,
    advance_quota: int | None = None,
    extra_quota: int = 0,
    with_slots: bool = True,
    slot_minutes: int = 30,
    **fields: Any,
) -> ClinicSession:
    """A morning, 08:00–12:00 in the hospital's zone, released 15 days ahead at 07:00; every seat bookable in advance.

    With neither `department` nor `doctor` a doctor is made. A department alone gives a 普通号 session. `starts_at` and `ends_at`
    may be given as times of the day or as datetimes.
    """
    if department is None and doctor is None:
        doctor = make_doctor()
    if department is None:
        assert doctor is not None
        department = doctor.department
    hospital = department.hospital

    def at(day: date, moment: time | datetime) -> datetime:
        if isinstance(moment, datetime):
            return moment.astimezone(UTC)
        return datetime.combine(day, moment, tzinfo=hospital.zone).astimezone(UTC)

    registration_type = fields.pop("registration_type", None) or make_registration_type(hospital=hospital)
    defaults = {
        "hospital": hospital,
        "department": department,
        "doctor": doctor,
        "registration_type": registration_type,
        "visit_date": visit_date,
        "period": Period.MORNING,
        "releases_at": at(visit_date - timedelta(days=15), time(7)),
        "fee_fen": registration_type.fee_fen,
        "rated_capacity": rated_capacity,
        "advance_quota": rated_capacity if advance_quota is None else advance_quota,
        "extra_quota": extra_quota,
    }
    begins = at(visit_date, fields.pop("starts_at", time(8)))
    ends = at(visit_date, fields.pop("ends_at", time(12)))
    session = ClinicSession.objects.create(**defaults | fields | {"starts_at": begins, "ends_at": ends})
    if with_slots and rated_capacity:
        Slot.objects.bulk_create(slots_of(session, slot_minutes))
    return session
