from capacity.models.comparisons import SessionComparison
from capacity.models.forecasts import DailyForecast, ForecastSeries, SessionSuggestion, SuggestionDirection
from capacity.models.plans import CapacityPlan, PlanKind, PlanStatus, QuotaChange, QuotaChangeKind
from capacity.models.policy import CapacityPolicy

__all__ = [
    "CapacityPlan",
    "CapacityPolicy",
    "DailyForecast",
    "ForecastSeries",
    "PlanKind",
    "PlanStatus",
    "QuotaChange",
    "QuotaChangeKind",
    "SessionComparison",
    "SessionSuggestion",
    "SuggestionDirection",
]
