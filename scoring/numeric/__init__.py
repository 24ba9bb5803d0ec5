"""Counts of outcomes → rates → points → score → tier, exactly. Pure: numpy only, no Django, clock or I/O."""

from scoring.numeric.counts import MAX_COUNT, OUTCOMES, CountsError, OutcomeCounts, validate_counts
from scoring.numeric.score import PatientScore, ScoreTable, score_counts, score_many
from scoring.numeric.tiers import DEFAULT_BOUNDS, Tier, TierBounds
from scoring.numeric.way import misses_to_lose, visits_to_reach

__all__ = [
    "DEFAULT_BOUNDS",
    "MAX_COUNT",
    "OUTCOMES",
    "CountsError",
    "OutcomeCounts",
    "PatientScore",
    "ScoreTable",
    "Tier",
    "TierBounds",
    "misses_to_lose",
    "score_counts",
    "score_many",
    "validate_counts",
    "visits_to_reach",
]
