"""What kind of day it is, as far as people's wish to see a doctor goes, and what each kind does to the demand.

A special day is foretold as a share of what an ordinary day would have been: `ratio · base`. The ratio of a kind is the sum of
what came divided by the sum of its bases, shrunk towards `prior` by a few pseudo-days, so that one odd holiday does not empty
the next one. The base of a make-up workday is the mean of Monday to Friday, of every other day its own weekday.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np


class DayKind(IntEnum):
    """`FESTIVAL`: a weekday off in the Spring Festival's break; `HOLIDAY`: in another. `BREAK_WEEKEND`: Saturday or Sunday
    within either. `EVE`, `AFTER`: the last workday before a break of three days or more, the first one after it."""

    ORDINARY = 0
    HOLIDAY = 1
    FESTIVAL = 2
    BREAK_WEEKEND = 3
    EVE = 4
    AFTER = 5
    MAKE_UP = 6


# Without evidence a special day is like its base: a make-up workday is a workday.
NO_EFFECT = np.ones(len(DayKind))
# Worth of the prior in days: after as many of a kind, what was seen and what was assumed weigh the same.
PSEUDO_DAYS = 2.0
# How far a single special day's ratio is expected from its kind's mean before any was seen.
PRIOR_SPREAD = 0.35
WORKWEEK = 5


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """The special days of a history in their order: when, which kind, what came, and what an ordinary day would have brought."""

    day: np.ndarray
    kind: np.ndarray
    value: np.ndarray
    base: np.ndarray

    @classmethod
    def of(cls, *, values: np.ndarray, ordinary: np.ndarray, kinds: np.ndarray, weekdays: np.ndarray) -> "SpecialDays":
        """All of shape (n,); `ordinary` as `ordinary_days` gives it. Unknown days say nothing."""
        day = np.flatnonzero((kinds != DayKind.ORDINARY) & ~np.isnan(values))
        base = ordinary[day].copy()
        made_up = kinds[day] == DayKind.MAKE_UP
        base[made_up] = [_workday_mean(ordinary, weekdays, int(d)) for d in day[made_up]]
        return cls(day, kinds[day], values[day], base)

    def ratios(self, *, before: int, prior: np.ndarray = NO_EFFECT) -> "Ratios":
        """What the special days before the day `before` say of each kind."""
        seen = self.day < before
        kind, value, base = self.kind[seen], self.value[seen], self.base[seen]
        size = len(DayKind)
        count = np.bincount(kind, minlength=size)
        # A pseudo-day is as large as the days that were seen.
        typical = base.mean() if base.size and base.mean() > 0 else 1.0
        bases = np.bincount(kind, weights=base, minlength=size) + PSEUDO_DAYS * typical
        ratio = (np.bincount(kind, weights=value, minlength=size) + PSEUDO_DAYS * typical * prior) / bases
        apart = (value - ratio[kind] * base) / typical
        squares = np.bincount(kind, weights=apart**2, minlength=size) + PSEUDO_DAYS * PRIOR_SPREAD**2
        spread = np.sqrt(squares / (count + PSEUDO_DAYS))
        ratio[DayKind.ORDINARY], spread[DayKind.ORDINARY] = 1.0, 0.0
        return Ratios(ratio, spread, count)


@dataclass(frozen=True, slots=True)
class Ratios:
    """By kind, each of shape (7,): the share of the base that comes, its spread from day to day, and the days it rests on."""

    ratio: np.ndarray
    spread: np.ndarray
    count: np.ndarray


def with_effects(
    bases: np.ndarray, *, kinds: np.ndarray, weekdays: np.ndarray, ratios: Sequence[Ratios]
) -> tuple[np.ndarray, np.ndarray]:
    """Put the special days into forecasts of ordinary ones: (means, what the kinds' spread adds as a standard deviation).

    All arrays of shape (origins, days), a whole week of days at least; `ratios`: what is known of the kinds on each origin.
    """
    workdays = weekdays < WORKWEEK
    workday_mean = np.sum(bases * workdays, axis=1) / np.count_nonzero(workdays, axis=1)
    reference = np.where(kinds == DayKind.MAKE_UP, workday_mean[:, None], bases)
    ratio = np.take_along_axis(np.array([each.ratio for each in ratios]), kinds, axis=1)
    spread = np.take_along_axis(np.array([each.spread for each in ratios]), kinds, axis=1)
    return reference * ratio, reference * spread


def _workday_mean(ordinary: np.ndarray, weekdays: np.ndarray, day: int) -> float:
    """The mean of Monday to Friday in the four weeks before a day; the day itself where there is none."""
    recent = slice(max(0, day - 28), day)
    found = ordinary[recent][weekdays[recent] < WORKWEEK]
    return float(found.mean()) if found.size else float(ordinary[day])
