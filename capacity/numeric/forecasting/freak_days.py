"""A single day far beyond all that its weekday has seen must not swing the weeks that follow; a new level must be followed."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

WEEK = 7
# The weeks that a day is compared with.
WINDOW_WEEKS = 8
# In standard deviations: far beyond what a festival, a flu wave or a closed neighbour does to a clinic.
FARTHEST = 8.0
# A median absolute deviation of a normal law, as a standard deviation.
MAD_TO_DEVIATION = 1.4826
# Of few weeks with nearly the same count, the deviation is not believed below these.
LEAST_SHARE = 0.1


def without_freaks(values: np.ndarray) -> np.ndarray:
    """Bring each freak day of `values` (shape (n,), no gaps) down to the highest value that is still believed.

    A day is one where it lies `FARTHEST` deviations above the median of its weekday's last eight weeks and no day of the week
    before did: the second such day within a week is the beginning of a new level. It looks back only.
    """
    highest = _highest_believed(values)
    beyond = values > highest
    if not beyond.any():
        return values
    sums = np.concatenate([np.zeros(WEEK + 1), np.cumsum(beyond)])
    before = sums[WEEK : WEEK + values.size] - sums[: values.size]
    return np.where(beyond & (before == 0), highest, values)


def _highest_believed(values: np.ndarray) -> np.ndarray:
    highest = np.full(values.size, np.inf)
    for weekday in range(min(WEEK, values.size)):
        days = np.arange(weekday, values.size, WEEK)
        if days.size <= WINDOW_WEEKS:
            continue
        past = sliding_window_view(values[days[:-1]], WINDOW_WEEKS)
        median = np.median(past, axis=1)
        apart = MAD_TO_DEVIATION * np.median(np.abs(past - median[:, None]), axis=1)
        least = np.maximum(np.sqrt(np.maximum(median, 1)), LEAST_SHARE * median)
        highest[days[WINDOW_WEEKS:]] = median + FARTHEST * np.maximum(apart, least)
    return highest
