from scoring.models.backtests import BacktestReport
from scoring.models.indicators import MonthlyIndicator, Popularity
from scoring.models.misses import MissModel
from scoring.models.policy import ScoringPolicy
from scoring.models.runs import MonthDue, RunScope, RunState, ScoringBatch, ScoringRun
from scoring.models.uploads import CountsUpload, PendingUpload, UploadedCounts

__all__ = [
    "BacktestReport",
    "CountsUpload",
    "MissModel",
    "MonthDue",
    "MonthlyIndicator",
    "PendingUpload",
    "Popularity",
    "RunScope",
    "RunState",
    "ScoringBatch",
    "ScoringPolicy",
    "ScoringRun",
    "UploadedCounts",
]
