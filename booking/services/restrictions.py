"""Pauses of booking after repeated misses: written by the night, lifted by time or by staff."""

from datetime import date, datetime

from django.db import connection, transaction
from psycopg2 import sql

from accounts.errors import Refusal
from booking.models import Appointment, Outcome, Restriction
from hospitals.models import Hospital
from hospitals.services.policies import effective_policy


class RestrictionNotInForce(Refusal):
    """The restriction has ended by itself or was lifted before."""


def restrict_repeat_missers(*, hospital: Hospital, as_of: date, now: datetime) -> int:
    """Pause the booking of whoever missed too often; return how many pauses were added. Call it inside a transaction that
    holds the hospital's row, so that two runs do not add the same pause.

    A pause is due where the misses of the policy's `missed_window_days` to `as_of` reach a limit of the hospital's policy, and it
    runs from the day of the miss with which the limit was reached: once, for the fourth miss does not reach a limit of three
    again before older ones have left the window. A pause that would be over by `now` is not written. A limit of 0 is none.
    """
    policy = effective_policy(hospital_id=hospital.pk, registration_type_id=None, at=now)
    limits = [limit for limit in (policy.missed_limit, policy.missed_limit_severe) if limit]
    if not limits:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(_RESTRICT).format(
                appointment=sql.Identifier(Appointment._meta.db_table), restriction=sql.Identifier(Restriction._meta.db_table)
            ),
            {
                "hospital": hospital.pk,
                "zone": hospital.time_zone,
                "as_of": as_of,
                "now": now,
                "missed": str(Outcome.MISSED),
                "window_days": policy.missed_window_days,
                "lowest_limit": min(limits),
                "limit": policy.missed_limit,
                "pause_days": policy.missed_pause_days,
                "severe_limit": policy.missed_limit_severe,
                "severe_pause_days": policy.missed_pause_days_severe,
            },
        )
        return cursor.rowcount


# `so_far` is the number of misses in the window up to and with this one: its place among all of the patient's, less those that
# are a whole window and more before it. Two windows are read: the first misses of the last one look back as far themselves.
_RESTRICT = """
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
INSERT INTO {restriction} (hospital_id, patient_id, starts_at, ends_at, missed_count, lifted_at, lifted_reason)
SELECT %(hospital)s, patient_id, starts_at, ends_at, so_far, NULL, ''
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
