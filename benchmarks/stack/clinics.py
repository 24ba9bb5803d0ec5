"""A hospital of many doctors, each with a weekly clinic: a year of them closed, with who wanted a seat and who came, and one to
come. Imported after Django is set up. Rows are made set-based; the draws are seeded.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Min

from benchmarks.stack.filling import filling, insert_numbered, show
from benchmarks.stack.world import PEOPLE, people
from capacity.models import CapacityPlan, PlanStatus, QuotaChange
from capacity.services.planning import plan_hospital
from hospitals.models import ClinicSession, Department, Doctor, DoctorTitle, Hospital, RegistrationType, SessionStatus

DOCTORS_PER_DEPARTMENT = 50
PAST_WEEKS, COMING_WEEKS = 52, 1
PATIENTS = 20_000
SEATS, ADVANCE_SEATS = 20, 15
TABLES = ("hospitals_clinicsession", "booking_appointment", "booking_refusedattempt")
# Each has some 18 appointments.
SESSIONS_OF_A_STATEMENT = 20_000


@dataclass(frozen=True, slots=True)
class Clinics:
    """What was made."""

    hospital: Hospital
    sessions: int
    appointments: int
    coming: int


def write(*, code: str, doctors: int, now: datetime) -> Clinics:
    """Makes the hospital. Demand is about what the seats are, so that half of the sessions sold out; two in three of those who
    found nothing were noted."""
    hospital = Hospital.objects.create(code=code, name="测速医院")
    kind = RegistrationType.objects.create(hospital=hospital, code="free", name="免费号", fee_fen=0)
    departments = Department.objects.bulk_create(
        Department(hospital=hospital, code=f"K{n}", name=f"测速{n}科") for n in range(-(-doctors // DOCTORS_PER_DEPARTMENT))
    )
    Doctor.objects.bulk_create(
        (
            Doctor(
                hospital=hospital,
                department=departments[n // DOCTORS_PER_DEPARTMENT],
                code=f"D{n}",
                name=f"医生{n}",
                title=DoctorTitle.CHIEF,
            )
            for n in range(doctors)
        ),
        batch_size=2000,
    )
    sessions = ClinicSession.objects.filter(hospital=hospital)
    values: dict[str, Any] = {
        "hospital": hospital.pk,
        "kind": kind.pk,
        "now": now,
        "today": now.astimezone(hospital.zone).date(),
        "past": PAST_WEEKS,
        "coming": COMING_WEEKS,
        "seats": SEATS,
        "quota": ADVANCE_SEATS,
        "patients": PATIENTS,
    }
    with filling(*PEOPLE, *TABLES), connection.cursor() as cursor:
        values["first_patient"] = people(PATIENTS, now).patients.start
        show(f"writing the sessions of {doctors:,} doctors")
        cursor.execute("SELECT setseed(0.2017)")
        cursor.execute(_DRAWN, values)
        cursor.execute(_PAST, values)
        cursor.execute(_COMING, values)
        past = sessions.filter(status=SessionStatus.CLOSED).aggregate(first=Min("pk"), last=Max("pk"))
        appointments = insert_numbered(
            "appointments",
            _APPOINTMENTS,
            values | {"first_session": past["first"]},
            count=past["last"] - past["first"] + 1,
            step=SESSIONS_OF_A_STATEMENT,
        )
        show("writing whom they turned away")
        cursor.execute(_REFUSALS, values)
        cursor.execute("DROP TABLE bench_drawn")
    closed = sessions.filter(status=SessionStatus.CLOSED).count()
    return Clinics(hospital, closed, appointments, sessions.filter(status=SessionStatus.ACTIVE).count())


def plan(made: Clinics, now: datetime) -> int:
    """A night: returns how many sessions have a plan of it."""
    return len(plan_hospital(hospital=made.hospital, now=now))


def on_record(made: Clinics) -> tuple[int, int, int]:
    """Plans in force, plans that wait, and sessions whose quotas are not those of the plan in force."""
    plans = CapacityPlan.objects.filter(hospital=made.hospital)
    in_force = plans.filter(status=PlanStatus.APPLIED)
    differing = sum(
        (plan.advance_quota, plan.extra_quota) != (plan.session.advance_quota, plan.session.extra_quota)
        for plan in in_force.select_related("session").only(
            "advance_quota", "extra_quota", "session__advance_quota", "session__extra_quota"
        )
    )
    return in_force.count(), plans.filter(status=PlanStatus.PROPOSED).count(), differing


def changes(made: Clinics) -> int:
    """How many changes of quotas are on record."""
    return QuotaChange.objects.filter(hospital=made.hospital).count()


# Three uniform numbers make a draw of variance 1/4: near enough to a Poisson's shape. Departments and doctors differ.
_DRAWN = """
CREATE TEMPORARY TABLE bench_drawn AS
SELECT doctor, department, day, advance, same_day, least(advance, %(quota)s) AS served_advance,
    least(same_day, %(seats)s - least(advance, %(quota)s)) AS served_same_day
FROM (
    SELECT d.id AS doctor, d.department_id AS department,
        %(today)s::date - 1 - (d.id %% 5)::int - 7 * (week - 1) AS day,
        greatest(0, round(mean + sqrt(mean) * 2 * (random() + random() + random() - 1.5)))::int AS advance,
        greatest(0, round(7 + sqrt(7.0) * 2 * (random() + random() + random() - 1.5)))::int AS same_day
    FROM (
        SELECT id, department_id, 11 + department_id %% 5 + 4 * random() AS mean
        FROM hospitals_doctor WHERE hospital_id = %(hospital)s
    ) AS d, generate_series(1, %(past)s) AS week
) AS demand
"""
_COLUMNS = """
INSERT INTO hospitals_clinicsession (hospital_id, department_id, doctor_id, registration_type_id, visit_date, period, starts_at,
    ends_at, releases_at, room, fee_fen, status, is_hot, rated_capacity, advance_quota, extra_quota, is_quota_pinned,
    advance_taken, same_day_taken, extra_taken, withheld, next_number)
"""
_PAST = f"""
{_COLUMNS}
SELECT %(hospital)s, department, doctor, %(kind)s, day, 'am', (day + time '08:00') AT TIME ZONE 'Asia/Shanghai',
    (day + time '12:00') AT TIME ZONE 'Asia/Shanghai', (day - 14 + time '07:00') AT TIME ZONE 'Asia/Shanghai', '', 0, 'closed',
    false, %(seats)s, %(quota)s, 0, false, served_advance, served_same_day, 0, 0, 1
FROM bench_drawn
"""
# From the day on which numbers are not released yet.
_COMING = f"""
{_COLUMNS}
SELECT %(hospital)s, department_id, id, %(kind)s, day, 'am', (day + time '08:00') AT TIME ZONE 'Asia/Shanghai',
    (day + time '12:00') AT TIME ZONE 'Asia/Shanghai', (day - 14 + time '07:00') AT TIME ZONE 'Asia/Shanghai', '', 0, 'active',
    false, %(seats)s, %(quota)s, 0, false, 0, 0, 0, 0, 1
FROM (
    SELECT id, department_id, %(today)s::date - 1 - (id %% 5)::int + 7 * (week + 3) AS day
    FROM hospitals_doctor, generate_series(0, %(coming)s - 1) AS week WHERE hospital_id = %(hospital)s
) AS weekly
"""
# One in seven of the advance numbers is missed and one in sixteen withdrawn late; one in twenty of the day's is missed.
_APPOINTMENTS = """
INSERT INTO booking_appointment (code, hospital_id, session_id, patient_id, department_id, doctor_id, visit_date, channel, status,
    fee_fen, created_at, booked_at, cancelled_at, cancelled_by, cancel_reason, outcome, closed_at, age_at_visit)
SELECT lpad(number || '-' || %(hospital)s, 16, '0'), %(hospital)s, session, %(first_patient)s + person, department,
    doctor, day, CASE WHEN is_advance THEN 'advance' ELSE 'same-day' END,
    CASE WHEN is_late THEN 'cancelled' WHEN is_missed THEN 'noshow' ELSE 'fulfilled' END, 0, %(now)s, %(now)s,
    CASE WHEN is_late THEN begins END, CASE WHEN is_late THEN 'patient' ELSE '' END, '',
    CASE WHEN is_late THEN 'unattended' WHEN is_missed THEN 'missed' ELSE 'fulfilled' END, %(now)s, 40
FROM (
    SELECT s.id AS session, s.id * 64 + n AS number, s.department_id AS department, s.doctor_id AS doctor, s.visit_date AS day,
        s.starts_at AS begins,
        (s.id * 31 + n) %% %(patients)s AS person, n <= s.advance_taken AS is_advance,
        n <= s.advance_taken AND chance >= 14 AND chance < 20 AS is_late,
        chance < CASE WHEN n <= s.advance_taken THEN 14 ELSE 5 END AS is_missed
    FROM hospitals_clinicsession AS s, generate_series(1, s.advance_taken + s.same_day_taken) AS n,
        LATERAL (SELECT (hashint8(s.id * 64 + n) & 1023) %% 100 AS chance) AS drawn
    WHERE s.hospital_id = %(hospital)s AND s.status = 'closed'
        AND s.id BETWEEN %(first_session)s + %(first)s AND %(first_session)s + %(last)s
) AS held
"""
_REFUSALS = """
INSERT INTO booking_refusedattempt (session_id, patient_id, channel, at)
SELECT s.id, %(first_patient)s + (s.id * 31 + 40 + n) %% %(patients)s,
    CASE WHEN n <= d.advance - d.served_advance THEN 'advance' ELSE 'same-day' END, s.releases_at
FROM bench_drawn AS d JOIN hospitals_clinicsession AS s ON s.doctor_id = d.doctor AND s.visit_date = d.day,
    generate_series(1, d.advance - d.served_advance + d.same_day - d.served_same_day) AS n
WHERE (hashint8(s.id * 64 + n) & 1023) %% 3 < 2
"""
