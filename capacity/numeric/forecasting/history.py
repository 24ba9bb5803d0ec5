"""What a forecast starts from: daily counts with their gaps, and what the calendar says of each day."""

from dataclasses import dataclass

import numpy as np

from capacity.numeric.errors import InvalidInput
from capacity.numeric.forecasting.day_kinds import DayKind
from capacity.numeric.forecasting.freak_days import without_freaks

WEEK = 7
# Thirty years: beyond any series of bookings, and small enough that a mistyped year is told from a long history.
LONGEST_HISTORY = 11_000
LONGEST_HORIZON = 730
# A weekday that was never seen in four weeks is closed.
CLOSED_DAYS = 4 * WEEK
# Counts that a clinic cannot reach, and whose squares are still exact enough to sum.
LARGEST_COUNT = 1e9


@dataclass(frozen=True, slots=True)
class DailyHistory:
    """One value per day, from the first day on without a break.

    `values`: shape (n,), counts per day; nan is a day that nobody knows. `kinds`: shape (n + horizon,), a `DayKind` for each
    day of the history and of what is to be foretold. `first_weekday`: of the first day, Monday is 0.
    """

    values: np.ndarray
    kinds: np.ndarray
    first_weekday: int

    def __post_init__(self) -> None:
        values = self.values
        if values.ndim != 1 or values.size == 0 or np.all(np.isnan(values)):
            raise InvalidInput("values", "hold no day that is known")
        if values.size > LONGEST_HISTORY:
            raise InvalidInput("values", f"span {values.size} days, at most {LONGEST_HISTORY} are taken")
        known = values[~np.isnan(values)]
        if np.any(known < 0):
            raise InvalidInput("values", f"hold a negative count, {known[known < 0][0]:g}")
        if np.any(known > LARGEST_COUNT):
            raise InvalidInput("values", f"hold a count above {LARGEST_COUNT:g}")
        if self.kinds.shape != (self.days + self.horizon,) or not 1 <= self.horizon <= LONGEST_HORIZON:
            raise InvalidInput("horizon", f"must be from 1 to {LONGEST_HORIZON} days")
        if not 0 <= self.first_weekday < WEEK:
            raise InvalidInput("first_weekday", "must be from 0 (Monday) to 6 (Sunday)")

    @property
    def days(self) -> int:
        return int(self.values.size)

    @property
    def horizon(self) -> int:
        return int(self.kinds.size) - self.days

    @property
    def weekdays(self) -> np.ndarray:
        """Shape (n + horizon,): 0 is Monday."""
        return (np.arange(self.kinds.size) + self.first_weekday) % WEEK

    def trimmed(self) -> "DailyHistory":
        """The history from its first known day on."""
        first = int(np.argmax(~np.isnan(self.values)))
        if first == 0:
            return self
        return DailyHistory(self.values[first:], self.kinds[first:], (self.first_weekday + first) % WEEK)


def ordinary_days(history: DailyHistory) -> np.ndarray:
    """The history as it would have been without special days, gaps and freak days. Shape (n,).

    A special or unknown day gets the mean of the last four known ordinary days of its weekday. It looks back only, so that
    what is computed for a day never knows of later ones; days before the first such day get that first day's value. A weekday of
    which only special days are known keeps them; one that was never known in four weeks is taken for closed, and for an average
    day before.
    """
    n = history.days
    known = ~np.isnan(history.values)
    usable = known & (history.kinds[:n] == DayKind.ORDINARY)
    filled = np.where(usable, history.values, 0.0)
    for weekday in range(WEEK):
        days = np.arange((weekday - history.first_weekday) % WEEK, n, WEEK)
        these = usable[days] if usable[days].any() else known[days]
        if these.any():
            filled[days[these]] = history.values[days[these]]
            filled[days[~these]] = _last_mean(history.values[days[these]], np.cumsum(these)[~these])
        elif n < CLOSED_DAYS:
            filled[days] = history.values[known].mean()
    return without_freaks(filled)


def _last_mean(known: np.ndarray, seen: np.ndarray, window: int = 4) -> np.ndarray:
    """The mean of the last `window` of the first `seen` known values; where none was seen yet, the first that comes."""
    sums = np.concatenate([[0.0], np.cumsum(known)])
    upto = np.maximum(seen, 1)
    since = np.maximum(upto - window, 0)
    return (sums[upto] - sums[since]) / (upto - since)
