"""The forecasts on arrivals that nobody here made up: every day foretold with nothing but the days before its origin."""

import numpy as np
import pytest

from tests.numeric.forecasting.real_arrivals import needs_file, real_arrivals
from tests.numeric.forecasting.series import forecast, wape

pytestmark = needs_file

YEAR = 364


def seasonal_naive(values, horizon):
    return np.resize(values[-7:], horizon)


@pytest.fixture(scope="module")
def arrivals():
    values = real_arrivals()
    assert values.size == 1735
    return values


def test_the_baseline_is_the_published_one(arrivals):
    assert wape(arrivals[-28:], forecast(arrivals[:-28]).baseline) == pytest.approx(0.065, abs=5e-4)
    assert wape(arrivals[-YEAR:], seasonal_naive(arrivals[:-YEAR], YEAR)) == pytest.approx(0.144, abs=5e-4)


def test_the_last_four_weeks_in_one_shot(arrivals):
    found = forecast(arrivals[:-28])
    assert wape(arrivals[-28:], found.mean) < 0.0625  # seasonal-naive 6.5 %
    assert found.backtest.error < found.backtest.baseline_error


def test_the_last_year_in_one_shot(arrivals):
    found = forecast(arrivals[:-YEAR], horizon=YEAR)
    assert wape(arrivals[-YEAR:], found.mean) < 0.082  # seasonal-naive 14.4 %, Holt-Winters 9.7 %
    held = np.mean((found.lower <= arrivals[-YEAR:]) & (arrivals[-YEAR:] <= found.upper))
    assert 0.85 <= held <= 0.97


def test_the_last_year_four_weeks_at_a_time(arrivals):
    origins = range(arrivals.size - YEAR, arrivals.size, 28)
    made = [forecast(arrivals[:origin]) for origin in origins]
    actual = arrivals[-YEAR:]
    naive = np.concatenate([one.baseline for one in made])
    assert wape(actual, naive) == pytest.approx(0.0973, abs=5e-4)
    assert wape(actual, np.concatenate([one.mean for one in made])) < 0.076
    lower, upper = (np.concatenate([getattr(one, name) for one in made]) for name in ("lower", "upper"))
    assert 0.87 <= np.mean((lower <= actual) & (actual <= upper)) <= 0.94
    # The backtest that is shown beside a forecast tells the same story before the year has come.
    assert made[0].backtest.error == pytest.approx(0.072, abs=0.01)
