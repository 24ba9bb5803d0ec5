"""Forecasts of daily counts: weekly pattern, calendar, prediction intervals, measured beside the seasonal-naive baseline."""

from capacity.numeric.forecasting.day_kinds import DayKind
from capacity.numeric.forecasting.foretell import BASELINE, Backtest, Forecast, foretell
from capacity.numeric.forecasting.history import LONGEST_HISTORY, LONGEST_HORIZON, DailyHistory

__all__ = [
    "BASELINE",
    "LONGEST_HISTORY",
    "LONGEST_HORIZON",
    "Backtest",
    "DailyHistory",
    "DayKind",
    "Forecast",
    "foretell",
]
