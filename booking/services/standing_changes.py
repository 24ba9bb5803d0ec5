"""Writing standings: whole parts of a hospital at once, in one statement. What was replaced goes into the history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from psycopg2 import sql

from booking.models import PastStanding, Standing, Tier


@dataclass(frozen=True, slots=True)
class PatientRange:
    """Patients by their keys: above `after`, up to and with `up_to`."""

    after: int
    up_to: int

    def condition(self, column: sql.Composable) -> sql.Composable:
        return sql.SQL("{0} > {1} AND {0} <= {2}").format(column, sql.Literal(self.after), sql.Literal(self.up_to))


@dataclass(frozen=True, slots=True)
class PatientList:
    """Patients by their keys, each once."""

    ids: Sequence[int]

    def condition(self, column: sql.Composable) -> sql.Composable:
        return sql.SQL("{} = ANY({}::bigint[])").format(column, sql.Literal(list(self.ids)))


Patients = PatientRange | PatientList


@dataclass(frozen=True, slots=True)
class StandingChanges:
    """Patients whose standing was written, and of them those who went from one of the tiers A to D to a better or worse one."""

    changed: int
    moved_up: int
    moved_down: int


def write_standings(
    *, hospital_id: int, patients: Patients, as_of: date, verdicts: sql.Composable, parameters: dict[str, Any], now: datetime
) -> StandingChanges:
    """Make the standings of these patients of the hospital those of a query; call it while the hospital is held.

    `verdicts` is a SELECT with a row per patient that has something to count: `patient_id`, the counts `total`, `fulfilled`,
    `unattended`, `cancelled`, `missed`, the `score` in points with two decimals and the `tier`; `parameters` are its own.
    Whoever of `patients` is not in it becomes unrated. Rows that say the same already are not touched, so `as_of` and
    `changed_at` tell since when a standing holds; rows that do change are kept as PastStanding.
    """
    names = {
        "verdicts": verdicts,
        "standing": sql.Identifier(Standing._meta.db_table),
        "past": sql.Identifier(PastStanding._meta.db_table),
        "among": patients.condition(sql.SQL("standing.patient_id")),
        "held_among": patients.condition(sql.SQL("held.patient_id")),
    }
    own: dict[str, Any] = {"hospital": hospital_id, "as_of": as_of, "now": now, "unrated": str(Tier.UNRATED)}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_ARE_HELD).format(**names), own)
        [are_held] = cursor.fetchone()
        cursor.execute(sql.SQL(_WRITE if are_held else _WRITE_FIRST).format(**names), parameters | own)
        return StandingChanges(*cursor.fetchone()) if are_held else StandingChanges(cursor.rowcount, 0, 0)


_ARE_HELD = "SELECT EXISTS (SELECT FROM {standing} AS held WHERE held.hospital_id = %(hospital)s AND {held_among})"
# In the order of the index: whoever comes next lands on the page that was just written.
_ADD = """
INSERT INTO {{standing}}
    (hospital_id, patient_id, as_of, changed_at, total, fulfilled, unattended, cancelled, missed, score, tier)
SELECT %(hospital)s, patient_id, %(as_of)s, %(now)s, total, fulfilled, unattended, cancelled, missed, score, tier
FROM {} ORDER BY patient_id
"""
_WRITE_FIRST = _ADD.format("({verdicts}) AS verdict")
# Every part of the statement sees the standings as they were before it, so `held` is what was replaced. A, B, C, D sort as text
# from better to worse. The hospital is held, so nobody else adds a row between the look and the insert.
_WRITE = f"""
WITH verdict AS MATERIALIZED ({{verdicts}}
), held AS MATERIALIZED (
    SELECT * FROM {{standing}} AS held WHERE held.hospital_id = %(hospital)s AND {{held_among}}
), added AS (
    {_ADD.format("verdict WHERE NOT EXISTS (SELECT FROM held WHERE held.patient_id = verdict.patient_id)")}
    RETURNING 1
), replaced AS (
    UPDATE {{standing}} AS standing
    SET (as_of, changed_at, total, fulfilled, unattended, cancelled, missed, score, tier)
        = (%(as_of)s, %(now)s, verdict.total, verdict.fulfilled, verdict.unattended, verdict.cancelled, verdict.missed,
            verdict.score, verdict.tier)
    FROM verdict
    WHERE standing.hospital_id = %(hospital)s AND standing.patient_id = verdict.patient_id AND {{among}}
        AND (standing.total, standing.fulfilled, standing.unattended, standing.cancelled, standing.missed, standing.score,
            standing.tier)
        IS DISTINCT FROM (verdict.total, verdict.fulfilled, verdict.unattended, verdict.cancelled, verdict.missed, verdict.score,
            verdict.tier)
    RETURNING standing.patient_id, standing.tier
), fallen_out AS (
    UPDATE {{standing}} AS standing
    SET (as_of, changed_at, total, fulfilled, unattended, cancelled, missed, score, tier)
        = (%(as_of)s, %(now)s, 0, 0, 0, 0, 0, NULL, %(unrated)s)
    WHERE standing.hospital_id = %(hospital)s AND {{among}} AND standing.total > 0
        AND NOT EXISTS (SELECT FROM verdict WHERE verdict.patient_id = standing.patient_id)
    RETURNING standing.patient_id, standing.tier
), changed AS (
    SELECT patient_id, tier FROM replaced UNION ALL SELECT patient_id, tier FROM fallen_out
), kept AS (
    INSERT INTO {{past}} (hospital_id, patient_id, as_of, held_from, held_until, total, fulfilled, unattended, cancelled, missed,
        score, tier)
    SELECT hospital_id, patient_id, as_of, changed_at, %(now)s, total, fulfilled, unattended, cancelled, missed, score, tier
    FROM held WHERE patient_id IN (SELECT patient_id FROM changed)
    RETURNING 1
)
SELECT (SELECT count(*) FROM added) + (SELECT count(*) FROM changed),
    count(*) FILTER (WHERE held.tier <> %(unrated)s AND changed.tier <> %(unrated)s AND changed.tier < held.tier),
    count(*) FILTER (WHERE held.tier <> %(unrated)s AND changed.tier <> %(unrated)s AND changed.tier > held.tier)
FROM changed JOIN held USING (patient_id)
"""
