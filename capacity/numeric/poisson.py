"""Poisson probabilities over a whole range at once, for many means at once."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

# Below this count the prefactor is a correctly rounded ratio of integers; from it on, five terms of Stirling's series are
# exact to double precision.
_SERIES_FROM = 16


@lru_cache(maxsize=256)
def poisson_prefactors(size: int) -> Floats:
    """`i^i·e^-i / i!` for i = 0..size-1."""
    counts = np.arange(max(size, _SERIES_FROM), dtype=np.float64)
    tail = counts[_SERIES_FROM:]
    inverse = 1.0 / (tail * tail)
    series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse * (1 / 1188))))) / tail
    values = np.empty_like(counts)
    values[:_SERIES_FROM] = [i**i / math.factorial(i) * math.exp(-i) for i in range(_SERIES_FROM)]
    values[_SERIES_FROM:] = np.exp(-series) / np.sqrt(2 * math.pi * tail)
    values = values[:size].copy()
    values.flags.writeable = False
    return values


def poisson_pmf(mean: Floats, size: int) -> Floats:
    """`P(X = i)` for i = 0..size-1: shape `mean.shape + (size,)`.

    Written as `i^i·e^-i/i! · exp(−(i·ln(i/m) − i + m))`: the usual `exp(i·ln m − m − ln i!)` subtracts terms in the thousands
    when the mean is large and loses four digits there; this loses none, and is right at mean 0.
    """
    return poisson_prefactors(size) * np.exp(-special.kl_div(np.arange(size, dtype=np.float64), mean[..., np.newaxis]))


def poisson_at_least(mean: Floats, size: int) -> Floats:
    """`P(X ≥ i)` for i = 0..size-1: shape `mean.shape + (size,)`. Summed from the far end, so that small tails stay exact."""
    values = poisson_pmf(mean, size)
    values[..., -1] += special.pdtrc(size - 1, mean)
    return values[..., ::-1].cumsum(axis=-1)[..., ::-1]


def poisson_reach(mean: float, tail: float) -> int:
    """A count that is exceeded with a probability below `tail`, from Bernstein's inequality (never too small)."""
    nats = -math.log(tail)
    return math.ceil(mean + nats / 3 + math.sqrt(nats * nats / 9 + 2 * nats * mean))
