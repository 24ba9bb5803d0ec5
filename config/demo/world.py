"""The demo world: invented hospitals with a past, a schedule ahead, and logins for their staff."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

import numpy as np
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from accounts.models import Patient, User
from booking.models import Appointment, AppointmentEvent, RefusedAttempt
from capacity.services.forecasting import forecast_hospital
from capacity.services.planning import plan_hospital
from capacity.services.suggestions import suggest_sessions
from capacity.services.walk_forward import compare_past
from config.demo.history import write_history
from config.demo.places import HOSPITALS, DemoDepartment, DemoDoctor, DemoHospital
from config.demo.waits import write_waits
from hospitals.models import (
    ClinicSession,
    Department,
    Doctor,
    Hospital,
    Period,
    RegistrationType,
    Slot,
    StaffMembership,
    StaffRole,
    WeeklyTemplate,
)
from hospitals.services.policies import effective_policy
from hospitals.services.sessions import generate_sessions
from scoring.services.backtest import store_backtest
from scoring.services.indicators import count_indicators
from scoring.services.miss_model import refresh_miss_model
from scoring.services.nightly import score_hospital
from scoring.services.popularity import find_popular

SEED = 20261121
# So far the page that looks back on plans has something to show.
COMPARED_MONTHS = 3
MORNING = (Period.MORNING, time(8), time(12))
AFTERNOON = (Period.AFTERNOON, time(13, 30), time(17))

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Login:
    """A way into the admin. These accounts exist in the demo world only."""

    role: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class World:
    logins: tuple[Login, ...]


LOGINS = (
    Login("Platform operator", "operator", "yuezhen-demo"),
    *(
        Login(f"{role.label} · {hospital.name}", f"{hospital.code}-{role.value}", "yuezhen-demo")
        for hospital in HOSPITALS[:1]
        for role in StaffRole
    ),
    Login(f"{StaffRole.ADMINISTRATOR.label} · {HOSPITALS[1].name}", f"{HOSPITALS[1].code}-administrator", "yuezhen-demo"),
)


def load(*, now: datetime, progress: Tell) -> World:
    """Make what is missing of the demo world. A second call only prolongs the schedule, and takes seconds."""
    for place in HOSPITALS:
        hospital = Hospital.objects.filter(code=place.code).first()
        if hospital is None:
            progress(f"{place.name}: departments, doctors, schedule and history")
            hospital = _found(place, now)
        generate_sessions(hospital=hospital, now=now)
        if not hospital.scoring_runs.exists():
            progress(f"{place.name}: standings and quotas")
            _take_stock()
            score_hospital(hospital_id=hospital.pk, now=now)
            find_popular(hospital_id=hospital.pk, now=now)
            count_indicators(hospital_id=hospital.pk, now=now)
            refresh_miss_model(hospital_id=hospital.pk, now=now)
            store_backtest(hospital_id=hospital.pk, now=now)
            write_waits(hospital=hospital, rng=np.random.default_rng([SEED, hospital.pk]), now=now)
            forecast_hospital(hospital=hospital, now=now)
            suggest_sessions(hospital=hospital, now=now)
            plan_hospital(hospital=hospital, now=now)
            compare_past(hospital=hospital, now=now, months=COMPARED_MONTHS)
    _make_logins()
    progress(f"{len(HOSPITALS)} hospitals, {Doctor.objects.count()} doctors")
    return World(logins=LOGINS)


def _take_stock() -> None:
    """Has the database look at what was written: by itself it does a minute later, and plans for empty tables until then."""
    tables = (model._meta.db_table for model in (Patient, ClinicSession, Slot, Appointment, AppointmentEvent, RefusedAttempt))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


@transaction.atomic
def _found(place: DemoHospital, now: datetime) -> Hospital:
    """A hospital and its past, or nothing at all."""
    hospital = Hospital.objects.create(
        code=place.code,
        name=place.name,
        level=place.level,
        address=place.address,
        phone=place.phone,
        longitude=place.longitude,
        latitude=place.latitude,
        introduction=place.introduction,
    )
    effective_policy(hospital_id=hospital.pk, registration_type_id=None, at=now)
    types = _registration_types(hospital)
    templates: list[WeeklyTemplate] = []
    demand: dict[int, float] = {}
    for part in place.departments:
        department = _department(hospital, part)
        demand[department.pk] = part.demand
        for serial, person in enumerate(part.doctors, start=1):
            doctor = _doctor(department, person, f"{part.code}{serial:02d}")
            templates += _templates(doctor, person, types[person.title])
    WeeklyTemplate.objects.bulk_create(templates)
    rng = np.random.default_rng([SEED, HOSPITALS.index(place)])
    write_history(hospital=hospital, templates=templates, demand=demand, rng=rng, now=now)
    return hospital


def _registration_types(hospital: Hospital) -> dict[str, RegistrationType]:
    """By the doctor's title: experts cost more; a resident's number is free, so that booking without paying can be tried."""
    ordinary = RegistrationType.objects.create(hospital=hospital, code="ordinary", name="普通号", fee_fen=1000)
    expert = RegistrationType.objects.create(hospital=hospital, code="expert", name="专家号", fee_fen=5000)
    public = RegistrationType.objects.create(hospital=hospital, code="free", name="义诊号", fee_fen=0)
    return {"chief": expert, "associate-chief": expert, "attending": ordinary, "resident": public}


def _department(hospital: Hospital, part: DemoDepartment) -> Department:
    return Department.objects.create(
        hospital=hospital,
        subject_id=part.subject,
        code=part.code,
        name=part.name,
        location=part.location,
        minimum_age=part.minimum_age,
        maximum_age=part.maximum_age,
        sex_limit=part.sex_limit,
    )


def _doctor(department: Department, person: DemoDoctor, code: str) -> Doctor:
    return Doctor.objects.create(
        hospital=department.hospital,
        department=department,
        code=code,
        name=person.name,
        title=person.title,
        expertise=person.expertise,
    )


def _templates(doctor: Doctor, person: DemoDoctor, registration_type: RegistrationType) -> list[WeeklyTemplate]:
    halves = [(day, MORNING) for day in person.mornings] + [(day, AFTERNOON) for day in person.afternoons]
    return [
        WeeklyTemplate(
            hospital=doctor.hospital,
            department=doctor.department,
            doctor=doctor,
            registration_type=registration_type,
            weekday=day,
            period=period,
            starts_at=starts,
            ends_at=ends,
            rated_capacity=person.rated_capacity,
            advance_quota=round(person.rated_capacity * 0.75),
            extra_quota=2,
            room=f"{doctor.department.location} {doctor.code[-2:]} 诊室",
        )
        for day, (period, starts, ends) in halves
    ]


def _make_logins() -> None:
    there = set(User.objects.filter(username__in=[login.username for login in LOGINS]).values_list("username", flat=True))
    missing = [login for login in LOGINS if login.username not in there]
    # A hash is slow by design, and all have the same password.
    hashes = {password: make_password(password) for password in {login.password for login in missing}}
    for login in missing:
        is_operator = login.username == "operator"
        hospital_code, _, role = login.username.partition("-")
        user = User.objects.create(
            username=login.username,
            password=hashes[login.password],
            first_name="平台运维" if is_operator else StaffRole(role).label,
            is_staff=True,
            is_superuser=is_operator,
        )
        if not is_operator:
            StaffMembership.objects.create(user=user, hospital=Hospital.objects.get(code=hospital_code), role=role)
