"""The score formula as SQL: `scoring.numeric` for tables that never leave the database, in the same exact integers."""

from psycopg2 import sql

from scoring.models import ScoringPolicy

COUNTS = ("fulfilled", "unattended", "cancelled", "missed")


def bounds_in_hundredths(policy: ScoringPolicy) -> dict[str, int]:
    """Where the tiers A, B and C begin, in hundredths of a point, as the parameters of `verdict_query`."""
    bounds = {"tier_a_from": policy.tier_a_from, "tier_b_from": policy.tier_b_from, "tier_c_from": policy.tier_c_from}
    return {name: int(points * 100) for name, points in bounds.items()}


def verdict_query(counts_table: str) -> sql.Composed:
    """SELECT `patient_id`, the counts, `score` (points, two decimals) and `tier` of each row of a table of counts.

    The table has `patient_id`, `total` and `COUNTS`; a row without appointments has no score and is unrated. Parameters: those
    of `bounds_in_hundredths`. The integers are those of `scoring.numeric.score`; `/` on integers truncates.
    """
    return sql.SQL(_VERDICTS).format(counts=sql.Identifier(counts_table))


_VERDICTS = """
SELECT patient_id, total, fulfilled, unattended, cancelled, missed,
    (hundredths::numeric / 100)::numeric(5, 2) AS score,
    CASE WHEN hundredths IS NULL THEN 'unrated' WHEN hundredths >= %(tier_a_from)s THEN 'A'
        WHEN hundredths >= %(tier_b_from)s THEN 'B' WHEN hundredths >= %(tier_c_from)s THEN 'C' ELSE 'D' END AS tier
FROM (
    SELECT *,
        (8000::bigint * fulfilled + total) / nullif(2 * total, 0)
        + (4000::bigint * (total - unattended) + total) / nullif(2 * total, 0)
        + (4000::bigint * (total - cancelled) + total) / nullif(2 * total, 0)
        + (4000::bigint * (total - missed) + total) / nullif(2 * total, 0) AS hundredths
    FROM {counts}
) AS scored
"""
