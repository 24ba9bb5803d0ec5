"""Pauses of booking after repeated misses: written by the night, lifted by time, by staff, or because a miss was none after all.

One rule says which pauses are due (`_DUE`): the night applies it to a whole hospital, `pauses_by_the_rule` to one patient.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from psycopg2 import sql

from accounts.errors import Refusal
from booking.models import Appointment, Outcome, Restriction
from hospitals.models import BookingPolicy, Hospital
from hospitals.services.policies import effective_policy


class RestrictionNotInForce(Refusal):
    """The restriction has ended by itself or was lifted before."""


def restrict_repeat_missers(*, hospital: Hospital, as_of: date, now: datetime, patient_ids: Sequence[int] | None = None) -> int:
    """Pause the booking of whoever missed too often; return how many pauses were added. Call it inside a transaction that
    holds the hospital's row, so that two runs do not add the same pause.

    A pause is due where the misses of the policy's `missed_window_days` to `as_of` reach a limit of the hospital's policy, and it
    runs from the day of the miss with which the limit was reached: once, for the fourth miss does not reach a limit of three
    again before older ones have left the window. A pause that would be over by `now` is not written. A limit of 0 is none.
    `patient_ids` limits it to some.
    """
    policy = effective_policy(hospital_id=hospital.pk, registration_type_id=None, at=now)
    limits = _limits(policy)
    if not limits:
        return 0
    patients = None if patient_ids is None else list(patient_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(_DUE + _WRITE_DUE).format(
                appointment=sql.Identifier(Appointment._meta.db_table), restriction=sql.Identifier(Restriction._meta.db_table)
            ),
            _parameters(hospital, policy, as_of) | {"lowest_limit": min(limits), "patients": patients, "now": now},
        )
        return cursor.rowcount


@dataclass(frozen=True, slots=True)
class DuePause:
    """A pause that the rule gives: from the day of the miss that reached a limit, whether or not it is over by now."""

    starts_at: datetime
    ends_at: datetime
    missed_count: int


def pauses_by_the_rule(*, hospital: Hospital, patient_id: int, now: datetime) -> list[DuePause]:
    """The pauses of one patient by today's misses and policy, the oldest first. Those stay in it whose misses have become too
    few since by mere time: a pause that was due is not shortened by that.
    """
    policy = effective_policy(hospital_id=hospital.pk, registration_type_id=None, at=now)
    if not _limits(policy):
        return []
    today = now.astimezone(hospital.zone).date()
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(_DUE + _READ_DUE).format(appointment=sql.Identifier(Appointment._meta.db_table)),
            _parameters(hospital, policy, today) | {"lowest_limit": 1, "patients": [patient_id]},
        )
        return [DuePause(*row) for row in cursor.fetchall()]


def _limits(policy: BookingPolicy) -> list[int]:
    return [limit for limit in (policy.missed_limit, policy.missed_limit_severe) if limit]


def _parameters(hospital: Hospital, policy: BookingPolicy, as_of: date) -> dict[str, Any]:
    return {
        "hospital": hospital.pk,
        "zone": hospital.time_zone,
        "as_of": as_of,
        "missed": str(Outcome.MISSED),
        "window_days": policy.missed_window_days,
        "limit": policy.missed_limit,
        "pause_days": policy.missed_pause_days,
        "severe_limit": policy.missed_limit_severe,
        "severe_pause_days": policy.missed_pause_days_severe,
    }


# `so_far` is the number of misses in the window up to and with this one: its place among all of the patient's, less those that
# are a whole window and more before it. Two windows are read: the first misses of the last one look back as far themselves.
_DUE = """
WITH miss AS (
    SELECT patient_id, visit_date,
        count(*) FILTER (WHERE visit_date > %(as_of)s::date - %(window_days)s) OVER (PARTITION BY patient_id)
        AS in_last_window,
        row_number() OVER (PARTITION BY patient_id ORDER BY visit_date, id)
        - count(*) OVER (
            PARTITION BY patient_id ORDER BY visit_date
            RANGE BETWEEN UNBOUNDED PRECEDING AND make_interval(days => %(window_days)s) PRECEDING
        ) AS so_far
    FROM {appointment}
    WHERE hospital_id = %(hospital)s AND outcome = %(missed)s
        AND (%(patients)s::bigint[] IS NULL OR patient_id = ANY(%(patients)s::bigint[]))
        AND visit_date > %(as_of)s::date - 2 * %(window_days)s AND visit_date <= %(as_of)s
), reached AS (
    SELECT DISTINCT ON (patient_id, visit_date) patient_id, so_far,
        visit_date::timestamp AT TIME ZONE %(zone)s AS starts_at,
        (visit_date + CASE so_far WHEN %(severe_limit)s THEN %(severe_pause_days)s ELSE %(pause_days)s END)::timestamp
            AT TIME ZONE %(zone)s AS ends_at
    FROM miss
    WHERE in_last_window >= %(lowest_limit)s AND so_far IN (%(limit)s, %(severe_limit)s)
        AND visit_date > %(as_of)s::date - %(window_days)s
    ORDER BY patient_id, visit_date, so_far DESC
)
"""
_READ_DUE = "SELECT starts_at, ends_at, so_far FROM reached ORDER BY starts_at"
_WRITE_DUE = """
INSERT INTO {restriction} (hospital_id, patient_id, starts_at, ends_at, missed_count, created_at, lifted_at, lifted_reason)
SELECT %(hospital)s, patient_id, starts_at, ends_at, so_far, %(now)s, NULL, ''
FROM reached
WHERE ends_at > %(now)s AND NOT EXISTS (
    SELECT FROM {restriction} AS known
    WHERE known.hospital_id = %(hospital)s AND known.patient_id = reached.patient_id AND known.starts_at = reached.starts_at
        AND known.missed_count >= reached.so_far
)
"""


@transaction.atomic
def lift_restriction(*, restriction_id: int, reason: str, now: datetime) -> Restriction:
    """End a pause before its time. Raises RestrictionNotInForce where there is nothing left to lift."""
    restriction = Restriction.objects.select_for_update(of=("self",), no_key=True).get(pk=restriction_id)
    if restriction.lifted_at is not None or restriction.ends_at <= now:
        raise RestrictionNotInForce(restriction_id=restriction_id)
    restriction.lifted_at = now
    restriction.lifted_reason = reason
    restriction.save(update_fields=["lifted_at", "lifted_reason"])
    return restriction
