"""How far the tables must reach so that the optimum and its runners-up lie inside."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from capacity.numeric.poisson import poisson_reach

# Next-best pairs that a result carries. R falls beyond the last useful seat, so as many rows more make them exact.
RUNNERS_UP = 3
# Demand beyond this probability changes R by less than rounding does.
NEGLIGIBLE = 1e-17


def useful_extra(
    rated: NDArray[np.int64],
    no_show_advance: NDArray[np.float64],
    no_show_same_day: NDArray[np.float64],
    overload_cost: NDArray[np.float64],
) -> NDArray[np.int64]:
    """An estimate of the first nA from which one seat more loses whatever the demand, per doctor.

    That is `P(no-shows > nA) < (β−1)/β` for N + nA numbers given to the kind of patient that misses most; here by the normal
    law with a correction for skewness. An estimate only: the solver looks whether it sufficed.
    """
    worst = np.maximum(no_show_advance, no_show_same_day)
    show = 1 - no_show_same_day
    z = np.maximum(0.0, -special.ndtri((overload_cost - 1) / overload_cost))
    centre = rated * worst + z * z / 6
    # The larger root of nA·(1−δ2) − centre = z·√(variance), squared: the variance grows with nA.
    half = show * centre + z * z * no_show_same_day * show / 2
    rest = centre * centre - z * z * rated * worst * (1 - worst)
    root = (half + np.sqrt(np.maximum(0.0, half * half - show * show * rest))) / (show * show)
    return np.ceil(root).astype(np.int64) + 1


def demanded_extra(mean_same_day: NDArray[np.float64]) -> NDArray[np.int64]:
    """An nA that no demand reaches: beyond it R is constant."""
    return poisson_reach(mean_same_day, NEGLIGIBLE)


def on_ladder(size: int) -> int:
    """The next larger of 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, …: doctors with about the same need share one shape."""
    step = 1 << max(0, int(size).bit_length() - 3)
    return max(4, -(-int(size) // step) * step)
