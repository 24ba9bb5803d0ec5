"""A hospital with very many sessions: 100 departments of 10 doctors, two half days a day, from today on.

Imported after Django is set up. Rows are made set-based.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.stack import CannotMeasure
from hospitals.models import BookingPolicy, Department, Doctor, DoctorTitle, Hospital, RegistrationType

DEPARTMENTS, DOCTORS, HALF_DAYS, WINDOWS, SEATS = 100, 10, 2, 8, 20
DAYS_OF_A_WEEK = 7


class Calendar:
    """Makes the rows; `slots` is how many windows there are at least. Every third session is sold out."""

    def __init__(self, now: datetime, *, slots: int) -> None:
        days = -(-slots // (DEPARTMENTS * DOCTORS * HALF_DAYS * WINDOWS))
        hospital = Hospital.objects.create(code="bench", name="测速医院")
        BookingPolicy.objects.create(hospital=hospital, version=1, valid_from=now - timedelta(days=30))
        kind = RegistrationType.objects.create(hospital=hospital, code="free", name="免费号", fee_fen=0)
        departments = Department.objects.bulk_create(
            Department(hospital=hospital, code=f"K{n}", name=f"测速{n}科") for n in range(DEPARTMENTS)
        )
        Doctor.objects.bulk_create(
            Doctor(hospital=hospital, department=department, code=f"D{department.pk}-{n}", name="医生", title=DoctorTitle.CHIEF)
            for department in departments
            for n in range(DOCTORS)
        )
        today = now.astimezone(hospital.zone).date()
        values: dict[str, Any] = {
            "hospital": hospital.pk,
            "kind": kind.pk,
            "now": now,
            "first": today,
            "days": days,
            "seats": SEATS,
        }
        with connection.cursor() as cursor:
            cursor.execute(_SESSIONS, values)
            cursor.execute(_SLOTS, {"windows": WINDOWS})
            self.slots = cursor.rowcount
            cursor.execute("ANALYZE")
        self.sessions_of_week = DOCTORS * HALF_DAYS * DAYS_OF_A_WEEK
        # From tomorrow: none of the week's sessions is over, however late it is.
        self.days_path = f"/api/v1/departments/{departments[DEPARTMENTS // 2].pk}/availability?from={today + timedelta(days=1)}"
        self.row_path = f"/api/v1/hospitals/{hospital.code}"


def queries_of(path: str) -> int:
    """How many statements an answer takes, once everything that is read once a process has been."""
    logging.getLogger("django.request").setLevel(logging.ERROR)
    client = Client(headers={"host": "127.0.0.1"})
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    if answer.status_code != 200:
        raise CannotMeasure(f"{path} was answered {answer.status_code}")
    return len(queries)


_SESSIONS = """
INSERT INTO hospitals_clinicsession (hospital_id, department_id, doctor_id, registration_type_id, visit_date, period, starts_at,
    ends_at, releases_at, room, fee_fen, status, is_hot, rated_capacity, advance_quota, extra_quota, is_quota_pinned,
    advance_taken, same_day_taken, extra_taken, withheld, next_number)
SELECT %(hospital)s, d.department_id, d.id, %(kind)s, %(first)s::date + day, CASE half WHEN 0 THEN 'am' ELSE 'pm' END,
    (%(first)s::date + day + CASE half WHEN 0 THEN time '08:00' ELSE time '13:30' END) AT TIME ZONE 'Asia/Shanghai',
    (%(first)s::date + day + CASE half WHEN 0 THEN time '12:00' ELSE time '17:30' END) AT TIME ZONE 'Asia/Shanghai',
    %(now)s::timestamptz - interval '1 hour', '', 0, 'active', false, %(seats)s, %(seats)s, 0, false,
    CASE (d.id + day + half) %% 3 WHEN 0 THEN %(seats)s ELSE 5 END, 0, 0, 0, 1
FROM hospitals_doctor AS d, generate_series(0, %(days)s - 1) AS day, generate_series(0, 1) AS half
"""
_SLOTS = """
INSERT INTO hospitals_slot (hospital_id, session_id, starts_at, ends_at, capacity, taken, withheld, extra_taken)
SELECT hospital_id, id, starts_at + n * interval '30 minutes', starts_at + (n + 1) * interval '30 minutes', 3, 0, 0, 0
FROM hospitals_clinicsession, generate_series(0, %(windows)s - 1) AS n
"""
