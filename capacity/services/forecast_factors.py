"""By how much the demand of a coming day differs from what the plans' estimates rest on.

The plans' means are of a session, estimated over a window of past ones; the forecast is of a department's day. Their common
measure is demand per seat:

    factor = (forecast of the day / seats laid out on it) / (usual demand of the weekday / usual seats of the weekday)

Per seat, because a department that has twice the sessions of before is wanted by twice as many without any session being wanted
more, and because the few sessions of a holiday share the few patients of a holiday.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from capacity.models import DailyForecast, ForecastSeries
from capacity.services.daily_demand import DailyCounts, daily_seats
from hospitals.models import Hospital

# A department's forecast says little about one doctor: beyond half and double, the doctor's own past sessions are the better
# witness, and a slip of the calendar must not empty or flood a clinic.
SMALLEST, LARGEST = 0.5, 2.0
# Steps smaller than this would change plans every night for nothing but noise.
STEP = 0.05
# A forecast that is off by more than half of what comes is no ground to change a plan on.
LARGEST_ERROR = 0.5
# A usual day must be the mean of some weeks, and have patients.
LEAST_DAYS, LEAST_DEMAND = 4, 1.0


@dataclass(frozen=True, slots=True)
class ForecastFactor:
    """`value` multiplies the demand means; `basis` is kept with the plan: the numbers behind it, or `reason` why it is 1."""

    value: float
    basis: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ForecastFactors:
    """The factors of a hospital for a span of days, all read at once."""

    days: Mapping[tuple[int, date], DailyForecast]
    series: Mapping[int, ForecastSeries]
    seats: DailyCounts

    def of(self, *, department_id: int, visit_date: date) -> ForecastFactor:
        """The factor of a department's day; 1 where there is no forecast that can be trusted."""
        series = self.series.get(department_id)
        day = self.days.get((department_id, visit_date))
        if series is None or day is None:
            return _none("该日没有预测")
        reason = _distrust(series)
        if reason:
            return _none(reason)
        usual = series.backtest["usual"][visit_date.weekday()]
        seats = self.seats.get((department_id, visit_date), 0)
        if usual["days"] < LEAST_DAYS or usual["demand"] < LEAST_DEMAND or not usual["seats"] or not seats:
            return _none("该星期几的历史不足以比较")
        raw = (day.mean / seats) / (usual["demand"] / usual["seats"])
        return ForecastFactor(
            value=min(max(round(round(raw / STEP) * STEP, 2), SMALLEST), LARGEST),
            basis={
                "ratio": raw,
                "forecast": day.mean,
                "lower": day.lower,
                "upper": day.upper,
                "seats": seats,
                "usual_demand": usual["demand"],
                "usual_seats": usual["seats"],
                "usual_days": usual["days"],
                "model": series.model,
                "error": series.error,
                "baseline_error": series.baseline_error,
                "history_until": series.history_until.isoformat(),
                "day_note": day.day_note,
            },
        )


def forecast_factors(*, hospital: Hospital, from_date: date, to_date: date) -> ForecastFactors:
    """Read what `ForecastFactors.of` needs for all days from `from_date` to `to_date`, both included. Three queries."""
    series = {
        each.department_id: each
        for each in ForecastSeries.objects.filter(hospital=hospital, department__isnull=False)
        if each.department_id is not None
    }
    of_series = {each.pk: department_id for department_id, each in series.items()}
    days = DailyForecast.objects.filter(series__in=of_series, date__range=(from_date, to_date))
    return ForecastFactors(
        days={(of_series[day.series_id], day.date): day for day in days},
        series=series,
        seats=daily_seats(hospital=hospital, since=from_date, until=to_date),
    )


def _distrust(series: ForecastSeries) -> str:
    """Why a series' forecasts are not to be acted on; empty where they are."""
    if series.error is None or series.baseline_error is None:
        return "历史太短，预测未经回测"
    if series.error > LARGEST_ERROR:
        return f"回测误差 {series.error:.0%} 过大"
    if series.error >= series.baseline_error > 0:
        # Last week again carries last week's chance into the plans: the mean of the whole window is the better guess.
        return "预测不优于上周同日"
    return ""


def _none(reason: str) -> ForecastFactor:
    return ForecastFactor(1.0, {"reason": reason})
