"""Demand as the solver reads it: tails over the seats that can matter. Built from the paper's law directly, or from any table."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.demand import DemandLaw
from capacity.numeric.shocks import Shocks

Floats = NDArray[np.float64]

# The index tables of sessions up to this size are kept between solves.
_KEPT_SEATS = 200


@dataclass(frozen=True)
class DemandTails:
    """For doctors i, advance demand d1 = 0..N and same-day demand t = 0..seats.

    `exactly[i, d1, t] = P(d1 exactly, d2 ≥ t)`, `at_least[i, n, t] = P(d1 ≥ n, d2 ≥ t)` with n = 0..N+1; `mean_total[i]` is
    `E[d1 + d2]`; `left_out[i]` the probability that the law does not cover.
    """

    exactly: Floats
    at_least: Floats
    mean_total: Floats
    left_out: Floats


def problem_tails(rated: int, seats: int, shocks: Shocks) -> DemandTails:
    """The law of a trivariate reduction without any cut: only d1 ≤ N is summed over, and the tails of d2 are closed sums.

    `P(d1, d2 ≥ t) = Σ_{i ≤ d1} P(X0 = i)·P(X1 = d1 − i)·P(X2 ≥ t − i)`.
    """
    shared, advance = shocks.shared_and_advance(rated + 1)
    same_day, any_same_day = shocks.same_day_at_least(seats + 1)
    doctors = len(shared)
    by_advance_at, by_same_day_at = _kept_windows(rated, seats) if seats <= _KEPT_SEATS else _windows(rated, seats)
    padded = np.zeros((doctors, 2 * rated + 1))
    padded[:, rated:] = advance
    by_advance = padded[:, by_advance_at]
    by_advance *= shared[:, np.newaxis, ::-1]
    padded = np.ones((doctors, rated + seats + 1))
    padded[:, rated:] = same_day
    exactly = by_advance @ padded[:, by_same_day_at]
    return _with_at_least(exactly, any_same_day, shocks.mean_total, np.zeros(doctors))


def _windows(rated: int, seats: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where `X1 = d1 − i` and `X2 ≥ t − i` stand behind N places of padding, as [d1, j] and [j, t] with i = N − j."""
    places = np.arange(rated + 1)
    return places[:, np.newaxis] + places, places[:, np.newaxis] + np.arange(seats + 1)


_kept_windows = lru_cache(maxsize=128)(_windows)


def table_tails(rated: int, seats: int, law: DemandLaw) -> DemandTails:
    """The same for one doctor whose demand is a table."""
    beyond = np.cumsum(law.mass[:, ::-1], axis=1)[:, ::-1]
    rows, columns = min(rated + 1, beyond.shape[0]), min(seats + 1, beyond.shape[1])
    exactly = np.zeros((1, rated + 1, seats + 1))
    exactly[0, :rows, :columns] = beyond[:rows, :columns]
    same_day = np.zeros((1, seats + 1))
    same_day[0, :columns] = beyond.sum(axis=0)[:columns]
    mean_total = np.array([law.mean_advance + law.mean_same_day])
    return _with_at_least(exactly, same_day, mean_total, np.array([law.tail_mass]))


def _with_at_least(exactly: Floats, same_day: Floats, mean_total: Floats, left_out: Floats) -> DemandTails:
    doctors, rows, columns = exactly.shape
    at_least = np.empty((doctors, rows + 1, columns))
    at_least[:, 0] = same_day
    exactly.cumsum(axis=1, out=at_least[:, 1:])
    # What is left after the rows below n; rounding can leave −1e-17 where nothing is.
    np.subtract(same_day[:, np.newaxis, :], at_least[:, 1:], out=at_least[:, 1:])
    np.maximum(at_least, 0.0, out=at_least)
    return DemandTails(exactly, at_least, mean_total, left_out)
