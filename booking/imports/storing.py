"""From the staged rows to departments, patients, closed sessions, appointments and their events, each in one statement."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.db.backends.utils import CursorWrapper

from accounts.errors import Refusal
from accounts.models import Patient
from booking.imports.set_based import insert_select
from booking.imports.staging import TABLE
from booking.models import (
    SEATED_STATUSES,
    ActorKind,
    Appointment,
    AppointmentEvent,
    CancelledBy,
    Channel,
    EventKind,
    Outcome,
)
from hospitals.models import ClinicSession, Department, Hospital, HospitalPatient, Period, RegistrationType, SessionStatus

PATIENT_NAME = "导入患者"
# Open, so that a hospital whose only type it is can lay out templates and see plans before it has set up its own.
REGISTRATION_TYPE = {"code": "history-import", "name": "历史导入", "fee_fen": 0}
# A session counts its seats in a smallint.
MOST_SEATS = 32_767


class SessionTaken(Refusal):
    """Where the day's history belongs there is a session already that is no import."""


class TooManySeats(Refusal):
    """One department has more appointments on one day than a session can count."""


@dataclass(frozen=True, slots=True)
class Stored:
    """How many rows were added, by kind."""

    appointments: int
    patients: int
    sessions: int


def store_staged(cursor: CursorWrapper, *, hospital: Hospital, source: PurePath, now: datetime) -> Stored:
    """Store every staged row. Raises SessionTaken or TooManySeats."""
    kind, _ = RegistrationType.objects.get_or_create(
        hospital=hospital,
        code=REGISTRATION_TYPE["code"],
        defaults=REGISTRATION_TYPE,
    )
    values = {
        "hospital": hospital.pk,
        "zone": hospital.time_zone,
        "kind": kind.pk,
        "now": now,
        "file": source.name,
        "patient_name": PATIENT_NAME,
        "seated": list(SEATED_STATUSES),
        "most_seats": MOST_SEATS,
    } | {member.name.lower(): str(member) for member in (*Channel, Outcome.CANCELLED)}
    _departments(cursor, values)
    patients = _patients(cursor, values)
    sessions = _sessions(cursor, values)
    stored = Stored(_appointments(cursor, values), patients, sessions)
    for model in (Patient, HospitalPatient, ClinicSession, Appointment):
        # Until the server counts them again it plans for the tables as they were before, and the first scoring is slow.
        cursor.execute(f"ANALYZE {model._meta.db_table}")
    return stored


def _temporary(cursor: CursorWrapper, name: str, query: str, values: dict[str, Any]) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}", values)
    cursor.execute(f"ANALYZE {name}")


def _departments(cursor: CursorWrapper, values: dict[str, Any]) -> None:
    """A department is the hospital's one with that code, else with that name, else a new one."""
    table = Department._meta.db_table
    insert_select(
        cursor,
        Department,
        {"hospital": "%(hospital)s", "code": "named.department", "name": "named.department"},
        f"""
        FROM (SELECT DISTINCT department FROM {TABLE}) AS named
        WHERE NOT EXISTS (
            SELECT FROM {table} AS known
            WHERE known.hospital_id = %(hospital)s AND named.department IN (known.code, known.name)
        )
        ORDER BY named.department
        """,
        values,
    )
    _temporary(
        cursor,
        "import_department",
        f"""
        SELECT DISTINCT ON (named.department) named.department AS name, known.id
        FROM (SELECT DISTINCT department FROM {TABLE}) AS named
        JOIN {table} AS known ON known.hospital_id = %(hospital)s AND named.department IN (known.code, known.name)
        ORDER BY named.department, known.code = named.department DESC, known.id
        """,
        values,
    )


def _patients(cursor: CursorWrapper, values: dict[str, Any]) -> int:
    """A patient is whom the hospital knows by that number; the others are new, without name and document."""
    _temporary(
        cursor,
        "import_patient",
        f"""
        SELECT card.record_number, card.sex, known.id IS NULL AS is_new,
            coalesce(known.patient_id, nextval(pg_get_serial_sequence('{Patient._meta.db_table}', 'id'))) AS id
        FROM (
            SELECT record_number,
                (array_agg(sex ORDER BY sex = 'unknown', visit_date DESC, line DESC))[1] AS sex
            FROM {TABLE} GROUP BY record_number
        ) AS card
        LEFT JOIN {HospitalPatient._meta.db_table} AS known
            ON known.hospital_id = %(hospital)s AND known.record_number = card.record_number
        """,
        values,
    )
    new = "FROM import_patient AS card WHERE card.is_new ORDER BY card.id"
    insert_select(
        cursor,
        Patient,
        {"id": "card.id", "name": "%(patient_name)s", "sex": "card.sex", "created_at": "%(now)s"},
        new,
        values,
    )
    return insert_select(
        cursor,
        HospitalPatient,
        {"hospital": "%(hospital)s", "patient": "card.id", "record_number": "card.record_number"},
        new,
        values,
    )


def _sessions(cursor: CursorWrapper, values: dict[str, Any]) -> int:
    """One closed session per department, doctor and day, from midnight to midnight: a file of visits tells no hours.

    Its quotas are what was taken. Rows of a later file for the same day are added to the session of the earlier one.
    """
    session = ClinicSession._meta.db_table
    _temporary(
        cursor,
        "import_session",
        f"""
        SELECT day.*, known.id IS NULL AS is_new, known.registration_type_id <> %(kind)s AS is_other,
            coalesce(known.rated_capacity, 0) + day.advance + day.same_day > %(most_seats)s
                OR coalesce(known.extra_quota, 0) + day.extra > %(most_seats)s AS is_too_large,
            coalesce(known.id, nextval(pg_get_serial_sequence('{session}', 'id'))) AS id
        FROM (
            SELECT department.id AS department_id, staged.doctor_id, staged.visit_date,
                staged.visit_date::timestamp AT TIME ZONE %(zone)s AS starts_at,
                (staged.visit_date + 1)::timestamp AT TIME ZONE %(zone)s AS ends_at,
                min(staged.created_at) AS first_created_at,
                count(*) FILTER (WHERE staged.status = ANY(%(seated)s) AND staged.channel = %(advance)s) AS advance,
                count(*) FILTER (WHERE staged.status = ANY(%(seated)s) AND staged.channel = %(same_day)s) AS same_day,
                count(*) FILTER (WHERE staged.status = ANY(%(seated)s) AND staged.channel = %(extra)s) AS extra
            FROM {TABLE} AS staged JOIN import_department AS department ON department.name = staged.department
            GROUP BY 1, 2, 3
            ORDER BY 3, 1, 2
        ) AS day
        LEFT JOIN {session} AS known ON known.department_id = day.department_id AND known.visit_date = day.visit_date
            AND known.doctor_id IS NOT DISTINCT FROM day.doctor_id AND known.starts_at = day.starts_at
        """,
        values,
    )
    _refuse_impossible_sessions(cursor)
    cursor.execute(
        f"""
        UPDATE {session} AS session SET
            rated_capacity = session.rated_capacity + day.advance + day.same_day,
            advance_quota = session.advance_quota + day.advance, advance_taken = session.advance_taken + day.advance,
            same_day_taken = session.same_day_taken + day.same_day,
            extra_quota = session.extra_quota + day.extra, extra_taken = session.extra_taken + day.extra,
            releases_at = least(session.releases_at, day.first_created_at)
        FROM import_session AS day WHERE session.id = day.id
        """
    )
    same_names = ("id", "visit_date", "starts_at", "ends_at")
    return insert_select(
        cursor,
        ClinicSession,
        {name: f"day.{name}" for name in same_names}
        | {
            "hospital": "%(hospital)s",
            "department": "day.department_id",
            "doctor": "day.doctor_id",
            "registration_type": "%(kind)s",
            "releases_at": "least(day.first_created_at, day.starts_at)",
            "fee_fen": "0",
            "period": f"'{Period.WHOLE_DAY}'",
            "status": f"'{SessionStatus.CLOSED}'",
            "rated_capacity": "day.advance + day.same_day",
            "advance_quota": "day.advance",
            "advance_taken": "day.advance",
            "same_day_taken": "day.same_day",
            "extra_quota": "day.extra",
            "extra_taken": "day.extra",
        },
        "FROM import_session AS day WHERE day.is_new ORDER BY day.id",
        values,
    )


def _refuse_impossible_sessions(cursor: CursorWrapper) -> None:
    cursor.execute(
        """
        SELECT department.name, day.visit_date, coalesce(day.is_other, false)
        FROM import_session AS day JOIN import_department AS department ON department.id = day.department_id
        WHERE day.is_other OR day.is_too_large ORDER BY 2, 1 LIMIT 1
        """
    )
    if found := cursor.fetchone():
        department, visit_date, is_other = found
        raise (SessionTaken if is_other else TooManySeats)(department=department, visit_date=visit_date)


def _appointments(cursor: CursorWrapper, values: dict[str, Any]) -> int:
    _temporary(
        cursor,
        "import_appointment",
        f"""
        SELECT nextval(pg_get_serial_sequence('{Appointment._meta.db_table}', 'id')) AS id, staged.*,
            patient.id AS patient_id, department.id AS department_id, day.id AS session_id, day.ends_at
        FROM {TABLE} AS staged
        JOIN import_patient AS patient ON patient.record_number = staged.record_number
        JOIN import_department AS department ON department.name = staged.department
        -- Compared by a number that no doctor has where there is none: on NULLs no hash join is possible.
        JOIN import_session AS day ON day.department_id = department.id AND day.visit_date = staged.visit_date
            AND coalesce(day.doctor_id, 0) = coalesce(staged.doctor_id, 0)
        """,
        values,
    )
    same_names = ("id", "code", "visit_date", "channel", "status", "outcome", "import_key", "created_at")
    added = insert_select(
        cursor,
        Appointment,
        {name: f"past.{name}" for name in same_names}
        | {
            "hospital": "%(hospital)s",
            "doctor": "past.doctor_id",
            "session": "past.session_id",
            "patient": "past.patient_id",
            "department": "past.department_id",
            "fee_fen": "0",
            "booked_at": "past.created_at",
            "cancelled_by": f"CASE WHEN past.outcome = %(cancelled)s THEN '{CancelledBy.PATIENT}' ELSE '' END",
            "closed_at": "least(past.ends_at, %(now)s)",
            "age_at_visit": "past.age",
        },
        "FROM import_appointment AS past ORDER BY past.id",
        values,
    )
    insert_select(
        cursor,
        AppointmentEvent,
        {
            "appointment": "past.id",
            "hospital": "%(hospital)s",
            "kind": f"'{EventKind.IMPORTED}'",
            "at": "%(now)s",
            "actor_kind": f"'{ActorKind.SYSTEM}'",
            "to_status": "past.status",
            "detail": "jsonb_strip_nulls(jsonb_build_object("
            "'file', %(file)s::text, 'line', past.line, 'booked_at', past.booked_as))",
        },
        "FROM import_appointment AS past ORDER BY past.id",
        values,
    )
    return added
