"""The models that a series may be foretold by, each from many origins at once.

All take the ordinary days of a history and give forecasts of ordinary days; the calendar's effects are put in afterwards.
"""

from dataclasses import dataclass

import numpy as np

from capacity.numeric.forecasting import smoothing, yearly

WEEK = 7
LAST_WEEK = "seasonal-naive with calendar"
MEAN = "weekday means"
SMOOTHED = "exponential smoothing"
YEARLY = "exponential smoothing with yearly wave"
COMBINED = "combined"

# Weekday means of the last two months follow a series; those of half a year are steady, and go into the combination.
SHORT_WEEKS = 8
LONG_WEEKS = 26
# A weekday on which nothing came in as many weeks is closed, whatever the level does on other days.
CLOSED_WEEKS = 8
# Differences of sums of means are not exactly nought.
NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Ordinary:
    """The ordinary days of a history, shape (n,), and what may be known when parameters are fitted: the first `fit_until`.

    `has_year`: whether the combination has the yearly wave in it.
    """

    values: np.ndarray
    first_weekday: int
    fit_until: int
    has_year: bool


def ordinary_forecasts(series: Ordinary, *, origins: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
    """By the model's name its forecasts from each origin, each of shape (origins, horizon) and never negative.

    An origin o has seen the first o days; 7 ≤ o ≤ n. Models that need more days than `fit_until` are left out.
    """
    last = last_weeks(series.values, origins=origins, horizon=horizon, weeks=1)
    found = {LAST_WEEK: last, MEAN: last_weeks(series.values, origins=origins, horizon=horizon, weeks=SHORT_WEEKS)}
    if series.fit_until >= smoothing.LEAST_DAYS:
        found[SMOOTHED] = smoothing.smoothed_forecasts(
            series.values, fit_until=series.fit_until, origins=origins, horizon=horizon
        )
        steady = last_weeks(series.values, origins=origins, horizon=horizon, weeks=LONG_WEEKS)
        parts = [found[SMOOTHED], steady]
        if series.has_year:
            found[YEARLY] = _smoothed_with_year(series, origins, horizon)
            parts.append(found[YEARLY])
        found[COMBINED] = np.mean(parts, axis=0)
    is_open = ~_closed(series.values, origins=origins, horizon=horizon)
    return {name: np.maximum(forecasts, 0) * is_open for name, forecasts in found.items()}


def last_weeks(values: np.ndarray, *, origins: np.ndarray, horizon: int, weeks: int) -> np.ndarray:
    """The mean of each weekday over the last `weeks` weeks before each origin, or as many whole ones as there are."""
    sums = _weekly_sums(values)
    end = _last_same_weekday(origins, horizon) + WEEK
    whole = np.minimum(weeks, origins // WEEK)[:, None]
    return (sums[end] - sums[end - WEEK * whole]) / whole


def _weekly_sums(values: np.ndarray) -> np.ndarray:
    """Shape (n + 7,): at i the sum of values[i − 7], values[i − 14], … , so that a difference is a sum over weeks."""
    padded = np.zeros(-(-values.size // WEEK) * WEEK)
    padded[: values.size] = values
    sums = np.vstack([np.zeros(WEEK), np.cumsum(padded.reshape(-1, WEEK), axis=0)])
    return sums.ravel()[: values.size + WEEK]


def _last_same_weekday(origins: np.ndarray, horizon: int) -> np.ndarray:
    """Shape (origins, horizon): the last day seen that has the weekday of the day to foretell."""
    return origins[:, None] - WEEK + np.arange(horizon) % WEEK


def _closed(values: np.ndarray, *, origins: np.ndarray, horizon: int) -> np.ndarray:
    recent = last_weeks(values, origins=origins, horizon=horizon, weeks=CLOSED_WEEKS)
    # Fewer weeks than that say nothing of a weekday yet.
    return (recent <= NOTHING) & (origins >= CLOSED_WEEKS * WEEK)[:, None]


def _smoothed_with_year(series: Ordinary, origins: np.ndarray, horizon: int) -> np.ndarray:
    train = series.values[: series.fit_until]
    wave = yearly.yearly_wave(train, first_weekday=series.first_weekday, days=series.values.size + horizon)
    level = series.values - wave[: series.values.size]
    forecasts = smoothing.smoothed_forecasts(level, fit_until=series.fit_until, origins=origins, horizon=horizon)
    return forecasts + wave[origins[:, None] + np.arange(horizon)]
