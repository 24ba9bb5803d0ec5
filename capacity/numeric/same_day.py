"""Same-day demand on its own: what is left to guess once the advance bookings of a day are known."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.allocation import shared_means
from capacity.numeric.demand import LARGEST_MEAN, DemandLaw
from capacity.numeric.errors import InvalidDemand, InvalidInput
from capacity.numeric.extents import NEGLIGIBLE, on_ladder, part_reaches
from capacity.numeric.poisson import poisson_pmf, poisson_reach
from capacity.numeric.probabilities import checked_mass
from capacity.numeric.problem import LARGEST_RATED, AllocationProblem
from capacity.numeric.shocks import Shocks

Floats = NDArray[np.float64]

# A sold-out quota may lie beyond the reach of demand: the laws go as far past it as rounding can tell.
_BEYOND = 24
# Sessions whose laws are tabulated side by side.
_BATCH = 256


@dataclass(frozen=True, slots=True, eq=False)
class SameDayLaw:
    """`mass[t]` is the probability that exactly t same-day patients ask for a number.

    Raises `InvalidDemand` for anything but a list of probabilities that sum to 1.
    """

    mass: Floats = field(repr=False)
    at_least: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        mass = checked_mass(self.mass, dimensions=1)
        at_least = np.cumsum(mass[::-1])[::-1]
        at_least.flags.writeable = False
        object.__setattr__(self, "mass", mass)
        object.__setattr__(self, "at_least", at_least)

    @property
    def mean(self) -> float:
        """Patients a session."""
        return float(self.at_least[1:].sum())


def poisson_same_day(mean: float) -> SameDayLaw:
    """The paper's same-day demand where nothing is known of the advance side: Poisson, patients a session."""
    if not 0 <= mean <= LARGEST_MEAN:  # false for nan as well
        raise InvalidDemand("mean_same_day", f"must be a number from 0 to {LARGEST_MEAN:g}, not {mean:g}")
    return SameDayLaw(poisson_pmf(np.array(mean), poisson_reach(mean, NEGLIGIBLE) + 1))


def same_day_given_advance(problem: AllocationProblem, *, advance_demand: int, is_sold_out: bool) -> SameDayLaw:
    """Same-day demand, given that `advance_demand` patients wanted an advance number, or at least as many (`is_sold_out`).

    The two demands are correlated: a day that many have booked brings more same-day patients as well. Where the law holds such
    advance demand for impossible, it has nothing to say, and the unconditional same-day demand is returned.

    >>> from capacity.numeric.problem import SessionTerms
    >>> terms = SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5)
    >>> problem = AllocationProblem(terms=terms, mean_advance=15, mean_same_day=15, correlation=0.2)
    >>> [round(same_day_given_advance(problem, advance_demand=d1, is_sold_out=False).mean, 6) for d1 in (5, 15, 25)]
    [13.0, 15.0, 17.0]
    """
    return same_day_given_advance_many((problem,), (advance_demand,), (is_sold_out,))[0]


def same_day_given_advance_many(
    problems: Sequence[AllocationProblem], advance_demand: Sequence[int], is_sold_out: Sequence[bool]
) -> list[SameDayLaw]:
    """`same_day_given_advance` for each, in order."""
    shared = shared_means(problems)
    groups: defaultdict[tuple[int, bool], list[int]] = defaultdict(list)
    for i, (problem, d1) in enumerate(zip(problems, advance_demand, strict=True)):
        if not 0 <= d1 <= LARGEST_RATED:
            raise InvalidInput("advance_demand", f"must be from 0 to {LARGEST_RATED}, not {d1}")
        X0, _, X2 = part_reaches(Shocks.of((problem,), (shared[i],)), NEGLIGIBLE)
        size = on_ladder(max(d1 + _BEYOND, X0, X2))
        groups[size, problem.is_overdispersed].append(i)
    laws: dict[int, SameDayLaw] = {}
    for (size, _), members in groups.items():
        for start in range(0, len(members), _BATCH):
            batch = members[start : start + _BATCH]
            shocks = Shocks.of([problems[i] for i in batch], [shared[i] for i in batch])
            both, advance, same_day = shocks.parts(size)
            advance_at_least = shocks.advance_at_least(size)
            for i, X0, X1, X1_at_least, X2 in zip(batch, both, advance, advance_at_least, same_day, strict=True):
                d1 = advance_demand[i]
                # P(X0 = x0 and what is known of d1), for x0 = 0, 1, …; beyond d1 the quota is sold out by X0 alone.
                known = X0[: d1 + 1] * (X1_at_least if is_sold_out[i] else X1)[d1::-1]
                if is_sold_out[i]:
                    known = np.concatenate((known, X0[d1 + 1 :]))
                laws[i] = _with_shared(known if known.any() else X0, X2)
    return [laws[i] for i in range(len(problems))]


def _with_shared(shared: Floats, alone: Floats) -> SameDayLaw:
    """The law of X0 + X2, X0 up to a factor; it ends where the rest is negligible."""
    mass = np.convolve(shared / shared.sum(), alone)
    size = np.count_nonzero(np.cumsum(mass[::-1]) >= NEGLIGIBLE)
    return SameDayLaw(mass[:size])


def same_day_of_law(law: DemandLaw, *, advance_demand: int, is_sold_out: bool) -> SameDayLaw:
    """`same_day_given_advance` where demand is any joint table."""
    if advance_demand < 0:
        raise InvalidInput("advance_demand", f"must be at least 0, not {advance_demand}")
    rows = law.mass[advance_demand:] if is_sold_out else law.mass[advance_demand : advance_demand + 1]
    mass = rows.sum(axis=0)
    if not mass.sum() > 0:
        mass = law.mass.sum(axis=0)
    return SameDayLaw(mass / mass.sum())
