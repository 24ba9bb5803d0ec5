"""Counts that vary more than Poisson ones: Poisson around an intensity that is itself gamma distributed.

Given by the mean m and the dispersion φ = variance / mean ≥ 1 (φ = 1 is Poisson). With `r = m/(φ−1)` it is the negative binomial
`P(X = k) = Γ(k+r)/(k!·Γ(r)) · φ^−r · (1−1/φ)^k`; sums of independent such counts of the same φ are of the same kind.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from capacity.numeric.poisson import poisson_prefactors, poisson_reach

Floats = NDArray[np.float64]


def negative_binomial_pmf(mean: Floats, dispersion: Floats, size: int) -> Floats:
    """`P(X = i)` for i = 0..size-1: shape `mean.shape + (size,)`.

    Written around the Poisson law of mean `m/φ`, as `Π_{j<i} (1 + j(φ−1)/m) · φ^−r · e^{m/φ}` times it: no difference of large
    logarithms of factorials, and exactly the Poisson law at φ = 1. Mean 0 is certainty of 0.
    """
    mean, excess = mean[..., np.newaxis], dispersion[..., np.newaxis] - 1
    counts = np.arange(size, dtype=np.float64)
    steps = np.log1p(counts[:-1] * _shape_inverse(mean, excess))
    clumping = np.concatenate((np.zeros((*steps.shape[:-1], 1)), np.cumsum(steps, axis=-1)), axis=-1)
    at_zero = np.where(excess > 0, np.log1p(excess) / np.where(excess > 0, excess, 1.0), 1.0)
    centre = mean / (1 + excess)
    exponents = clumping - special.kl_div(counts, centre) + (centre - mean * at_zero)
    values: Floats = poisson_prefactors(size) * np.exp(exponents)
    return values


def negative_binomial_at_least(mean: Floats, dispersion: Floats, size: int) -> Floats:
    """`P(X ≥ i)` for i = 0..size-1: shape `mean.shape + (size,)`. Summed from the far end, so that small tails stay exact."""
    values = negative_binomial_pmf(mean, dispersion, size)
    excess = dispersion - 1
    inverse = _shape_inverse(mean, excess)
    poisson = inverse < 1e-9  # so near to it that the incomplete beta function would lose more
    beyond = special.betainc(size, 1 / np.where(poisson, 1.0, inverse), excess / dispersion)
    values[..., -1] += np.where(poisson, special.pdtrc(size - 1, mean), np.where(mean > 0, beyond, 0.0))
    return values[..., ::-1].cumsum(axis=-1)[..., ::-1]


def negative_binomial_reach(mean: float, dispersion: float, tail: float) -> int:
    """A count that is exceeded with a probability below `tail`, from Chernoff's bound (never too small)."""
    if dispersion <= 1 or mean == 0:
        return poisson_reach(mean, tail)
    nats, shape, odds = -math.log(tail), mean / (dispersion - 1), 1 - 1 / dispersion

    def rate(count: float) -> float:
        """The largest of `θ·count − log E e^{θX}`."""
        return count * math.log(count / (odds * (shape + count))) - shape * math.log((shape + count) / (dispersion * shape))

    low, high = math.floor(mean) + 1, 2 * math.floor(mean) + 2
    while rate(high) < nats:
        high *= 2
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if rate(middle) >= nats else (middle + 1, high)
    return low


def _shape_inverse(mean: Floats, excess: Floats) -> Floats:
    """`1/r = (φ−1)/m`, 0 where the mean is."""
    return np.where(mean > 0, excess / np.where(mean > 0, mean, 1.0), 0.0)
