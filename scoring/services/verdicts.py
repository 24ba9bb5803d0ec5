"""Counts, scores and tiers as SQL: `scoring.numeric` for tables that never leave the database, in the same exact integers."""

from datetime import date, timedelta
from typing import Any

from psycopg2 import sql

from booking.models import Appointment
from booking.services.standing_changes import Patients
from scoring.models import ScoringPolicy, UploadedCounts

COUNTS = ("fulfilled", "unattended", "cancelled", "missed")


def verdicts_of(
    *, hospital_id: int, patients: Patients | None, policy: ScoringPolicy, as_of: date, has_uploads: bool
) -> tuple[sql.Composed, dict[str, Any]]:
    """A SELECT with a row per patient who has something to count at the hospital, and its parameters.

    Columns: `patient_id`, `total`, `COUNTS`, `score` (points, two decimals), `tier`. Counted are closed appointments that are not
    void, of the policy's window of days, the last of which is `as_of`. `patients` limits it; None is all of the hospital's.
    `has_uploads`: whether the hospital has counts from elsewhere that may count (`uploads_that_count`).
    """
    names = {
        "appointment": sql.Identifier(Appointment._meta.db_table),
        "uploaded": sql.Identifier(UploadedCounts._meta.db_table),
        "among": patients.condition(sql.SQL("patient_id")) if patients else sql.SQL("true"),
    }
    counted = sql.SQL(_COUNTED_WITH_UPLOADS if has_uploads else _COUNTED).format(**names)
    own = {
        "hospital": hospital_id,
        "after": as_of - timedelta(days=policy.window_days),
        "as_of": as_of,
    }
    return verdict_query(counted), own | bounds_of(policy)


def verdict_query(counts: sql.Composable) -> sql.Composed:
    """SELECT `patient_id`, the counts, `score` (points, two decimals) and `tier` of each row of a SELECT of counts.

    `counts` has `patient_id`, `total` and `COUNTS`; a row without appointments has no score. One with fewer than the policy's
    minimum has a score and is unrated. Parameters: those of `bounds_of`. The integers are those of `scoring.numeric.score`; `/`
    on integers truncates.
    """
    return sql.SQL(_VERDICTS).format(counts=counts)


def bounds_of(policy: ScoringPolicy) -> dict[str, int]:
    """The policy's terms as the parameters of `verdict_query`."""
    return bounds_in_hundredths(policy) | {"minimum": policy.minimum_appointments}


def bounds_in_hundredths(policy: ScoringPolicy) -> dict[str, int]:
    """Where the tiers A, B and C begin, in hundredths of a point."""
    bounds = {"tier_a_from": policy.tier_a_from, "tier_b_from": policy.tier_b_from, "tier_c_from": policy.tier_c_from}
    return {name: int(points * 100) for name, points in bounds.items()}


def uploads_that_count(*, hospital_id: int) -> bool:
    """Whether any counts from elsewhere are added at this hospital. Most have none, and counting is faster without the look."""
    return UploadedCounts.objects.filter(hospital_id=hospital_id).exists()


_VERDICTS = """
SELECT patient_id, total, fulfilled, unattended, cancelled, missed,
    (hundredths::numeric / 100)::numeric(5, 2) AS score,
    CASE WHEN hundredths IS NULL OR total < %(minimum)s THEN 'unrated' WHEN hundredths >= %(tier_a_from)s THEN 'A'
        WHEN hundredths >= %(tier_b_from)s THEN 'B' WHEN hundredths >= %(tier_c_from)s THEN 'C' ELSE 'D' END AS tier
FROM (
    SELECT *,
        (8000::bigint * fulfilled + total) / nullif(2 * total, 0)
        + (4000::bigint * (total - unattended) + total) / nullif(2 * total, 0)
        + (4000::bigint * (total - cancelled) + total) / nullif(2 * total, 0)
        + (4000::bigint * (total - missed) + total) / nullif(2 * total, 0) AS hundredths
    FROM ({counts}) AS counted
) AS scored
"""
# `outcome <> ''` is the condition of the index that holds all of this and nothing else. What is not void is of one of the four
# kinds, so their sum is the total: to look at each row for whether it is void, as well, took a tenth of a night.
_COUNTED = """
SELECT patient_id, fulfilled + unattended + cancelled + missed AS total, fulfilled, unattended, cancelled, missed
FROM (
    SELECT patient_id, count(*) FILTER (WHERE outcome = 'fulfilled') AS fulfilled,
        count(*) FILTER (WHERE outcome = 'unattended') AS unattended,
        count(*) FILTER (WHERE outcome = 'cancelled') AS cancelled, count(*) FILTER (WHERE outcome = 'missed') AS missed
    FROM {appointment}
    WHERE hospital_id = %(hospital)s AND outcome <> '' AND visit_date > %(after)s AND visit_date <= %(as_of)s AND {among}
    GROUP BY patient_id
) AS by_kind
WHERE fulfilled + unattended + cancelled + missed > 0
"""
_COUNTED_WITH_UPLOADS = f"""
SELECT patient_id, sum(total)::bigint AS total, sum(fulfilled)::bigint AS fulfilled, sum(unattended)::bigint AS unattended,
    sum(cancelled)::bigint AS cancelled, sum(missed)::bigint AS missed
FROM (
    {_COUNTED}
    UNION ALL
    SELECT patient_id, total, fulfilled, unattended, cancelled, missed FROM {{uploaded}}
    WHERE hospital_id = %(hospital)s AND counted_until > %(after)s AND counted_until <= %(as_of)s AND {{among}}
) AS either
GROUP BY patient_id
HAVING sum(total) > 0
"""
