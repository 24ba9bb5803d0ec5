"""Histories of less than four weeks: nothing can be measured on them, so last week is repeated, with a generous interval."""

import numpy as np

from capacity.numeric.forecasting.intervals import NORMAL_TAIL
from capacity.numeric.forecasting.rolling import WEEK


def repeat_last_week(values: np.ndarray, *, horizon: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(mean, lower, upper), each of shape (horizon,), of `values` of shape (n,), nan for unknown.

    Each day gets the last known value of its weekday, the mean of all where its weekday was never seen. The interval supposes
    that days scatter around one mean as they did, and that the last one scattered as well: √2 of their deviation, which is
    never taken for smaller than a Poisson count's.
    """
    known = ~np.isnan(values)
    average = float(values[known].mean())
    week = np.full(WEEK, average)
    for day in np.flatnonzero(known):
        week[(day - values.size) % WEEK] = values[day]
    mean = np.resize(week, horizon)
    count = int(np.count_nonzero(known))
    deviation = float(values[known].std(ddof=1)) if count > 1 else 0.0
    least = np.sqrt(max(average, 1 / count))
    half = NORMAL_TAIL * np.sqrt(2) * max(deviation, least)
    return mean, np.maximum(mean - half, 0), mean + half
