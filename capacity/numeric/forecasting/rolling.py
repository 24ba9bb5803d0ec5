"""Rolling-origin evaluation: what each model would have said on past days, with nothing but what was known on each.

The last quarter of a history (a year at most) is the test, as much before it is where the first choice is made, and parameters
are fitted on what lies before both. On each origin of the test the model is chosen, and its interval made, by the errors that
were known by then; so the errors and the coverage of the test are those of the whole procedure, choosing included.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capacity.numeric.forecasting import yearly
from capacity.numeric.forecasting.candidates import LAST_WEEK, Ordinary, last_weeks, ordinary_forecasts
from capacity.numeric.forecasting.day_kinds import NO_EFFECT, DayKind, Ratios, SpecialDays, with_effects
from capacity.numeric.forecasting.history import DailyHistory, ordinary_days
from capacity.numeric.forecasting.intervals import Spread

WEEK = 7
BASELINE = "seasonal-naive"
LONGEST_TEST = 364
# After so many days an error counts half: a series that has found a new level is not judged by how it got there.
HALF_LIFE_DAYS = 56.0
# A quarter must be a week at least.
LEAST_DAYS = 4 * WEEK


@dataclass(frozen=True, slots=True)
class Windows:
    """`start`: the first origin, before which parameters are fitted; `test`: the first origin of the test; `horizon` in days."""

    start: int
    test: int
    horizon: int

    @classmethod
    def of(cls, *, days: int, horizon: int) -> "Windows":
        length = min(LONGEST_TEST, days // 4 // WEEK * WEEK)
        # Half of the test at most, so that a short one has several origins and not a single long shot.
        longest = max(WEEK, length // 2 // WEEK * WEEK)
        return cls(start=days - 2 * length, test=days - length, horizon=min(horizon, longest))


@dataclass(frozen=True, slots=True)
class Measured:
    """What a way to forecast comes to on the test. `error`: WAPE, None where nothing came at all; `coverage`: a share."""

    error: float | None
    coverage: float | None


class Rolling:
    """The forecasts of every model from every origin, a week apart, beside what came."""

    def __init__(self, history: DailyHistory, *, horizon: int, prior: np.ndarray = NO_EFFECT) -> None:
        self.windows = Windows.of(days=history.days, horizon=horizon)
        self.origins = np.arange(self.windows.start, history.days - self.windows.horizon + 1, WEEK)
        self.target = self.origins[:, None] + np.arange(self.windows.horizon)
        self.actual = history.values[self.target]
        self.known = ~np.isnan(self.actual)
        self.is_ordinary = history.kinds[self.target] == DayKind.ORDINARY
        self.models = Models(history, prior=prior)
        # The yearly wave is used where it could be tested: where two years lie before the first origin.
        self.has_year = self.windows.start >= yearly.LEAST_DAYS
        made = self.models.forecasts(
            origins=self.origins, horizon=self.windows.horizon, fit_until=self.windows.start, has_year=self.has_year
        )
        self.mean = {name: mean for name, (mean, _) in made.items()}
        self.extra = {name: extra for name, (_, extra) in made.items()}
        self.apart = {name: np.where(self.known, np.abs(self.actual - mean), 0) for name, mean in self.mean.items()}

    @cached_property
    def tested(self) -> np.ndarray:
        """The places of the test's origins."""
        return np.flatnonzero(self.origins >= self.windows.test)

    def choose(self, *, before: int, among: list[str]) -> str:
        """The model with the smallest error on the days before `before`, the latest counting most; the earlier of equals."""
        weight = np.where(self.target < before, 0.5 ** ((before - self.target) / HALF_LIFE_DAYS), 0)
        return min(among, key=lambda name: float(np.vdot(self.apart[name], weight)))

    def spread(self, name: str, *, before: int) -> Spread:
        counts = self.known & (self.target < before) & (self.is_ordinary if name != BASELINE else True)
        return Spread.of(actual=self.actual, forecast=self.mean[name], counts=counts)

    def measure(self, among: list[str]) -> Measured:
        """The test of choosing anew among these on each of its origins."""
        apart, held = 0.0, 0
        for i in self.tested:
            origin = int(self.origins[i])
            name = self.choose(before=origin, among=among)
            known = self.known[i]
            apart += float(self.apart[name][i].sum())
            lower, upper = self.spread(name, before=origin).around(self.mean[name][i], extra=self.extra[name][i])
            held += int(np.count_nonzero(((lower <= self.actual[i]) & (self.actual[i] <= upper))[known]))
        known = self.known[self.tested]
        total = float(self.actual[self.tested][known].sum())
        days = int(np.count_nonzero(known))
        return Measured(apart / total if total else None, held / days if days else None)

    def error(self, name: str) -> float | None:
        """The WAPE of one model on the test."""
        known = self.known[self.tested]
        total = float(self.actual[self.tested][known].sum())
        return float(self.apart[name][self.tested].sum()) / total if total else None


class Models:
    """All models on one history, the calendar's effects put in."""

    def __init__(self, history: DailyHistory, *, prior: np.ndarray = NO_EFFECT) -> None:
        n = history.days
        self.history = history
        self.prior = prior
        self.ordinary = ordinary_days(history)
        gaps = np.isnan(history.values)
        # The baseline is blind to the calendar: last week is repeated as it was.
        self.as_it_was = np.where(gaps, self.ordinary, history.values)
        self.special = SpecialDays.of(
            values=history.values, ordinary=self.ordinary, kinds=history.kinds[:n], weekdays=history.weekdays[:n]
        )

    def forecasts(
        self, *, origins: np.ndarray, horizon: int, fit_until: int, has_year: bool
    ) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """By name (mean, extra standard deviation), each of shape (origins, horizon); the baseline first."""
        weeks = max(horizon, WEEK)
        series = Ordinary(self.ordinary, self.history.first_weekday, fit_until, has_year)
        bases = ordinary_forecasts(series, origins=origins, horizon=weeks)
        baseline = last_weeks(self.as_it_was, origins=origins, horizon=horizon, weeks=1)
        found = {BASELINE: (baseline, np.zeros_like(baseline))}
        ratios = [self.ratios(before=int(origin)) for origin in origins]
        for name, base in bases.items():
            found[name] = self.with_effects(base, origins=origins, horizon=horizon, ratios=ratios)
        if not self.history.kinds.any():
            # Without special days that is the baseline itself, but for freak days.
            del found[LAST_WEEK]
        return found

    def ratios(self, *, before: int) -> Ratios:
        return self.special.ratios(before=before, prior=self.prior)

    def with_effects(
        self, bases: np.ndarray, *, origins: np.ndarray, horizon: int, ratios: list[Ratios]
    ) -> tuple[np.ndarray, np.ndarray]:
        """(means, extra standard deviations) of shape (origins, horizon), of `bases` that are a whole week wide at least."""
        width = bases.shape[1]
        days = origins[:, None] + np.arange(width)
        kinds = np.zeros(bases.shape, dtype=np.int64)
        # Beyond the horizon, where a week must be made full, days are ordinary.
        kinds[:, :horizon] = self.history.kinds[days[:, :horizon]]
        if not kinds.any():
            return bases[:, :horizon], np.zeros((origins.size, horizon))
        weekdays = (days + self.history.first_weekday) % WEEK
        mean, extra = with_effects(bases, kinds=kinds, weekdays=weekdays, ratios=ratios)
        return mean[:, :horizon], extra[:, :horizon]
