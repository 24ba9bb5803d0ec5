"""Joint laws of demand beyond the paper's: what was observed, and negative binomial where a history varies more than Poisson.

The search stays exact for all of them. Inequality (11) and the threshold ñA (properties 4 and 5 of Jiang, Tang, Yan 2017) are
about who shows up, not about who asks: equation (15) weighs the gain of one seat more, which is negative once (11) holds, with
probabilities of demand, whatever these are. So the stop points are the same for every law, and no pair beyond them is better.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from capacity.numeric.demand import LARGEST_TABLE, TAIL_MASS, DemandLaw, check_size, check_tail_mass, common_mean, law_of_parts
from capacity.numeric.errors import InvalidDemand
from capacity.numeric.extents import part_reaches
from capacity.numeric.problem import AllocationProblem
from capacity.numeric.shocks import Shocks

Floats = NDArray[np.float64]


def empirical_law(advance: ArrayLike, same_day: ArrayLike, weights: ArrayLike | None = None) -> DemandLaw:
    """The law that gives each observed pair of demands its share, however few and far apart they are.

    `advance[i]`, `same_day[i]` are the patients who asked in session i; `weights[i]`, what the session counts (left out: all the
    same). What a sold-out session would have had is not in it: such demand is cut off, as it was observed.

    Raises `InvalidDemand` for lists that are empty or of different lengths, for what is no number of patients, for weights that
    are negative or all 0, and where the largest demands span more than a table can hold.

    >>> law = empirical_law([2, 2, 0], [1, 3, 3])
    >>> law.mass.shape, round(law.mean_advance, 4), round(law.correlation, 4)
    ((3, 4), 1.3333, -0.5)
    """
    d1, d2 = _counts("advance", advance), _counts("same_day", same_day)
    if d1.size != d2.size:
        raise InvalidDemand("same_day", f"has {d2.size} sessions where advance has {d1.size}")
    shares = np.ones(d1.size) if weights is None else _numbers("weights", weights)
    if shares.size != d1.size:
        raise InvalidDemand("weights", f"has {shares.size} sessions where advance has {d1.size}")
    if not ((shares >= 0) & np.isfinite(shares)).all() or not shares.sum() > 0:
        raise InvalidDemand("weights", "must be finite, not negative, and not all 0")
    rows, columns = int(d1.max()) + 1, int(d2.max()) + 1
    if rows * columns > LARGEST_TABLE:
        raise InvalidDemand("advance, same_day", f"need a table of {rows}×{columns} cells, which is too large")
    mass = np.zeros((rows, columns))
    np.add.at(mass, (d1, d2), shares / shares.sum())
    return DemandLaw(mass)


def bivariate_negative_binomial(
    *,
    mean_advance: float,
    mean_same_day: float,
    dispersion_advance: float,
    dispersion_same_day: float,
    correlation: float,
    tail_mass: float = TAIL_MASS,
) -> DemandLaw:
    """Demand of given means, dispersions (variance / mean, 1 to 100) and correlation: the paper's reduction, gamma-mixed.

    `d1 = X1 + X0`, `d2 = X2 + X0` with independent negative binomial X0, X1, X2: Poisson ones whose intensities are gamma
    distributed. X0 has the smaller of both dispersions; where they are equal, d1 and d2 are negative binomial themselves, and at
    1 and 1 it is the paper's bivariate Poisson. The moments are met exactly, but for what the table leaves out.

    >>> law = bivariate_negative_binomial(
    ...     mean_advance=6, mean_same_day=4, dispersion_advance=2, dispersion_same_day=1.5, correlation=0.3
    ... )
    >>> round(law.mean_advance, 6), round(law.mean_same_day, 6), round(law.correlation, 6), law.tail_mass < 1e-12
    (6.0, 4.0, 0.3, True)
    """
    shared = common_mean(
        mean_advance=mean_advance,
        mean_same_day=mean_same_day,
        correlation=correlation,
        dispersion_advance=dispersion_advance,
        dispersion_same_day=dispersion_same_day,
    )
    check_tail_mass(tail_mass)
    given = (mean_advance, mean_same_day, dispersion_advance, dispersion_same_day, shared)
    m1, m2, phi1, phi2, common = (np.array([value], dtype=np.float64) for value in given)
    shocks = Shocks.split(m1, m2, phi1, phi2, common)
    X0, X1, X2 = part_reaches(shocks, tail_mass * 1e-8)
    # Before the tables are cut they are as large as this.
    check_size(X0 + X1 + 1, X0 + X2 + 1)
    both, advance, same_day = shocks.parts(max(X0 + X1, X0 + X2) + 1)[:, 0]
    margins = [np.convolve(both[: X0 + 1], alone[: reach + 1]) for alone, reach in ((advance, X1), (same_day, X2))]
    return law_of_parts((both, advance, same_day), margins, tail_mass)


def law_of(problem: AllocationProblem, tail_mass: float = TAIL_MASS) -> DemandLaw:
    """The demand of a problem as a table."""
    return bivariate_negative_binomial(
        mean_advance=problem.mean_advance,
        mean_same_day=problem.mean_same_day,
        dispersion_advance=problem.dispersion_advance,
        dispersion_same_day=problem.dispersion_same_day,
        correlation=problem.correlation,
        tail_mass=tail_mass,
    )


def _numbers(name: str, values: ArrayLike) -> Floats:
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidDemand(name, "must be a list of numbers, one per session") from error
    if numbers.ndim != 1 or numbers.size == 0:
        raise InvalidDemand(name, "must be a list of numbers, one per session")
    return numbers


def _counts(name: str, values: ArrayLike) -> NDArray[np.int64]:
    numbers = _numbers(name, values)
    wrong = ~((numbers >= 0) & (numbers == np.floor(numbers)) & (numbers < LARGEST_TABLE))  # true for nan as well
    if wrong.any():
        place = int(wrong.argmax())
        raise InvalidDemand(name, f"must hold numbers of patients, not {numbers[place]:g} at {place}")
    return numbers.astype(np.int64)
