"""Exponential smoothing with an additive weekly season, by statsmodels.

    level_t = α (y_t − s_{t−7}) + (1 − α) level_{t−1},   s_t = γ (y_t − level_{t−1}) + (1 − γ) s_{t−7},
    ŷ_{o+h} = level_o + s_{o+h−7⌈h/7⌉}

(Hyndman & Athanasopoulos, *Forecasting: Principles and Practice*, ETS(A,N,A).) There is no trend: over some weeks it is
smaller than the noise of daily counts, and a trend that is carried on is what goes wrong in long forecasts.
"""

import warnings
from typing import Any

import numpy as np

WEEK = 7
# The initial states are averages of the first weeks.
LEAST_DAYS = 3 * WEEK


def smoothed_forecasts(values: np.ndarray, *, fit_until: int, origins: np.ndarray, horizon: int) -> np.ndarray:
    """Forecasts from each origin with the parameters that fit the first `fit_until` days best. Shape (origins, horizon).

    `values`: shape (n,) without gaps; an origin o has seen `values[:o]`, `LEAST_DAYS` ≤ fit_until ≤ o.
    """
    train = values[:fit_until]
    if np.ptp(train) == 0:
        # Nothing to fit: whatever the weights, the forecast is that constant. What comes later moves it by a middling weight.
        alpha, gamma, level, season = 0.2, 0.05, float(train[0]), np.zeros(WEEK)
    else:
        alpha, gamma, level, season = _fit(train)
    # The library leaves the newest season out at the very end: with a day more it is right where it counts.
    model = _model(np.append(values, values[-1]), initialization_method="known", initial_level=level, initial_seasonal=season)
    # The library takes the logarithm of the errors' sum for criteria that nobody asks for; a constant has none.
    with np.errstate(divide="ignore"):
        states = model.fit(optimized=False, smoothing_level=alpha, smoothing_seasonal=gamma)
    ahead = np.arange(horizon) % WEEK
    return np.asarray(states.level)[origins - 1][:, None] + np.asarray(states.season)[origins[:, None] - WEEK + ahead]


def _fit(train: np.ndarray) -> tuple[float, float, float, np.ndarray]:
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    model = _model(train, initialization_method="heuristic")
    with warnings.catch_warnings(), np.errstate(divide="ignore"):
        # What the optimiser stopped at is judged by its forecasts' errors, not by its word.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # The heuristic start is near enough that a search over a grid beforehand changes nothing but the time.
        found = model.fit(use_brute=False).params
    return (
        float(found["smoothing_level"]),
        float(found["smoothing_seasonal"]),
        float(found["initial_level"]),
        np.asarray(found["initial_seasons"], dtype=float),
    )


def _model(values: np.ndarray, **options: Any) -> Any:
    # Imported here: the library takes seconds, and web processes import this module for its names, not to forecast.
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    return ExponentialSmoothing(values, seasonal="add", seasonal_periods=WEEK, **options)
