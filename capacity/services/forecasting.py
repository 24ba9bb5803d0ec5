"""The night's forecasts: the daily demand of each department and of the hospital, foretold and kept with what it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from capacity.calendar import CalendarDay, calendar_days, kinds_of
from capacity.models import CapacityPolicy, DailyForecast, ForecastSeries
from capacity.numeric.forecasting import DailyHistory, DayKind, Forecast, foretell
from capacity.numeric.forecasting.day_kinds import NO_EFFECT
from capacity.services.daily_demand import DailyCounts, daily_demand, daily_seats, last_closed_day
from hospitals.models import Hospital

# Eight weeks: further than sessions are laid out by default, so that plans and suggestions find all of them.
HORIZON_DAYS = 56
# Five years hold the yearly season; older demand says nothing that newer does not.
HISTORY_DAYS = 1826
NEW_SERIES = "历史不足四周，暂以上周同日代替。"
BASELINE_BETTER = "回测中逐期选出的模型不如上周同日，采用基线。"
UPDATED = ["computed_at", "history_until", "history_days", "model", "error", "baseline_error", "coverage", "backtest", "note"]


@dataclass(frozen=True, slots=True)
class _Past:
    """One series up to `until`: `demand` a day from `first` on, and the seats that were laid out on each."""

    department_id: int | None
    first: date
    demand: np.ndarray
    seats: np.ndarray


def forecast_hospital(*, hospital: Hospital, now: datetime) -> int:
    """Forecast every department with a history, and the hospital; returns how many series there are.

    Replaces the forecasts of the night before in one transaction; run again on the same day it writes the same. The history ends
    with the last closed visit day, as that of the plans does, so that an imported past is not followed by years of nothing.
    """
    until = last_closed_day(hospital=hospital, before=now.astimezone(hospital.zone).date())
    found: list[tuple[ForecastSeries, list[DailyForecast]]] = []
    if until is not None:
        window = _usual_days(hospital)
        since = until - timedelta(days=HISTORY_DAYS - 1)
        calendar = calendar_days(first=since, days=HISTORY_DAYS + HORIZON_DAYS)
        prior = NO_EFFECT
        for past in _pasts(hospital, since, until):
            of_past = calendar[(past.first - since).days :]
            forecast = foretell(DailyHistory(past.demand, kinds_of(of_past), past.first.weekday()), prior=prior)
            # The hospital comes first: what holidays do there is what a department is held for until it has seen its own.
            prior = forecast.ratios if past.department_id is None else prior
            found.append(_rows(hospital, past, forecast, of_past, until, window, now))
    _store(hospital, found)
    return len(found)


def _usual_days(hospital: Hospital) -> int:
    policy = CapacityPolicy.objects.filter(hospital=hospital).only("history_days").first()
    return (policy or CapacityPolicy(hospital=hospital)).history_days


def _pasts(hospital: Hospital, since: date, until: date) -> Iterator[_Past]:
    """The hospital first, then its departments, each from the first day on which anybody wanted it; days without are noughts."""
    demand = daily_demand(hospital=hospital, since=since, until=until)
    seats = daily_seats(hospital=hospital, since=since, until=until)
    whole, whole_seats = _by_day(demand, None), _by_day(seats, None)
    if not whole:
        return
    yield _past(None, whole, whole_seats, until)
    for department_id in sorted({key[0] for key in demand}):
        yield _past(department_id, _by_day(demand, department_id), _by_day(seats, department_id), until)


def _by_day(counts: DailyCounts, department_id: int | None) -> dict[date, int]:
    found: dict[date, int] = {}
    for (place, day), count in counts.items():
        if department_id is None or place == department_id:
            found[day] = found.get(day, 0) + count
    return found


def _past(department_id: int | None, demand: Mapping[date, int], seats: Mapping[date, int], until: date) -> _Past:
    first = min(demand)
    days = [first + timedelta(days=i) for i in range((until - first).days + 1)]
    return _Past(
        department_id,
        first,
        np.array([demand.get(day, 0) for day in days], dtype=float),
        np.array([seats.get(day, 0) for day in days], dtype=float),
    )


def _rows(
    hospital: Hospital,
    past: _Past,
    forecast: Forecast,
    calendar: list[CalendarDay],
    until: date,
    window: int,
    now: datetime,
) -> tuple[ForecastSeries, list[DailyForecast]]:
    test = forecast.backtest
    series = ForecastSeries(
        hospital=hospital,
        department_id=past.department_id,
        computed_at=now,
        history_until=until,
        history_days=past.demand.size,
        model=forecast.model,
        error=test.error if test else None,
        baseline_error=test.baseline_error if test else None,
        coverage=test.coverage if test else None,
        backtest=_backtest_as_json(past, forecast) | {"usual": _usual(past, calendar, window)},
        note=_note(forecast),
    )
    n = past.demand.size
    days = [
        DailyForecast(
            series=series,
            date=until + timedelta(days=i + 1),
            mean=float(forecast.mean[i]),
            lower=float(forecast.lower[i]),
            upper=float(forecast.upper[i]),
            baseline_mean=float(forecast.baseline[i]),
            day_note=calendar[n + i].note,
        )
        for i in range(HORIZON_DAYS)
    ]
    return series, days


def _note(forecast: Forecast) -> str:
    if forecast.backtest is None:
        return NEW_SERIES
    return BASELINE_BETTER if forecast.is_baseline else ""


def _backtest_as_json(past: _Past, forecast: Forecast) -> dict[str, Any]:
    effects = {
        kind.name.lower(): {"ratio": float(forecast.ratios[kind]), "days": int(forecast.counts[kind])}
        for kind in DayKind
        if kind != DayKind.ORDINARY
    }
    test = forecast.backtest
    if test is None:
        return {"effects": effects}
    return {
        "effects": effects,
        "horizon": test.horizon,
        "origins": test.origins,
        "first": (past.first + timedelta(days=test.first_day)).isoformat(),
        "last": (past.first + timedelta(days=test.last_day)).isoformat(),
        "errors": test.errors,
    }


def _usual(past: _Past, calendar: list[CalendarDay], window: int) -> list[dict[str, float]]:
    """By weekday, Monday first: demand and seats of an ordinary day in the plans' window, and how many days that is."""
    n = past.demand.size
    kinds = kinds_of(calendar[:n])
    weekday = (np.arange(n) + past.first.weekday()) % 7
    recent = (np.arange(n) >= n - window) & (kinds == DayKind.ORDINARY)
    found = []
    for day in range(7):
        these = recent & (weekday == day)
        count = int(np.count_nonzero(these))
        found.append(
            {
                "days": count,
                "demand": float(past.demand[these].mean()) if count else 0.0,
                "seats": float(past.seats[these].mean()) if count else 0.0,
            }
        )
    return found


@transaction.atomic
def _store(hospital: Hospital, found: list[tuple[ForecastSeries, list[DailyForecast]]]) -> None:
    # One night per hospital at a time: the second run waits and then writes the same.
    Hospital.objects.select_for_update(no_key=True).get(pk=hospital.pk)
    kept = ForecastSeries.objects.bulk_create(
        [series for series, _ in found],
        update_conflicts=True,
        unique_fields=["hospital", "department"],
        update_fields=UPDATED,
    )
    ForecastSeries.objects.filter(hospital=hospital).exclude(pk__in=[series.pk for series in kept]).delete()
    DailyForecast.objects.filter(series__hospital=hospital).delete()
    for series, days in found:
        for day in days:
            day.series = series
    DailyForecast.objects.bulk_create([day for _, days in found for day in days], batch_size=2000)
