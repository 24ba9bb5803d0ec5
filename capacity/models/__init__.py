from capacity.models.comparisons import SessionComparison
from capacity.models.forecasts import DailyForecast, ForecastSeries, SessionSuggestion, SuggestionDirection
from capacity.models.pages import CapacityOverview, ClinicAnalysis
from capacity.models.plans import CapacityPlan, PlanKind, PlanStatus, QuotaChange, QuotaChangeKind
from capacity.models.policy import CapacityPolicy
from capacity.models.what_if import WhatIf

__all__ = [
    "CapacityOverview",
    "CapacityPlan",
    "CapacityPolicy",
    "ClinicAnalysis",
    "DailyForecast",
    "ForecastSeries",
    "PlanKind",
    "PlanStatus",
    "QuotaChange",
    "QuotaChangeKind",
    "SessionComparison",
    "SessionSuggestion",
    "SuggestionDirection",
    "WhatIf",
]
