"""The formula in SQL against the formula in numpy."""

from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from psycopg2 import sql
from psycopg2.extras import execute_values

from booking.models import Outcome
from scoring.models import ScoringPolicy
from scoring.numeric import Tier, TierBounds, score_many
from scoring.services.verdicts import COUNTS, bounds_of, verdict_query

COLUMNS = ("total", "fulfilled", "unattended", "cancelled", "missed")


def sql_verdicts(counts: np.ndarray, policy: ScoringPolicy) -> list[tuple[Decimal | None, str]]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE random_counts (patient_id bigint, " + ", ".join(f"{c} bigint" for c in COLUMNS) + ")")
        rows = [(number, *(int(count) for count in row)) for number, row in enumerate(counts)]
        execute_values(cursor, "INSERT INTO random_counts VALUES %s", rows, page_size=5000)
        query = verdict_query(sql.SQL("SELECT * FROM random_counts")).as_string(cursor.connection)
        cursor.execute(f"SELECT score, tier FROM ({query}) AS verdict ORDER BY patient_id", bounds_of(policy))
        found = cursor.fetchall()
        cursor.execute("DROP TABLE random_counts")
    return found


def numeric_verdicts(counts: np.ndarray, bounds: TierBounds) -> list[tuple[Decimal | None, str]]:
    table = score_many({name: counts[:, place] for place, name in enumerate(COLUMNS)}, bounds=bounds)
    return [
        (Decimal(int(score)).scaleb(-2) if rated else None, list(Tier)[tier])
        for score, tier, rated in zip(table.score_hundredths, table.tier_positions, table.rated, strict=True)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("largest", [9, 200, 1_000_000])
def test_sql_agrees_with_numpy_on_random_counts(largest: int) -> None:
    """Small totals are where the ties of the rounding are; large ones leave a 32-bit integer."""
    generator = np.random.default_rng(20260701)
    total = generator.integers(0, largest, size=4_000, endpoint=True)
    counts = np.column_stack([total, *(generator.integers(0, total, endpoint=True) for _ in range(4))])

    assert sql_verdicts(counts, ScoringPolicy()) == numeric_verdicts(counts, TierBounds())


def test_whatever_counts_is_of_a_kind_that_is_counted() -> None:
    """The total is the sum of the kinds: one that were added and not counted would be left out of it."""
    assert set(Outcome) - {Outcome.VOID} == set(COUNTS)


@pytest.mark.django_db
def test_sql_agrees_on_exclusive_outcomes_and_a_hospitals_own_bounds() -> None:
    generator = np.random.default_rng(7)
    outcomes = generator.integers(0, 12, size=(4_000, 4))
    counts = np.column_stack([outcomes.sum(axis=1), outcomes])
    policy = ScoringPolicy(tier_a_from=Decimal("66.67"), tier_b_from=Decimal("60"), tier_c_from=Decimal("52.5"))

    found = sql_verdicts(counts, policy)

    assert found == numeric_verdicts(counts, TierBounds(66_67, 60_00, 52_50))
    assert {tier for _, tier in found} >= {"A", "B", "C", "D"}
