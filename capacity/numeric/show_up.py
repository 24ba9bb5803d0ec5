"""Who of those with a number comes: the binomial side of the model, for many doctors with the same N at once."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

# Stands for probability 0 inside a logarithm: its powers vanish beside anything a double can hold, and 0·log of it is 0.
_ZERO = 1e-300
# Tables up to this many cells are kept between solves.
_KEPT_CELLS = 2**16


def no_overload(rated: int, seats: int, no_show_advance: Floats, no_show_same_day: Floats) -> Floats:
    """`F[i, A, B] = P(a + b < N)` for A = 0..N advance and B = 0..seats−1 same-day patients with a number.

    `a ~ Bin(A, 1−δ1)`, `b ~ Bin(B, 1−δ2)` independent; i runs over doctors. F and not its complement, because the model asks
    `β·F < β − 1`, and F is a sum of positive terms: it keeps its digits where it is small.
    """
    advance, same_day = _tables(rated, seats)
    came_short = advance.probabilities(no_show_advance)
    at_most = same_day.probabilities(no_show_same_day).cumsum(axis=-1)
    return came_short @ at_most.transpose(0, 2, 1)


def no_overload_at(rated: int, extra: NDArray[np.int64], no_show_advance: float, no_show_same_day: float) -> Floats:
    """`P(a + b < N)` for A = 0..N and `B = N + extra[A] − A`: single cells, for an `extra` too large for a whole table."""
    advance, _ = _tables(rated, 1)
    came_short = advance.probabilities(np.array([no_show_advance]))[0]
    given = rated + extra - np.arange(rated + 1)
    came = np.arange(rated)
    log_choose = -np.log1p(given)[:, np.newaxis] - special.betaln(np.maximum(given[:, np.newaxis] - came, 0) + 1, came + 1)
    missed = given[:, np.newaxis] - came
    exponents = log_choose + came * np.log1p(-no_show_same_day) + missed * np.log(max(no_show_same_day, _ZERO))
    exactly = np.where(missed >= 0, np.exp(np.where(missed >= 0, exponents, 0.0)), 0.0)
    return np.einsum("ac,ac->a", came_short, np.cumsum(exactly, axis=-1))


class _Binomials:
    """`C(n, k)·(1−δ)^k·δ^(n−k)` over a fixed grid of n and k, ready for any δ."""

    def __init__(self, numbers: NDArray[np.int64], came: NDArray[np.int64]) -> None:
        # Extended precision where the machine has it: differences of logarithms of factorials lose digits.
        largest = int(max(numbers.max(), came.max()))
        steps = np.log(np.arange(1, largest + 1, dtype=np.longdouble))
        log_factorial = np.concatenate((np.zeros(1, dtype=np.longdouble), np.cumsum(steps)))
        n, k = numbers[:, np.newaxis], came[np.newaxis, :]
        missed = np.maximum(n - k, 0)
        log_choose = (log_factorial[n] - log_factorial[k] - log_factorial[missed]).astype(np.float64)
        self.log_choose = np.where(k <= n, log_choose, -np.inf)
        self.came = came.astype(np.float64)
        self.missed = missed.astype(np.float64)

    def probabilities(self, no_show: Floats) -> Floats:
        """Shape `(doctors, numbers, came)`."""
        shows = np.log1p(-no_show)[:, np.newaxis] * self.came
        exponents = np.log(np.maximum(no_show, _ZERO))[:, np.newaxis, np.newaxis] * self.missed
        exponents += shows[:, np.newaxis, :]
        exponents += self.log_choose
        return np.exp(exponents, out=exponents)


def _tables(rated: int, seats: int) -> tuple[_Binomials, _Binomials]:
    return _kept_tables(rated, seats) if rated * (rated + seats) <= _KEPT_CELLS else _new_tables(rated, seats)


def _new_tables(rated: int, seats: int) -> tuple[_Binomials, _Binomials]:
    """Columns c = 0..N−1: exactly N − 1 − c advance patients came; exactly c same-day patients came."""
    came = np.arange(rated)
    return _Binomials(np.arange(rated + 1), came[::-1]), _Binomials(np.arange(seats), came)


_kept_tables = lru_cache(maxsize=128)(_new_tables)
