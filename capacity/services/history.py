"""What past sessions say about demand and no-shows: one row a session, counted inside the database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Self

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from booking.models import Appointment, AppointmentStatus, Channel, Outcome, RefusedAttempt
from hospitals.models import ClinicSession, Hospital, Period, SessionStatus

# A clinic is what recurs and gets quotas of its own: a doctor's (or department's) weekday and half day.
ClinicKey = tuple[int, int | None, int, str]

PERIODS = [str(period) for period in Period]
# A hospital's year becomes arrays in parts of this many sessions, so that it never lies in memory as Python objects.
ROWS_AT_ONCE = 20_000
WORKING_MEMORY = "256MB"
# Stands for the doctor of a department's own sessions.
NO_DOCTOR = 0


@dataclass(frozen=True, slots=True)
class PastSession:
    """One closed session: who wanted it, who came.

    A patient counts once a session, with the kind of number that they asked for first. `*_wanted` got one, those who withdrew
    included: they were demand. `*_refused` found the session full and got none of that kind, whether they tried to book, joined
    the waitlist, or both; whoever the waitlist served counts as wanted only. `*_visits` are appointments that were held to the
    end, `*_missed` those of them to which nobody came, late withdrawals included: their seat was lost.
    """

    clinic: ClinicKey
    visit_date: date
    advance_wanted: int
    same_day_wanted: int
    advance_sold_out: bool
    same_day_sold_out: bool
    advance_refused: int
    same_day_refused: int
    advance_visits: int
    same_day_visits: int
    advance_missed: int
    same_day_missed: int


COUNTS = tuple(field.name for field in fields(PastSession) if field.name not in ("clinic", "visit_date"))


@dataclass(frozen=True, slots=True)
class History:
    """Past sessions as columns: `clinics` are the different clinics in order; `whose` (sessions,) is each session's place among
    them, `days` its visit date, and `counts[name]` the fields of PastSession by name (0 and 1 where those are booleans)."""

    clinics: tuple[ClinicKey, ...]
    whose: NDArray[np.int64]
    days: NDArray[np.datetime64]
    counts: dict[str, NDArray[np.int64]]

    @classmethod
    def of(cls, sessions: Iterable[PastSession]) -> Self:
        """The same from rows."""
        rows = list(sessions)
        clinics = sorted({row.clinic for row in rows}, key=_in_order)
        place = {clinic: i for i, clinic in enumerate(clinics)}
        return cls(
            clinics=tuple(clinics),
            whose=np.array([place[row.clinic] for row in rows], dtype=np.int64),
            days=np.array([row.visit_date for row in rows], dtype="datetime64[D]"),
            counts={name: np.array([getattr(row, name) for row in rows], dtype=np.int64) for name in COUNTS},
        )

    def __len__(self) -> int:
        return self.whose.size

    def __iter__(self) -> Iterator[PastSession]:
        """One row a session, for those who look at a few."""
        columns = [self.counts[name].tolist() for name in COUNTS]
        for clinic, day, *values in zip(self.whose.tolist(), self.days.tolist(), *columns, strict=True):
            row = dict(zip(COUNTS, values, strict=True))
            row["advance_sold_out"], row["same_day_sold_out"] = bool(row["advance_sold_out"]), bool(row["same_day_sold_out"])
            yield PastSession(clinic=self.clinics[clinic], visit_date=day, **row)

    @property
    def until(self) -> date | None:
        """The day of the latest session."""
        return self.days.max().item() if self.days.size else None


def past_sessions(*, hospital: Hospital, before: date, days: int) -> History:
    """The closed sessions of the last `days` days that are known, up to `before` (exclusive).

    The window ends with the latest closed session, not with today: a hospital whose history was imported from years ago
    still has a last year to learn from.
    """
    closed = ClinicSession.objects.filter(hospital=hospital, status=SessionStatus.CLOSED, visit_date__lt=before)
    latest = closed.order_by("-visit_date").values_list("visit_date", flat=True).first()
    if latest is None:
        return History.of([])
    window = {"hospital": hospital.pk, "after": latest - timedelta(days=days), "before": before, "zone": hospital.time_zone}
    rows = np.concatenate([np.empty((0, len(_COLUMNS)), dtype=np.int64), *_read(window)])
    return _history(dict(zip(_COLUMNS, rows.T, strict=True)))


def _read(window: dict[str, Any]) -> Iterator[NDArray[np.int64]]:
    """The rows of the statement below, in parts. No cursor on the server: for one of those no query runs in parallel."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Until the transaction ends: a large hospital's year is counted in memory, not by way of files.
        cursor.execute("SELECT set_config('work_mem', %s, true)", [WORKING_MEMORY])
        cursor.execute(_SESSIONS, _VALUES | window)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield np.array(rows, dtype=np.int64)


def _history(columns: dict[str, NDArray[np.int64]]) -> History:
    key = np.stack([columns[name] for name in ("department", "doctor", "weekday", "period")], axis=1)
    different, whose = np.unique(key, axis=0, return_inverse=True)
    return History(
        clinics=tuple(
            (department, None if doctor == NO_DOCTOR else doctor, weekday, PERIODS[period - 1])
            for department, doctor, weekday, period in different.tolist()
        ),
        whose=whose.reshape(-1).astype(np.int64),
        days=columns["day"].astype("datetime64[D]"),
        counts={name: columns[name] for name in COUNTS},
    )


def _in_order(clinic: ClinicKey) -> tuple[int, int, int, int]:
    department, doctor, weekday, period = clinic
    return department, doctor or NO_DOCTOR, weekday, PERIODS.index(period)


_COLUMNS = ("department", "doctor", "weekday", "period", "day", *COUNTS)
_VALUES: dict[str, Any] = {
    "closed": str(SessionStatus.CLOSED),
    "periods": PERIODS,
    "no_doctor": NO_DOCTOR,
    "advance": str(Channel.ADVANCE),
    "withdrawn": str(AppointmentStatus.CANCELLED),
    "counted": [str(outcome) for outcome in Outcome if outcome != Outcome.VOID],
    "visits": [str(outcome) for outcome in (Outcome.FULFILLED, Outcome.MISSED, Outcome.UNATTENDED)],
    "missed": [str(outcome) for outcome in (Outcome.MISSED, Outcome.UNATTENDED)],
}

# `asked`: whoever asked more than once can only be among those who were refused or withdrew, which are few. What they asked for
# later than that is not counted again; what they asked for before a refusal says that they were served.
#
# Whether the advance numbers ran out is told by the seats that were held when the visit day began: what is given up on the
# day itself goes to those who come on the day. An imported session's quotas are only what was taken: nobody knows whether it was
# full. A refusal always means that it was (booking notes none while there is a seat).
_SESSIONS = f"""
WITH past AS (
    SELECT id, department_id, doctor_id, visit_date, period, advance_taken, advance_quota, withheld,
        advance_taken + same_day_taken + extra_taken >= rated_capacity + extra_quota AS is_full,
        visit_date::timestamp AT TIME ZONE %(zone)s AS day_begins
    FROM {ClinicSession._meta.db_table}
    WHERE hospital_id = %(hospital)s AND status = %(closed)s AND visit_date > %(after)s AND visit_date < %(before)s
), asked AS (
    SELECT session_id, patient_id, bool_or(refused_advance) AS refused_advance, bool_or(refused) AS refused,
        min(withdrawn) AS withdrawn
    FROM (
        SELECT r.session_id, r.patient_id, r.channel = %(advance)s AS refused_advance, true AS refused, NULL::bigint AS withdrawn
        FROM {RefusedAttempt._meta.db_table} AS r JOIN past ON past.id = r.session_id
        UNION ALL
        SELECT a.session_id, a.patient_id, false, false, a.id
        FROM {Appointment._meta.db_table} AS a JOIN past ON past.id = a.session_id
        WHERE a.status = %(withdrawn)s AND a.outcome = ANY(%(counted)s)
    ) AS wishes
    GROUP BY session_id, patient_id
), got AS (
    SELECT a.session_id, count(*) FILTER (WHERE a.import_key IS NOT NULL) AS imported,
        count(*) FILTER (WHERE is_advance AND is_first) AS advance_wanted,
        count(*) FILTER (WHERE NOT is_advance AND is_first AND asked.refused_advance IS NOT TRUE) AS same_day_wanted,
        count(*) FILTER (WHERE is_advance AND is_first AND asked.refused_advance) AS advance_served,
        count(*) FILTER (WHERE is_first AND asked.refused AND NOT asked.refused_advance) AS same_day_served,
        count(*) FILTER (WHERE is_advance AND (a.cancelled_at IS NULL OR a.cancelled_at >= past.day_begins)) AS advance_held,
        count(*) FILTER (WHERE is_advance AND a.outcome = ANY(%(visits)s)) AS advance_visits,
        count(*) FILTER (WHERE NOT is_advance AND a.outcome = ANY(%(visits)s)) AS same_day_visits,
        count(*) FILTER (WHERE is_advance AND a.outcome = ANY(%(missed)s)) AS advance_missed,
        count(*) FILTER (WHERE NOT is_advance AND a.outcome = ANY(%(missed)s)) AS same_day_missed
    FROM {Appointment._meta.db_table} AS a JOIN past ON past.id = a.session_id
    LEFT JOIN asked ON asked.session_id = a.session_id AND asked.patient_id = a.patient_id
    CROSS JOIN LATERAL (
        SELECT a.channel = %(advance)s AS is_advance, asked.withdrawn IS NULL OR asked.withdrawn >= a.id AS is_first
    ) AS this
    WHERE a.outcome = ANY(%(counted)s)
    GROUP BY a.session_id
), refused AS (
    SELECT session_id, count(*) FILTER (WHERE refused_advance) AS advance, count(*) FILTER (WHERE NOT refused_advance) AS same_day
    FROM asked WHERE refused GROUP BY session_id
)
SELECT past.department_id AS department, coalesce(past.doctor_id, %(no_doctor)s) AS doctor,
    extract(isodow FROM past.visit_date)::int AS weekday, array_position(%(periods)s, past.period::text) AS period,
    past.visit_date - date '1970-01-01' AS day,
    coalesce(got.advance_wanted, 0), coalesce(got.same_day_wanted, 0),
    (coalesce(refused.advance, 0) > 0 OR coalesce(got.imported, 0) = 0
        AND greatest(past.advance_taken, coalesce(got.advance_held, 0)) + past.withheld >= past.advance_quota)::int,
    (coalesce(refused.same_day, 0) > 0 OR coalesce(got.imported, 0) = 0 AND past.is_full)::int,
    coalesce(refused.advance - coalesce(got.advance_served, 0), 0),
    coalesce(refused.same_day - coalesce(got.same_day_served, 0), 0),
    coalesce(got.advance_visits, 0), coalesce(got.same_day_visits, 0),
    coalesce(got.advance_missed, 0), coalesce(got.same_day_missed, 0)
FROM past LEFT JOIN got ON got.session_id = past.id LEFT JOIN refused ON refused.session_id = past.id
ORDER BY past.visit_date, past.id
"""
