"""Made-up histories with known truth."""

import numpy as np

from capacity.numeric.forecasting import DailyHistory, Forecast, foretell


def history(values, *, horizon=28, kinds=None, first_weekday=0) -> DailyHistory:
    values = np.asarray(values, dtype=float)
    found = np.zeros(values.size + horizon, dtype=np.int64)
    if kinds is not None:
        found[:] = kinds
    return DailyHistory(values, found, first_weekday)


def forecast(values, **options) -> Forecast:
    found = foretell(history(values, **options))
    for part in (found.mean, found.lower, found.upper, found.baseline):
        assert np.all(np.isfinite(part))
        assert np.all(part >= 0)
    assert np.all(found.lower <= found.mean)
    assert np.all(found.mean <= found.upper)
    return found


def wape(actual, means) -> float:
    return float(np.abs(actual - means).sum() / np.sum(actual))


def clinic(days, *, level, rng, weekend=0.0) -> np.ndarray:
    """Poisson counts of a clinic that is fuller on Mondays, its weekends at `weekend` of a workday."""
    profile = np.array([1.3, 1.1, 1.0, 1.0, 0.9, weekend, weekend])
    return rng.poisson(level * profile[np.arange(days) % 7]).astype(float)
