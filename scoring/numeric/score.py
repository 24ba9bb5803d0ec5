"""From counts to points, score and tier, in integers from end to end.

Points are rounded half up to two decimals, and a float would round some of the ties the wrong way (1 − 1/8 is exact,
0.285 × 100 is not). So everything is counted in hundredths: with `w` the weight in hundredths of a point (4000 for
fulfilment, 2000 for the other three) and `k` the appointments that earn it (fulfilled; total − unattended; total −
cancelled; total − missed),

    points_hundredths = ⌊w·k / total + 1/2⌋ = (2·w·k + total) div (2·total)

where `div` truncates, which is the floor as nothing is negative. The score is the sum of the four, and rates are
`(2·10000·count + total) div (2·total)` hundredths of a percent; points come from the counts, never from rounded rates.

The same in SQL (bigint; PostgreSQL's `/` on integers truncates), for scoring that stays inside the database. The cast
is needed: 8000 × count leaves an `integer` at 268,436 appointments.

    fulfilled_points_hundredths  = (8000::bigint * fulfilled            + total) / (2 * total)
    unattended_points_hundredths = (4000::bigint * (total - unattended) + total) / (2 * total)
    cancelled_points_hundredths  = (4000::bigint * (total - cancelled)  + total) / (2 * total)
    missed_points_hundredths     = (4000::bigint * (total - missed)     + total) / (2 * total)
    score_hundredths = the sum of the four, NULL where total = 0 (divide by NULLIF(total, 0))
    tier = CASE WHEN total = 0 THEN 'unrated' WHEN score_hundredths >= 9000 THEN 'A' WHEN … >= 8000 THEN 'B'
                WHEN … >= 7000 THEN 'C' ELSE 'D' END

Source: the scoring formula of the registered data set, docs/scoring-model.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from scoring.numeric.counts import OUTCOMES, OutcomeCounts, validate_counts
from scoring.numeric.tiers import DEFAULT_BOUNDS, Tier, TierBounds

# What each outcome can bring, in hundredths of a point: 40 for what was kept, 20 for each way of losing it avoided.
FULFILLED_WEIGHT = 40_00
AVOIDED_WEIGHT = 20_00
WHOLE_PERCENT = 100_00

Hundredths = npt.NDArray[np.int64]
Whole = TypeVar("Whole", int, Hundredths)


@dataclass(frozen=True, slots=True)
class PatientScore:
    """One patient's rates (hundredths of a percent), points and score (hundredths of a point), and tier.

    All four rates, all four points and the score are None where there are no appointments.
    """

    counts: OutcomeCounts
    rates_hundredths: dict[str, int] | None
    points_hundredths: dict[str, int] | None
    score_hundredths: int | None
    tier: Tier

    @property
    def score(self) -> Decimal | None:
        """The score in points, with two decimals."""
        return None if self.score_hundredths is None else Decimal(self.score_hundredths).scaleb(-2)


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Many patients' scores; every array has shape (n,) and keeps the order of the counts.

    Rates, points and scores are 0 where `rated` is False: read them only where it is True.
    """

    rates_hundredths: dict[str, Hundredths]
    points_hundredths: dict[str, Hundredths]
    score_hundredths: Hundredths
    tier_positions: npt.NDArray[np.int8]
    rated: npt.NDArray[np.bool_]
    counts_sum: npt.NDArray[np.bool_]

    def tier_counts(self) -> dict[Tier, int]:
        """How many patients each tier has."""
        found = np.bincount(self.tier_positions, minlength=len(Tier))
        return {tier: int(n) for tier, n in zip(Tier, found, strict=True)}


def score_counts(counts: OutcomeCounts, *, bounds: TierBounds = DEFAULT_BOUNDS) -> PatientScore:
    """One patient's score.

    >>> result = score_counts(OutcomeCounts(total=3, fulfilled=2, unattended=0, cancelled=0, missed=1))
    >>> result.points_hundredths
    {'fulfilled': 2667, 'unattended': 2000, 'cancelled': 2000, 'missed': 1333}
    >>> result.score, result.tier
    (Decimal('80.00'), <Tier.B: 'B'>)
    """
    total = counts.total
    if total == 0:
        return PatientScore(counts, None, None, None, Tier.UNRATED)
    rates = {name: _half_up(WHOLE_PERCENT, getattr(counts, name), total) for name in OUTCOMES}
    points = {name: _half_up(AVOIDED_WEIGHT, total - getattr(counts, name), total) for name in OUTCOMES}
    points["fulfilled"] = _half_up(FULFILLED_WEIGHT, counts.fulfilled, total)
    score = sum(points.values())
    return PatientScore(counts, rates, points, score, bounds.tier_of(score))


def score_many(columns: Mapping[str, npt.ArrayLike], *, bounds: TierBounds = DEFAULT_BOUNDS) -> ScoreTable:
    """The scores of n patients from the columns `total`, `fulfilled`, `unattended`, `cancelled`, `missed`, each (n,).

    Raises CountsError naming the first impossible row, ValueError for columns that are no integer arrays of one shape.
    """
    counts = validate_counts(columns)
    total = counts["total"]
    rated = total > 0
    divisor = np.where(rated, total, 1)
    rates = {name: _half_up(WHOLE_PERCENT, counts[name], divisor) for name in OUTCOMES}
    points = {name: _half_up(AVOIDED_WEIGHT, total - counts[name], divisor) for name in OUTCOMES}
    points["fulfilled"] = _half_up(FULFILLED_WEIGHT, counts["fulfilled"], divisor)
    score = sum(points.values(), start=np.zeros_like(total))
    return ScoreTable(
        rates_hundredths=rates,
        points_hundredths=points,
        score_hundredths=score,
        tier_positions=bounds.positions_of(score, rated),
        rated=rated,
        counts_sum=sum((counts[name] for name in OUTCOMES), start=np.zeros_like(total)) == total,
    )


def _half_up(weight: int, part: Whole, total: Whole) -> Whole:
    return (2 * weight * part + total) // (2 * total)
