"""Count a hospital's closed appointments by month, department and doctor into MonthlyIndicator, inside the database."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Max, Min

from booking.models import Appointment, Outcome
from hospitals.models import Hospital
from scoring.models import MonthDue, MonthlyIndicator
from scoring.months import first_of_month, months_back, months_between

# A chain of moves counts once, by its last link: the earlier ones are void and are not even counted as such. Sessions without a
# doctor belong to their department's total only, so the finer groups without a doctor are left out. The rows are written in one
# order, and only where a number is another one than before.
COUNT = f"""
    WITH counted AS (
        SELECT due.month, a.department_id, a.doctor_id,
               count(*) FILTER (WHERE a.outcome <> '{Outcome.VOID}') AS total,
               count(*) FILTER (WHERE a.outcome = '{Outcome.FULFILLED}') AS fulfilled,
               count(*) FILTER (WHERE a.outcome = '{Outcome.UNATTENDED}') AS unattended,
               count(*) FILTER (WHERE a.outcome = '{Outcome.CANCELLED}') AS cancelled,
               count(*) FILTER (WHERE a.outcome = '{Outcome.MISSED}') AS missed,
               count(*) FILTER (WHERE a.outcome = '{Outcome.VOID}') AS void
        FROM unnest(%(months)s::date[]) AS due (month)
        JOIN {Appointment._meta.db_table} AS a
          ON a.hospital_id = %(hospital)s AND a.outcome <> ''
         AND a.visit_date >= due.month AND a.visit_date < (due.month + interval '1 month')::date AND a.visit_date <= %(as_of)s
        WHERE a.outcome <> '{Outcome.VOID}'
           OR NOT EXISTS (SELECT FROM {Appointment._meta.db_table} AS later WHERE later.rescheduled_from_id = a.id)
        GROUP BY GROUPING SETS ((due.month, a.department_id), (due.month, a.department_id, a.doctor_id))
        HAVING grouping(a.doctor_id) = 1 OR a.doctor_id IS NOT NULL
    ), gone AS (
        DELETE FROM {MonthlyIndicator._meta.db_table} AS old
        WHERE old.hospital_id = %(hospital)s AND old.month = ANY(%(months)s::date[]) AND NOT EXISTS (
            SELECT FROM counted WHERE counted.month = old.month AND counted.department_id = old.department_id
               AND counted.doctor_id IS NOT DISTINCT FROM old.doctor_id)
        RETURNING 1
    ), written AS (
        INSERT INTO {MonthlyIndicator._meta.db_table} AS kept
            (hospital_id, month, department_id, doctor_id, total, fulfilled, unattended, cancelled, missed, void, counted_at)
        SELECT %(hospital)s, month, department_id, doctor_id, total, fulfilled, unattended, cancelled, missed, void, %(now)s
        FROM counted ORDER BY month, department_id, doctor_id
        ON CONFLICT (hospital_id, month, department_id, doctor_id) DO UPDATE SET
            total = excluded.total, fulfilled = excluded.fulfilled, unattended = excluded.unattended,
            cancelled = excluded.cancelled, missed = excluded.missed, void = excluded.void, counted_at = excluded.counted_at
        WHERE (kept.total, kept.fulfilled, kept.unattended, kept.cancelled, kept.missed, kept.void)
            IS DISTINCT FROM (excluded.total, excluded.fulfilled, excluded.unattended, excluded.cancelled, excluded.missed,
                              excluded.void)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM gone)
"""


@dataclass(frozen=True, slots=True)
class IndicatorsCounted:
    """What one count did: the months it looked at, in order, and how many rows it wrote and removed."""

    months: tuple[date, ...]
    written: int
    removed: int


def count_indicators(*, hospital_id: int, now: datetime) -> IndicatorsCounted:
    """Bring the hospital's indicators up to date with its closed appointments of visits until today.

    Counted anew are the months noted as due, this month and the one before, and whatever lies between the last counted month and
    now; for a hospital that has none yet, all. Run twice, the second time changes nothing. Raises Hospital.DoesNotExist.
    """
    hospital = Hospital.objects.get(pk=hospital_id)
    as_of = now.astimezone(hospital.zone).date()
    with transaction.atomic():
        # One count a hospital at a time. Booking does not wait for this lock: it only refers to the row.
        Hospital.objects.select_for_update(no_key=True, of=("self",)).get(pk=hospital_id)
        # Taken before the count begins: an outcome that changes from here on notes its month again.
        due = _take_due(hospital_id)
        months = tuple(sorted({*due, *_months_to_count(hospital_id=hospital_id, as_of=as_of)}))
        with connection.cursor() as cursor:
            cursor.execute(COUNT, {"hospital": hospital_id, "months": list(months), "as_of": as_of, "now": now})
            written, removed = cursor.fetchone()
    return IndicatorsCounted(months=months, written=written, removed=removed)


def note_months_due(*, hospital_id: int, months: Collection[date]) -> None:
    """Have the months of these days counted anew by the next count. Called in the transaction that has seen the outcomes change.

    A row that is there already is locked none the less: a count that is about to take it waits for the change that it stands for.
    """
    due = sorted({first_of_month(day) for day in months})
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {MonthDue._meta.db_table} (hospital_id, month) SELECT %s, unnest(%s::date[])
            ON CONFLICT (hospital_id, month) DO UPDATE SET month = excluded.month
            """,
            [hospital_id, due],
        )


def _take_due(hospital_id: int) -> Collection[date]:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {MonthDue._meta.db_table} WHERE hospital_id = %s RETURNING month", [hospital_id])
        return {first_of_month(month) for (month,) in cursor.fetchall()}


def _months_to_count(*, hospital_id: int, as_of: date) -> list[date]:
    """From the month before this one, from the last counted one where nights were missed, or from the first visit of all."""
    counted = MonthlyIndicator.objects.filter(hospital_id=hospital_id).aggregate(last=Max("month"))["last"]
    this = first_of_month(as_of)
    before = months_back(this, 1)
    if counted is None:
        closed = Appointment.objects.filter(hospital_id=hospital_id).exclude(outcome="")
        first = closed.aggregate(first=Min("visit_date"))["first"]
        counted = first_of_month(first) if first else before
    return months_between(min(counted, before), this)
