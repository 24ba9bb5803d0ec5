"""How many patients ask for an advance number (d1) and for a same-day number (d2) of one session."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.errors import InvalidDemand
from capacity.numeric.poisson import poisson_pmf, poisson_reach

# Demand is cut where less than this is left beyond the cut (capacity-model.md).
TAIL_MASS = 1e-12
# Far beyond any clinic; it keeps the tables within memory.
LARGEST_MEAN = 10_000.0
# A law written as a table may grow to this many cells (512 MiB).
LARGEST_TABLE = 2**26


@dataclass(frozen=True)
class DemandLaw:
    """A joint law of (d1, d2) as a table.

    `mass[d1, d2]` is the probability of exactly that demand; `tail_mass` is what lies outside the table and is left out of
    every expectation. Any joint law will do: `bivariate_poisson` is the paper's, `DemandLaw(table)` takes your own.

    Raises `InvalidDemand` if the table is not two-dimensional, not finite, negative somewhere, or sums to more than one.
    """

    mass: NDArray[np.float64] = field(repr=False, compare=False)
    tail_mass: float = field(default=math.nan)

    def __post_init__(self) -> None:
        mass = np.array(self.mass, dtype=np.float64)
        if mass.ndim != 2 or mass.size == 0:
            raise InvalidDemand("mass", "must be a table with a row per d1 and a column per d2")
        if not np.isfinite(mass).all() or (mass < 0).any():
            raise InvalidDemand("mass", "must hold probabilities: finite and not negative")
        total = float(mass.sum())
        if total > 1 + 1e-9:
            raise InvalidDemand("mass", f"sums to {total:.9g}, more than 1")
        mass.flags.writeable = False
        object.__setattr__(self, "mass", mass)
        if math.isnan(self.tail_mass):
            object.__setattr__(self, "tail_mass", max(0.0, 1.0 - total))

    @property
    def mean_advance(self) -> float:
        return float(np.arange(self.mass.shape[0]) @ self.mass.sum(axis=1))

    @property
    def mean_same_day(self) -> float:
        return float(np.arange(self.mass.shape[1]) @ self.mass.sum(axis=0))

    @property
    def correlation(self) -> float:
        """Pearson's ρ of d1 and d2; 0 where one of them never varies."""
        d1 = np.arange(self.mass.shape[0]) - self.mean_advance
        d2 = np.arange(self.mass.shape[1]) - self.mean_same_day
        spread = math.sqrt(float((d1 * d1) @ self.mass.sum(axis=1)) * float((d2 * d2) @ self.mass.sum(axis=0)))
        return float(d1 @ self.mass @ d2) / spread if spread > 0 else 0.0


def common_mean(*, mean_advance: float, mean_same_day: float, correlation: float) -> float:
    """`E X0 = ρ·√(E d1·E d2)` of the trivariate reduction `d1 = X1 + X0, d2 = X2 + X0`.

    Raises `InvalidDemand` for a mean that is negative, not finite or above `LARGEST_MEAN`, for ρ outside [0, 1], and for a
    ρ that would need X0 to be larger than one of the demands.
    """
    for name, mean in (("mean_advance", mean_advance), ("mean_same_day", mean_same_day)):
        if not 0 <= mean <= LARGEST_MEAN:  # false for nan as well
            raise InvalidDemand(name, f"must be a number from 0 to {LARGEST_MEAN:g}, not {mean:g}")
    if not 0 <= correlation <= 1:
        raise InvalidDemand("correlation", f"must be from 0 to 1, not {correlation:g}")
    smaller, larger = sorted((mean_advance, mean_same_day))
    if larger == 0:
        return 0.0
    # √(m1·m2) ≤ m for equal means, in exact arithmetic; the ratio keeps rounding from refusing ρ = 1 there.
    largest = math.sqrt(smaller / larger)
    if smaller > 0 and correlation > largest * (1 + 1e-12):
        raise InvalidDemand(
            "correlation",
            f"{correlation:g} is out of reach: with means {mean_advance:g} and {mean_same_day:g} it is at most {largest:.6g}",
        )
    return min(correlation * math.sqrt(smaller) * math.sqrt(larger), smaller)


def bivariate_poisson(
    *, mean_advance: float, mean_same_day: float, correlation: float, tail_mass: float = TAIL_MASS
) -> DemandLaw:
    """The paper's law: `d1 = X1 + X0`, `d2 = X2 + X0` with independent Poisson X1, X2 and `X0 ~ Poisson(ρ·√(E d1·E d2))`.

    The table ends at the first row and column with less than `tail_mass / 2` beyond each.

    >>> law = bivariate_poisson(mean_advance=3, mean_same_day=2, correlation=0.5)
    >>> round(law.mean_advance, 9), round(law.mean_same_day, 9), round(law.correlation, 9), law.tail_mass < 1e-12
    (3.0, 2.0, 0.5, True)
    """
    shared = common_mean(mean_advance=mean_advance, mean_same_day=mean_same_day, correlation=correlation)
    if not 0 < tail_mass < 1:
        raise InvalidDemand("tail_mass", f"must be between 0 and 1, not {tail_mass:g}")
    rows, beyond_rows = _cut(mean_advance, tail_mass / 2)
    columns, beyond_columns = _cut(mean_same_day, tail_mass / 2)
    if rows * columns > LARGEST_TABLE:
        raise InvalidDemand("mean_advance, mean_same_day", f"need a table of {rows}×{columns} cells, which is too large")
    both = poisson_pmf(np.array(shared), min(rows, columns))
    advance = _shifted(poisson_pmf(np.array(mean_advance - shared), rows), both.size)
    same_day = _shifted(poisson_pmf(np.array(mean_same_day - shared), columns), both.size)
    return DemandLaw(mass=(advance * both) @ same_day.T, tail_mass=beyond_rows + beyond_columns)


def _cut(mean: float, tail: float) -> tuple[int, float]:
    """The first size of a table 0..size-1 with less than `tail` beyond it, and what is beyond it."""
    reach = poisson_reach(mean, tail * 1e-8) + 1
    at_least = np.cumsum(poisson_pmf(np.array(mean), reach)[::-1])[::-1]
    size = max(1, int(np.count_nonzero(at_least >= tail)))
    return size, float(at_least[size]) if size < reach else 0.0


def _shifted(values: NDArray[np.float64], shifts: int) -> NDArray[np.float64]:
    """`[d, i] → values[d − i]`, 0 where d < i."""
    padded = np.concatenate((np.zeros(shifts - 1), values))
    return padded[np.arange(values.size)[:, np.newaxis] + np.arange(shifts - 1, -1, -1)]
