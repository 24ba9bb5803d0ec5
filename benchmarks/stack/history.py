"""A hospital's year of closed appointments, written and counted inside the database. Imported after Django is set up."""

from datetime import datetime, time, timedelta

from django.db import connection

from benchmarks.stack.filling import filling, insert_numbered, show
from benchmarks.stack.world import PEOPLE, people
from booking.models import Channel
from hospitals.models import ClinicSession, Department, Hospital, Period, RegistrationType, SessionStatus
from scoring.models import ScoringRun
from scoring.services.nightly import score_hospital

DAYS = 360


def write(*, patients: int, appointments_each: int, now: datetime) -> int:
    """Writes the history and returns the hospital's id. Every patient has as many appointments; nine in ten went well."""
    hospital = Hospital.objects.create(code="bench", name="测速医院")
    department = Department.objects.create(hospital=hospital, code="bench", name="测速科")
    kind = RegistrationType.objects.create(hospital=hospital, code="free", name="免费号", fee_fen=0)
    today = now.astimezone(hospital.zone).date()
    days = [today - timedelta(days=back) for back in range(1, DAYS + 1)]
    sessions = ClinicSession.objects.bulk_create(
        ClinicSession(
            hospital=hospital,
            department=department,
            registration_type=kind,
            visit_date=day,
            period=Period.WHOLE_DAY,
            starts_at=datetime.combine(day, time(8), tzinfo=hospital.zone),
            ends_at=datetime.combine(day, time(17), tzinfo=hospital.zone),
            releases_at=datetime.combine(day - timedelta(days=15), time(7), tzinfo=hospital.zone),
            fee_fen=0,
            status=SessionStatus.CLOSED,
            rated_capacity=30_000,
            advance_quota=30_000,
        )
        for day in days
    )
    with filling(*PEOPLE, "booking_appointment"):
        show(f"writing {patients:,} people")
        known = people(patients, now)
        insert_numbered(
            "appointments",
            _APPOINTMENTS,
            {
                "hospital": hospital.pk,
                "department": department.pk,
                "sessions": len(sessions),
                "first_session": sessions[0].pk,
                "today": today,
                "first_patient": known.patients.start,
                "patients": patients,
                "channel": str(Channel.ADVANCE),
                "now": now,
            },
            count=patients * appointments_each,
        )
    return hospital.pk


def group_by(hospital_id: int) -> None:
    """Writes the counts of every patient into a table, in one statement."""
    _run("DROP TABLE IF EXISTS bench_counts")
    _run(_GROUP_BY, {"hospital": hospital_id})


def score(hospital_id: int, now: datetime) -> ScoringRun:
    return score_hospital(hospital_id=hospital_id, now=now)


def forget_standings() -> None:
    """Back to before the first night."""
    _run("TRUNCATE booking_standing, booking_paststanding, booking_standingdue, booking_restriction CASCADE")
    ScoringRun.objects.all().delete()


def standings_that_differ(hospital_id: int) -> int:
    """How many patients have other counts in their standing than in the table of `group_by`, or are in one of them only."""
    return _run(_DIFFERENCES, {"hospital": hospital_id}) or 0


def change_one_in_a_hundred(hospital_id: int) -> int:
    """Turns one appointment of every hundredth patient into a miss; returns how many."""
    return _run(_CHANGE, {"hospital": hospital_id}) or 0


def changed_in_last_run(hospital_id: int) -> int:
    return ScoringRun.objects.filter(hospital_id=hospital_id).latest("pk").changed


def _run(statement: str, parameters: dict[str, int] | None = None) -> int | None:
    """The statement's number where it has one."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone() if cursor.description else None
        return int(row[0]) if row else None


# A patient's appointments lie far apart in the table, as a year's do.
_APPOINTMENTS = """
INSERT INTO booking_appointment (code, hospital_id, session_id, patient_id, department_id, visit_date, channel, status, fee_fen,
    created_at, booked_at, cancelled_by, cancel_reason, outcome, closed_at, age_at_visit)
SELECT lpad(n::text, 16, '0'), %(hospital)s, %(first_session)s + day, %(first_patient)s + n %% %(patients)s, %(department)s,
    %(today)s::date - 1 - day, %(channel)s, (ARRAY['fulfilled', 'noshow', 'cancelled', 'noshow'])[kind], 0,
    %(now)s, %(now)s, '', '', (ARRAY['fulfilled', 'unattended', 'cancelled', 'missed'])[kind], %(now)s, 40
FROM (
    SELECT n, (n::bigint * 7919 %% %(sessions)s)::int AS day,
        CASE WHEN chance < 90 THEN 1 WHEN chance < 93 THEN 2 WHEN chance < 97 THEN 3 ELSE 4 END AS kind
    FROM (SELECT n, (hashint8(n) & 1023) %% 100 AS chance FROM generate_series(%(first)s, %(last)s) AS n) AS numbered
) AS drawn
"""
_COUNTS = """
SELECT patient_id, count(*) AS total, count(*) FILTER (WHERE outcome = 'fulfilled') AS fulfilled,
    count(*) FILTER (WHERE outcome = 'unattended') AS unattended, count(*) FILTER (WHERE outcome = 'cancelled') AS cancelled,
    count(*) FILTER (WHERE outcome = 'missed') AS missed
FROM booking_appointment WHERE hospital_id = %(hospital)s AND outcome <> '' GROUP BY patient_id
"""
_GROUP_BY = f"CREATE TABLE bench_counts AS {_COUNTS}"
_DIFFERENCES = """
SELECT count(*) FROM bench_counts AS counted
FULL JOIN (SELECT * FROM booking_standing WHERE hospital_id = %(hospital)s) AS standing USING (patient_id)
WHERE (counted.total, counted.fulfilled, counted.unattended, counted.cancelled, counted.missed)
    IS DISTINCT FROM (standing.total, standing.fulfilled, standing.unattended, standing.cancelled, standing.missed)
"""
_CHANGE = """
WITH changed AS (
    UPDATE booking_appointment SET outcome = 'missed'
    WHERE id IN (
        SELECT min(id) FROM booking_appointment
        WHERE hospital_id = %(hospital)s AND outcome = 'fulfilled' AND (hashint8(patient_id) & 1023) < 10 GROUP BY patient_id
    ) RETURNING 1
) SELECT count(*) FROM changed
"""
