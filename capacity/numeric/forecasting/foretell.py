"""One series foretold: the model that did best on its past, its intervals, and the baseline beside it."""

from dataclasses import dataclass

import numpy as np

from capacity.numeric.forecasting.day_kinds import NO_EFFECT, SpecialDays
from capacity.numeric.forecasting.history import DailyHistory, ordinary_days
from capacity.numeric.forecasting.rolling import BASELINE, LEAST_DAYS, Rolling
from capacity.numeric.forecasting.short import repeat_last_week

__all__ = ["BASELINE", "Backtest", "Forecast", "foretell"]

# The interval's probability, of which tests and the pages speak too.
INTERVAL = 0.9


@dataclass(frozen=True, slots=True)
class Backtest:
    """The rolling-origin test. Errors are WAPE = Σ|actual − forecast| / Σ actual, None where nothing came at all.

    `error` and `coverage` are of the whole procedure, the choice of the model on each origin included; `baseline_error` of the
    seasonal-naive baseline on the same days; `errors` of each model kept throughout. `first_day`, `last_day`: places in the
    history that was given.
    """

    horizon: int
    origins: int
    first_day: int
    last_day: int
    error: float | None
    baseline_error: float | None
    coverage: float | None
    errors: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Arrays of shape (horizon,): means, the 90 % interval, the baseline. No `backtest` where the history is too short.

    `ratios`, `counts`: by `DayKind`, what each kind's days come to as a share of ordinary ones, and the days it rests on.
    """

    model: str
    mean: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    baseline: np.ndarray
    backtest: Backtest | None
    ratios: np.ndarray
    counts: np.ndarray
    known_days: int

    @property
    def is_baseline(self) -> bool:
        return self.model == BASELINE


def foretell(history: DailyHistory, *, prior: np.ndarray = NO_EFFECT) -> Forecast:
    """Forecast the days after a history, as many as its `kinds` reach beyond it.

    `prior`, shape (7,): what each kind of day is held for before its own days were seen, 1 for no effect. A history of less
    than four weeks repeats its last one. Falls back to the baseline where that did better on the test. No randomness.
    """
    given = history.days
    history = history.trimmed()
    known = int(np.count_nonzero(~np.isnan(history.values)))
    if history.days < LEAST_DAYS or known < LEAST_DAYS / 2:
        return _short(history, prior, known)
    rolling = Rolling(history, horizon=history.horizon, prior=prior)
    names = list(rolling.mean)
    among, measured = names, rolling.measure(names)
    baseline_error = rolling.error(BASELINE)
    if measured.error is None or baseline_error is None or measured.error >= baseline_error:
        among, measured = [BASELINE], rolling.measure([BASELINE])
    chosen = rolling.choose(before=history.days, among=among)
    models = rolling.models
    n = history.days
    final = models.forecasts(origins=np.array([n]), horizon=history.horizon, fit_until=n, has_year=rolling.has_year)
    mean, extra = (part[0] for part in final[chosen])
    lower, upper = rolling.spread(chosen, before=n).around(mean, extra=extra)
    ratios = models.ratios(before=n)
    test = rolling.windows
    return Forecast(
        model=chosen,
        mean=mean,
        lower=lower,
        upper=upper,
        baseline=final[BASELINE][0][0],
        backtest=Backtest(
            horizon=test.horizon,
            origins=int(rolling.tested.size),
            first_day=given - n + test.test,
            last_day=given - 1,
            error=measured.error,
            baseline_error=baseline_error,
            coverage=measured.coverage,
            errors={name: rolling.error(name) for name in names},
        ),
        ratios=ratios.ratio,
        counts=ratios.count,
        known_days=known,
    )


def _short(history: DailyHistory, prior: np.ndarray, known: int) -> Forecast:
    """Known effects of the calendar are of no help to a baseline that is blind to it."""
    n = history.days
    mean, lower, upper = repeat_last_week(history.values, horizon=history.horizon)
    special = SpecialDays.of(
        values=history.values, ordinary=ordinary_days(history), kinds=history.kinds[:n], weekdays=history.weekdays[:n]
    )
    ratios = special.ratios(before=n, prior=prior)
    return Forecast(BASELINE, mean, lower, upper, mean, None, ratios.ratio, ratios.count, known)
