"""Forecasts of series whose truth is known, and of those that are hardly series."""

import warnings

import numpy as np
import pytest
from statsmodels.tsa.holtwinters import ExponentialSmoothing

from capacity.numeric.errors import InvalidInput
from capacity.numeric.forecasting import BASELINE, DailyHistory, DayKind, foretell
from capacity.numeric.forecasting.freak_days import without_freaks
from capacity.numeric.forecasting.rolling import Rolling
from capacity.numeric.forecasting.smoothing import smoothed_forecasts
from tests.numeric.forecasting.series import clinic, forecast, history, wape

NAN = float("nan")


@pytest.fixture(autouse=True)
def _no_warnings():
    """A night that warns of every odd series is a night whose log nobody reads."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def rng():
    return np.random.default_rng(20261122)


def test_the_sources_week_is_repeated_with_an_interval():
    week = [100, 120, 110, 130, 140, 150, 160]
    found = forecast(week, horizon=7)
    assert found.mean.tolist() == found.baseline.tolist() == week
    assert found.model == BASELINE
    assert found.backtest is None
    # 1.645 · √2 · 21.6, the week's own standard deviation.
    assert (found.upper - found.mean).tolist() == pytest.approx([50.25] * 7, abs=0.01)
    assert (found.mean - found.lower).tolist() == pytest.approx([50.25] * 7, abs=0.01)


def test_a_week_that_begins_with_a_holiday_is_repeated_too():
    """New Year's Day as the only Monday known: what it brought is all that is known of Mondays."""
    week = [100, 120, 110, 130, 140, 150, 160]
    kinds = [DayKind.HOLIDAY, DayKind.AFTER, *[DayKind.ORDINARY] * 12]
    assert forecast(week, horizon=7, kinds=kinds).mean.tolist() == week


@pytest.mark.parametrize("weekend", [0.0, 0.3])
def test_a_steady_clinic_is_foretold_better_than_by_last_week(rng, weekend):
    values = clinic(420, level=40, rng=rng, weekend=weekend)
    found = forecast(values[:392])
    assert not found.is_baseline
    assert found.backtest.error < 0.9 * found.backtest.baseline_error
    assert wape(values[392:], found.mean) < wape(values[392:], found.baseline)


def test_closed_days_stay_closed(rng):
    found = forecast(clinic(280, level=40, rng=rng))
    assert found.mean[[5, 6, 12, 13]].tolist() == [0, 0, 0, 0]
    assert np.all(found.upper[[5, 6]] < 2)


def test_intervals_hold_nine_days_of_ten(rng):
    """Over many series: of what comes, and of what the backtest said would."""
    held, promised = [], []
    for level in (5, 20, 80):
        for _ in range(5):
            values = clinic(420, level=level, rng=rng, weekend=0.3)
            found = forecast(values[:392])
            held.append(np.mean((found.lower <= values[392:]) & (values[392:] <= found.upper)))
            promised.append(found.backtest.coverage)
    assert 0.86 <= np.mean(held) <= 0.95
    assert 0.86 <= np.mean(promised) <= 0.95


def test_nothing_after_an_origin_is_known_on_it(rng):
    """The backtest is the same whatever comes after its last test day, and an origin's forecast whatever comes after it."""
    values = clinic(300, level=30, rng=rng, weekend=0.5)
    kinds = np.zeros(328, dtype=np.int64)
    kinds[[40, 41, 150, 151, 260, 290]] = [1, 4, 1, 5, 6, 1]
    first = foretell(DailyHistory(values[:280], kinds[:308], 0))
    changed = values.copy()
    changed[280:] = 999
    second = foretell(DailyHistory(changed[:280], kinds[:308], 0))
    assert second.mean.tolist() == first.mean.tolist()
    one = Rolling(DailyHistory(values, kinds, 0), horizon=28)
    later = values.copy()
    later[270:] *= 3
    other = Rolling(DailyHistory(later, kinds, 0), horizon=28)
    early = one.origins <= 270
    assert early.sum() > 5
    for name, means in one.mean.items():
        assert np.array_equal(means[early], other.mean[name][early]), name


def test_smoothing_from_all_origins_is_the_recursion_and_the_librarys_own(rng):
    """From each origin the forecasts are those of the recursion in the module's docstring, with the library's parameters."""
    values = clinic(140, level=30, rng=rng, weekend=0.5)
    origins = np.array([98, 105, 140])
    found = smoothed_forecasts(values, fit_until=98, origins=origins, horizon=16)
    fitted = ExponentialSmoothing(values[:98], seasonal="add", seasonal_periods=7, initialization_method="heuristic").fit(
        use_brute=False
    )
    alpha, gamma = fitted.params["smoothing_level"], fitted.params["smoothing_seasonal"]
    for place, origin in enumerate(origins):
        level, season = fitted.params["initial_level"], list(fitted.params["initial_seasons"])
        for t, value in enumerate(values[:origin]):
            before, season_before = level, season[t]
            level = alpha * (value - season_before) + (1 - alpha) * before
            season.append(gamma * (value - before) + (1 - gamma) * season_before)
        assert found[place] == pytest.approx([level + season[-7 + h % 7] for h in range(16)], abs=1e-9)
    # The library's own forecast of a week's last day leaves the newest season out; the other days agree.
    assert found[0][:6] == pytest.approx(fitted.forecast(6), abs=1e-9)


# The calendar


def with_holidays(rng, days, level=40.0):
    """Holidays each 45 days: three days off at a tenth, an eve at 0.8, a day after at 1.4, a Saturday that is worked."""
    profile = np.array([1.2, 1.0, 1.0, 1.0, 0.9, 0.0, 0.0])
    means = level * profile[np.arange(days) % 7]
    kinds = np.zeros(days, dtype=np.int64)
    for start in range(42, days - 13, 49):
        kinds[start : start + 3], means[start : start + 3] = DayKind.HOLIDAY, means[start : start + 3] * 0.1
        kinds[start + 3], means[start + 3] = DayKind.AFTER, means[start + 3] * 1.4
        kinds[start + 12], means[start + 12] = DayKind.MAKE_UP, level
    return rng.poisson(means).astype(float), kinds


def test_effects_of_the_calendar_are_found(rng):
    values, kinds = with_holidays(rng, 730)
    found = foretell(DailyHistory(values[:700], kinds[:728], 0))
    assert found.ratios[DayKind.HOLIDAY] == pytest.approx(0.1, abs=0.06)
    assert found.ratios[DayKind.AFTER] == pytest.approx(1.4, abs=0.12)
    assert found.ratios[DayKind.MAKE_UP] == pytest.approx(1.0, abs=0.12)
    assert found.counts[[DayKind.HOLIDAY, DayKind.AFTER]].tolist() == [42, 14]


def test_holidays_ahead_are_foretold_and_their_days_do_not_pull_the_others_down(rng):
    values, kinds = with_holidays(rng, 800)
    found = foretell(DailyHistory(values[:676], kinds[:732], 0))
    special = kinds[676:732]
    assert set(special) == {DayKind.ORDINARY, DayKind.HOLIDAY, DayKind.AFTER, DayKind.MAKE_UP}
    assert np.all(found.mean[special == DayKind.HOLIDAY] < 10)
    assert np.all(found.mean[special == DayKind.MAKE_UP] > 30)
    weekday = (676 + np.arange(56)) % 7
    assert found.mean[(special == DayKind.ORDINARY) & (weekday == 2)] == pytest.approx(40, abs=4)
    assert found.backtest.error < 0.5 * found.backtest.baseline_error


def test_one_odd_holiday_does_not_empty_the_next():
    values = np.full(100, 40.0)
    kinds = np.zeros(128, dtype=np.int64)
    kinds[[50, 110]] = DayKind.HOLIDAY
    values[50] = 0
    found = foretell(DailyHistory(values, kinds, 0))
    # One day at nought against two pseudo-days at one.
    assert found.ratios[DayKind.HOLIDAY] == pytest.approx(2 / 3)
    assert found.mean[10] == pytest.approx(40 * 2 / 3)
    assert found.upper[10] - found.lower[10] > 20
    assert found.mean[11] == 40


def test_a_department_without_holidays_of_its_own_believes_the_prior():
    prior = np.ones(len(DayKind))
    prior[DayKind.HOLIDAY] = 0.2
    for days in (14, 100):
        kinds = np.zeros(days + 28, dtype=np.int64)
        kinds[days + 3] = DayKind.HOLIDAY
        found = foretell(DailyHistory(np.full(days, 40.0), kinds, 0), prior=prior)
        assert found.mean[3] == pytest.approx(8)
        assert found.mean[4] == 40
        assert found.baseline[3] == 40


# Hardly series


@pytest.mark.parametrize("days", [1, 3, 6, 13, 27])
@pytest.mark.parametrize("horizon", [1, 7, 28])
def test_a_few_days_are_answered_without_a_test(days, horizon):
    found = forecast(np.arange(days) + 5, horizon=horizon)
    assert found.backtest is None
    assert found.mean.size == horizon
    assert np.all(found.upper > found.mean)


@pytest.mark.parametrize(("days", "horizon"), [(28, 7), (41, 7), (42, 7), (63, 7), (112, 14), (200, 21), (224, 28)])
def test_a_short_history_is_tested_as_far_as_it_goes(days, horizon, rng):
    found = forecast(clinic(days, level=30, rng=rng, weekend=0.5))
    assert found.backtest.horizon == horizon
    assert found.backtest.last_day == days - 1
    assert 0 <= found.backtest.coverage <= 1


@pytest.mark.parametrize("days", [3, 100, 800])
def test_nothing_but_noughts(days):
    found = forecast(np.zeros(days))
    assert found.mean.max() == 0
    assert found.upper.max() < 2
    assert found.backtest is None or found.backtest.error is None


@pytest.mark.parametrize("days", [30, 100, 1500])
def test_a_constant(days):
    found = forecast(np.full(days, 50.0))
    assert found.mean.tolist() == [50] * 28
    assert found.lower.tolist() == found.upper.tolist() == [50] * 28
    assert found.backtest.error == 0


def test_gaps_are_passed_over(rng):
    whole = clinic(300, level=40, rng=rng, weekend=0.5)
    gappy = whole.copy()
    gappy[rng.random(300) < 0.3] = NAN
    gappy[100:130] = NAN
    gappy[-5:] = NAN
    assert forecast(gappy).mean == pytest.approx(forecast(whole).mean, rel=0.25)


def test_a_weekday_that_is_never_known_is_closed(rng):
    values = clinic(200, level=40, rng=rng, weekend=1.0)
    values[np.arange(200) % 7 >= 5] = NAN
    weekday = (200 + np.arange(28)) % 7
    found = forecast(values)
    assert np.all(found.mean[weekday >= 5] == 0)
    assert np.all(found.mean[weekday < 5] > 20)


@pytest.mark.parametrize(("before", "after"), [(40, 120), (40, 4), (0, 20), (20, 0)])
def test_a_new_level_is_followed_within_weeks(before, after, rng):
    values = np.concatenate([rng.poisson(before, 400), rng.poisson(after, 35)])
    found = forecast(values)
    assert found.mean.mean() == pytest.approx(after, abs=0.25 * after + 1)


def test_one_freak_day_does_not_swing_the_weeks(rng):
    values = rng.poisson(40, 400).astype(float)
    values[-1] = 100_000
    assert forecast(values).mean.max() < 60


def test_a_freak_day_is_alone_and_a_new_level_is_not():
    values = np.full(120, 10.0)
    values[80] = 500
    values[100:] = 500
    kept = without_freaks(values)
    assert kept[80] < 50
    # The first day of the level could be a freak; by the second it is none.
    assert kept[101:].tolist() == [500] * 19


def test_a_yearly_wave_is_foretold_where_the_history_is_long(rng):
    t = np.arange(1600 + 91)
    values = rng.poisson(60 * (1 + 0.4 * np.cos(2 * np.pi * t / 365.25))).astype(float)
    found = forecast(values[:1600], horizon=91)
    assert found.model == "exponential smoothing with yearly wave"
    # Poisson noise alone is 0.8 / √54 = 11 %; without the wave, a quarter of a year ahead is off by a third.
    assert wape(values[1600:], found.mean) < 0.16
    assert found.backtest.errors["exponential smoothing"] > 0.2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, -2, 3], "values hold a negative count, -2"),
        ([], "values hold no day that is known"),
        ([NAN, NAN], "values hold no day that is known"),
        ([1, float("inf")], "values hold a count above 1e+09"),
    ],
)
def test_what_is_no_series_of_counts_is_refused(values, words):
    with pytest.raises(InvalidInput, match=words.replace("+", r"\+")):
        history(values)


@pytest.mark.parametrize("horizon", [0, 731])
def test_horizons_out_of_range_are_refused(horizon):
    with pytest.raises(InvalidInput, match="horizon must be from 1 to 730 days"):
        DailyHistory(np.ones(5), np.zeros(5 + horizon, dtype=int), 0)
