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

    A patient counts once a session, with the kind of number that they asked for first. `*_wanted` got one and kept it: who
    withdrew in time gave the seat back, and whoever took it is counted; where nobody did, nobody wanted it. `*_refused` found the
    session full and got none of that kind, whether they tried to book, joined the waitlist, or both; whoever the waitlist served
    is not among them. `*_visits` are appointments that were held to the end, `*_missed` those of them to which nobody came, late
    withdrawals included: their seat was lost.
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
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
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
    "same_day": str(Channel.SAME_DAY),
    "withdrawn": str(AppointmentStatus.CANCELLED),
    "late": str(Outcome.UNATTENDED),
    "counted": [str(outcome) for outcome in Outcome if outcome != Outcome.VOID],
    "visits": [str(outcome) for outcome in (Outcome.FULFILLED, Outcome.MISSED, Outcome.UNATTENDED)],
    "missed": [str(outcome) for outcome in (Outcome.MISSED, Outcome.UNATTENDED)],
}

# Whoever asked more than once can only be among those who were refused or withdrew, which are few. Of a patient who withdrew in
# time only what they got afterwards counts; what they asked for after they withdrew late is not counted again, nor what they got
# on the day after they were refused in advance. A refusal in advance of somebody who ever had a number is none, nor on the day
# that of somebody who had one then.
#
# Whether the advance numbers ran out is told by the seats that were held when the visit day began: what is given up on the
# day itself goes to those who come on the day. An imported session's quotas are only what was taken: nobody knows whether it was
# full. A refusal always means that it was (booking notes none while there is a seat).
#
# Each part is filtered by itself and none is named twice (no CTE), so that the database may share the work among its processes.
_IN_TIME = "{0}.hospital_id = %(hospital)s AND {0}.visit_date > %(after)s AND {0}.visit_date < %(before)s"
_REFUSED = f"""(
    SELECT r.session_id, r.patient_id FROM {RefusedAttempt._meta.db_table} AS r
    JOIN {ClinicSession._meta.db_table} AS s ON s.id = r.session_id
    WHERE {_IN_TIME.format("s")} AND r.channel {{}}
)"""
_REFUSED_ADVANCE, _REFUSED_ON_THE_DAY = _REFUSED.format("= %(advance)s"), _REFUSED.format("= %(same_day)s")
_WITHDRAWN = f"""(
    SELECT a.session_id, a.patient_id, min(a.id) AS id, min(a.id) FILTER (WHERE a.outcome = %(late)s) AS late_id
    FROM {Appointment._meta.db_table} AS a
    WHERE {_IN_TIME.format("a")} AND a.status = %(withdrawn)s AND a.outcome = ANY(%(counted)s)
    GROUP BY a.session_id, a.patient_id
)"""
_GOT = f"""(
    SELECT a.session_id, count(*) FILTER (WHERE a.import_key IS NOT NULL) AS imported,
        count(*) FILTER (WHERE is_advance AND is_held) AS advance_wanted,
        count(*) FILTER (WHERE NOT is_advance AND is_held AND NOT was_refused_advance) AS same_day_wanted,
        count(*) FILTER (WHERE is_advance AND is_first AND was_refused_advance) AS advance_served,
        count(*) FILTER (WHERE is_held AND refused_day.patient_id IS NOT NULL AND NOT was_refused_advance) AS same_day_served,
        count(*) FILTER (
            WHERE is_advance AND (a.cancelled_at IS NULL OR a.cancelled_at >= a.visit_date::timestamp AT TIME ZONE %(zone)s)
        ) AS advance_held,
        count(*) FILTER (WHERE is_advance AND a.outcome = ANY(%(visits)s)) AS advance_visits,
        count(*) FILTER (WHERE NOT is_advance AND a.outcome = ANY(%(visits)s)) AS same_day_visits,
        count(*) FILTER (WHERE is_advance AND a.outcome = ANY(%(missed)s)) AS advance_missed,
        count(*) FILTER (WHERE NOT is_advance AND a.outcome = ANY(%(missed)s)) AS same_day_missed
    FROM {Appointment._meta.db_table} AS a
    LEFT JOIN {_REFUSED_ADVANCE} AS refused_advance
        ON refused_advance.session_id = a.session_id AND refused_advance.patient_id = a.patient_id
    LEFT JOIN {_REFUSED_ON_THE_DAY} AS refused_day
        ON refused_day.session_id = a.session_id AND refused_day.patient_id = a.patient_id
    LEFT JOIN {_WITHDRAWN} AS withdrawn ON withdrawn.session_id = a.session_id AND withdrawn.patient_id = a.patient_id
    CROSS JOIN LATERAL (
        SELECT a.channel = %(advance)s AS is_advance, withdrawn.id IS NULL OR withdrawn.id >= a.id AS is_first,
            a.outcome = ANY(%(visits)s) AND (withdrawn.late_id IS NULL OR withdrawn.late_id >= a.id) AS is_held,
            refused_advance.patient_id IS NOT NULL AS was_refused_advance
    ) AS this
    WHERE {_IN_TIME.format("a")} AND a.outcome = ANY(%(counted)s)
    GROUP BY a.session_id
)"""
_TURNED_AWAY = f"""(
    SELECT session_id, count(*) FILTER (WHERE in_advance) AS advance, count(*) FILTER (WHERE NOT in_advance) AS same_day
    FROM (
        SELECT r.session_id, r.patient_id, bool_or(r.channel = %(advance)s) AS in_advance
        FROM {RefusedAttempt._meta.db_table} AS r JOIN {ClinicSession._meta.db_table} AS s ON s.id = r.session_id
        WHERE {_IN_TIME.format("s")} GROUP BY r.session_id, r.patient_id
    ) AS patients
    GROUP BY session_id
)"""
_SESSIONS = f"""
SELECT past.department_id AS department, coalesce(past.doctor_id, %(no_doctor)s) AS doctor,
    extract(isodow FROM past.visit_date)::int AS weekday, array_position(%(periods)s, past.period::text) AS period,
    past.visit_date - date '1970-01-01' AS day,
    coalesce(got.advance_wanted, 0), coalesce(got.same_day_wanted, 0),
    (coalesce(refused.advance, 0) > 0 OR coalesce(got.imported, 0) = 0
        AND greatest(past.advance_taken, coalesce(got.advance_held, 0)) + past.withheld >= past.advance_quota)::int,
    (coalesce(refused.same_day, 0) > 0 OR coalesce(got.imported, 0) = 0
        AND past.advance_taken + past.same_day_taken + past.extra_taken >= past.rated_capacity + past.extra_quota)::int,
    coalesce(refused.advance - coalesce(got.advance_served, 0), 0),
    coalesce(refused.same_day - coalesce(got.same_day_served, 0), 0),
    coalesce(got.advance_visits, 0), coalesce(got.same_day_visits, 0),
    coalesce(got.advance_missed, 0), coalesce(got.same_day_missed, 0)
FROM {ClinicSession._meta.db_table} AS past
LEFT JOIN {_GOT} AS got ON got.session_id = past.id
LEFT JOIN {_TURNED_AWAY} AS refused ON refused.session_id = past.id
WHERE {_IN_TIME.format("past")} AND past.status = %(closed)s
ORDER BY past.visit_date, past.id
"""
