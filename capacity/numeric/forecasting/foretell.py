"""One series foretold: the model that did best on its past, its intervals, and the baseline beside it."""

from dataclasses import dataclass

import numpy as np

from capacity.numeric.forecasting.candidates import LAST_WEEK
from capacity.numeric.forecasting.day_kinds import NO_EFFECT
from capacity.numeric.forecasting.history import WEEK, DailyHistory
from capacity.numeric.forecasting.intervals import NORMAL_TAIL
from capacity.numeric.forecasting.rolling import BASELINE, LEAST_DAYS, Measured, Models, Rolling
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
        return self.model in (BASELINE, LAST_WEEK)


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
    baseline_error = rolling.error(BASELINE)
    among, measured = _worth_using(rolling, names)
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


def _worth_using(rolling: Rolling, names: list[str]) -> tuple[list[str], Measured]:
    """The models to choose among, and what choosing among them came to on the test.

    All of them where that beats the baseline there; else last week again, with the calendar's effects unless those did harm.
    """
    baseline = rolling.error(BASELINE)
    among = names
    measured = rolling.measure(among)
    if baseline is None or measured.error is None or measured.error >= baseline:
        # The one that knows the calendar first: of equals it is chosen, for the holidays that the test did not have.
        among = [name for name in (LAST_WEEK, BASELINE) if name in names]
        measured = rolling.measure(among)
    if baseline is not None and measured.error is not None and measured.error > baseline:
        among = [BASELINE]
        measured = rolling.measure(among)
    return among, measured


def _short(history: DailyHistory, prior: np.ndarray, known: int) -> Forecast:
    n, horizon = history.days, history.horizon
    models = Models(history, prior=prior)
    ratios = models.ratios(before=n)
    baseline, lower, upper = repeat_last_week(history.values, horizon=horizon)
    if not history.kinds.any():
        return Forecast(BASELINE, baseline, lower, upper, baseline, None, ratios.ratio, ratios.count, known)
    mean, lower, upper = repeat_last_week(models.ordinary, horizon=max(horizon, WEEK))
    mean, extra = models.with_effects(mean[None], origins=np.array([n]), horizon=horizon, ratios=[ratios])
    # What an ordinary day may miss by, in its proportion, beside what the kind of day may.
    half = np.hypot((upper - lower)[:horizon] / 2 * np.minimum(ratios.ratio[history.kinds[n:]], 1), NORMAL_TAIL * extra[0])
    return Forecast(
        LAST_WEEK, mean[0], np.maximum(mean[0] - half, 0), mean[0] + half, baseline, None, ratios.ratio, ratios.count, known
    )
