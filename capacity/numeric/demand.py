"""How many patients ask for an advance number (d1) and for a same-day number (d2) of one session."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.errors import InvalidDemand
from capacity.numeric.poisson import poisson_pmf, poisson_reach
from capacity.numeric.probabilities import checked_mass

# Demand is cut where less than this is left beyond the cut (capacity-model.md).
TAIL_MASS = 1e-12
# Far beyond any clinic; it keeps the tables within memory.
LARGEST_MEAN = 10_000.0
# Variance over mean; a clinic's is nearer to 2 than to 10.
LARGEST_DISPERSION = 100.0
# Of what one demand keeps to itself, see `largest_correlation`.
LARGEST_REST = 1000.0
# A law written as a table may grow to this many cells (512 MiB).
LARGEST_TABLE = 2**26


@dataclass(frozen=True)
class DemandLaw:
    """A joint law of (d1, d2) as a table.

    `mass[d1, d2]` is the probability of exactly that demand; at most `tail_mass` lies outside the table and is left out of every
    expectation. Any joint law will do: `bivariate_poisson` is the paper's, `joint_tables.py` has others, `DemandLaw(table)` takes
    your own.

    Raises `InvalidDemand` if the table is not two-dimensional, is empty, holds what is no probability, or does not sum to 1.
    """

    mass: NDArray[np.float64] = field(repr=False, compare=False)
    tail_mass: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.tail_mass < 1:
            raise InvalidDemand("tail_mass", f"must be at least 0 and below 1, not {self.tail_mass:g}")
        object.__setattr__(self, "mass", checked_mass(self.mass, dimensions=2, left_out=self.tail_mass))

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


def common_mean(
    *,
    mean_advance: float,
    mean_same_day: float,
    correlation: float,
    dispersion_advance: float = 1.0,
    dispersion_same_day: float = 1.0,
) -> float:
    """`E X0` of the trivariate reduction `d1 = X1 + X0, d2 = X2 + X0`: `ρ·√(E d1·E d2)` for the paper's Poisson law.

    With dispersions φ1, φ2 (variance / mean) X0 has the smaller one, φ0, so that no part varies less than Poisson; then
    `Cov(d1, d2) = Var X0 = φ0·E X0`, hence `E X0 = ρ·√(φ1·E d1·φ2·E d2)/φ0`.

    Raises `InvalidDemand` for a mean that is negative, not finite or above `LARGEST_MEAN`, for a dispersion below 1 or above
    `LARGEST_DISPERSION`, for ρ outside [0, 1], and for a ρ above `largest_correlation`.
    """
    if not 0 <= correlation <= 1:  # false for nan as well
        _check_margins(mean_advance, mean_same_day, dispersion_advance, dispersion_same_day)
        raise InvalidDemand("correlation", f"must be from 0 to 1, not {correlation:g}")
    largest = largest_correlation(
        mean_advance=mean_advance,
        mean_same_day=mean_same_day,
        dispersion_advance=dispersion_advance,
        dispersion_same_day=dispersion_same_day,
    )
    smaller, larger = sorted((mean_advance, mean_same_day))
    if smaller == 0:
        return 0.0
    # √(m1·m2) ≤ m for equal means, in exact arithmetic; the ratio keeps rounding from refusing ρ = 1 there.
    if correlation > largest * (1 + 1e-12):
        given = f"means {mean_advance:g} and {mean_same_day:g}"
        if dispersion_advance > 1 or dispersion_same_day > 1:
            given += f" and dispersions {dispersion_advance:g} and {dispersion_same_day:g}"
        raise InvalidDemand("correlation", f"{correlation:g} is out of reach: with {given} it is at most {largest:.6g}")
    spread = math.sqrt(max(dispersion_advance, dispersion_same_day) / min(dispersion_advance, dispersion_same_day))
    return min(correlation * spread * math.sqrt(smaller) * math.sqrt(larger), smaller)


def largest_correlation(
    *, mean_advance: float, mean_same_day: float, dispersion_advance: float = 1.0, dispersion_same_day: float = 1.0
) -> float:
    """The highest ρ that the reduction can give to demands of these means and dispersions: √(smaller/larger mean) if φ1 = φ2.

    Beyond it X0 would be larger than one of the demands; or what is left of the more dispersed one, its variance hardly smaller
    and its mean nearly gone, would be more dispersed than `LARGEST_REST`: crowds on rare days.

    >>> largest_correlation(mean_advance=16, mean_same_day=4)
    0.5
    >>> round(largest_correlation(mean_advance=16, mean_same_day=4, dispersion_advance=2), 4)
    0.3536
    """
    _check_margins(mean_advance, mean_same_day, dispersion_advance, dispersion_same_day)
    smaller, larger = sorted((mean_advance, mean_same_day))
    if smaller == 0:
        return 1.0
    least = min(dispersion_advance, dispersion_same_day)
    # E X0 may be m in all, or m·(L − φ)/(L − φ0) where (φ·m − φ0·E X0)/(m − E X0) ≤ L is to hold.
    if dispersion_advance == dispersion_same_day:
        return math.sqrt(smaller / larger)
    shares = (
        mean * (LARGEST_REST - dispersion) / (LARGEST_REST - least)
        for mean, dispersion in ((mean_advance, dispersion_advance), (mean_same_day, dispersion_same_day))
    )
    spread = math.sqrt(least / max(dispersion_advance, dispersion_same_day))
    return min(1.0, min(shares) * spread / (math.sqrt(smaller) * math.sqrt(larger)))


def _check_margins(mean_advance: float, mean_same_day: float, dispersion_advance: float, dispersion_same_day: float) -> None:
    for name, mean in (("mean_advance", mean_advance), ("mean_same_day", mean_same_day)):
        if not 0 <= mean <= LARGEST_MEAN:  # false for nan as well
            raise InvalidDemand(name, f"must be a number from 0 to {LARGEST_MEAN:g}, not {mean:g}")
    for name, dispersion in (("dispersion_advance", dispersion_advance), ("dispersion_same_day", dispersion_same_day)):
        if not 1 <= dispersion <= LARGEST_DISPERSION:
            raise InvalidDemand(name, f"must be a number from 1 to {LARGEST_DISPERSION:g}, not {dispersion:g}")


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
    check_tail_mass(tail_mass)
    margins = [poisson_pmf(np.array(mean), poisson_reach(mean, tail_mass * 1e-8) + 1) for mean in (mean_advance, mean_same_day)]
    parts = [
        poisson_pmf(np.array(mean), max(map(len, margins))) for mean in (shared, mean_advance - shared, mean_same_day - shared)
    ]
    return law_of_parts(parts, margins, tail_mass)


def law_of_parts(parts: Sequence[NDArray[np.float64]], margins: Sequence[NDArray[np.float64]], tail_mass: float) -> DemandLaw:
    """The law of `(X1 + X0, X2 + X0)` from the probabilities of X0, X1, X2, and of d1 and d2, far enough to be cut."""
    (rows, beyond_rows), (columns, beyond_columns) = (_cut(margin, tail_mass / 2) for margin in margins)
    check_size(rows, columns)
    both = parts[0][: min(rows, columns)]
    advance, same_day = _shifted(parts[1][:rows], both.size), _shifted(parts[2][:columns], both.size)
    return DemandLaw(mass=(advance * both) @ same_day.T, tail_mass=beyond_rows + beyond_columns)


def check_tail_mass(tail_mass: float) -> None:
    if not 0 < tail_mass < 1:
        raise InvalidDemand("tail_mass", f"must be between 0 and 1, not {tail_mass:g}")


def check_size(rows: int, columns: int) -> None:
    if rows * columns > LARGEST_TABLE:
        raise InvalidDemand("mean_advance, mean_same_day", f"need a table of {rows}×{columns} cells, which is too large")


def _cut(margin: NDArray[np.float64], tail: float) -> tuple[int, float]:
    """The first size of a table 0..size-1 with less than `tail` beyond it, and what is beyond it."""
    at_least = np.cumsum(margin[::-1])[::-1]
    size = max(1, int(np.count_nonzero(at_least >= tail)))
    return size, float(at_least[size]) if size < margin.size else 0.0


def _shifted(values: NDArray[np.float64], shifts: int) -> NDArray[np.float64]:
    """`[d, i] → values[d − i]`, 0 where d < i."""
    padded = np.concatenate((np.zeros(shifts - 1), values))
    return padded[np.arange(values.size)[:, np.newaxis] + np.arange(shifts - 1, -1, -1)]
