"""Where the paper's inner search ends: the threshold ñA and the stop point n̄A(n1), for every n1 at once."""

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.show_up import no_overload_at

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def thresholds(rated: int, no_show_same_day: Floats) -> Floats:
    """`ñA(n1)` of property 4, shape `no_show_same_day.shape + (N + 1,)`: beyond it R is unimodal in nA.

    >>> thresholds(20, np.array(0.1))[:2].round(4)
    array([2.3712, 3.3712])
    """
    n1 = np.arange(rated + 1)
    d2 = no_show_same_day[..., np.newaxis]
    root = np.sqrt((1 - d2) ** 2 + 4 * rated * d2)
    return np.maximum(n1 + rated * d2 / (1 - d2) + root / (2 * (1 - d2)) - 3 / 2, n1 + 1)


def stop_points(rated: int, no_show_same_day: Floats, first_losing: Integers) -> Integers:
    """`n̄A(n1)`: the first `nA ≥ ⌊ñA + 1⌋` with inequality (11) for every d1 ≤ n1.

    `first_losing[i, A]` is the first nA at which (11) holds for d1 = A. From there on it holds for good, since a seat more only
    makes overload likelier; so no search is left.
    """
    starts = np.floor(thresholds(rated, no_show_same_day) + 1).astype(np.int64)
    return np.maximum(starts, np.maximum.accumulate(first_losing, axis=-1))


def search_first_losing(
    rated: int, no_show_advance: float, no_show_same_day: float, overload_cost: float, known: Integers, unknown_from: int
) -> Integers:
    """`first_losing` of one doctor by bisection, where it lies beyond the table: at `unknown_from` or later.

    (11) reads `β·P(a + b < N) < β − 1` when A of the N + nA numbers are advance ones.
    """

    def loses(extra: Integers) -> NDArray[np.bool_]:
        short = no_overload_at(rated, extra, no_show_advance, no_show_same_day)
        return overload_cost * short < overload_cost - 1

    open_ = known >= unknown_from
    low = np.where(open_, unknown_from, known)
    high = np.where(open_, unknown_from + rated, known)
    while not (loses(high) | ~open_).all():
        high = np.where(open_, 2 * high, high)
    while (low < high).any():
        middle = (low + high) // 2
        lost = loses(middle)
        high = np.where(open_ & lost, middle, high)
        low = np.where(open_ & ~lost, middle + 1, low)
    return low
