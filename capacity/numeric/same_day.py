"""Same-day demand on its own: what is left to guess once the advance bookings of a day are known."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.allocation import shared_means
from capacity.numeric.batches import batches
from capacity.numeric.demand import LARGEST_MEAN, DemandLaw
from capacity.numeric.demand_tails import problem_tails
from capacity.numeric.errors import InvalidDemand, InvalidInput
from capacity.numeric.extents import NEGLIGIBLE, on_ladder
from capacity.numeric.poisson import poisson_at_least, poisson_reach
from capacity.numeric.probabilities import checked_mass
from capacity.numeric.problem import LARGEST_RATED, AllocationProblem

Floats = NDArray[np.float64]

# Rows summed beyond a sold-out quota that lies where the law hardly reaches: what follows them is less than rounding.
_ROWS_BEYOND = 24


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

    @classmethod
    def from_tail(cls, at_least: Floats) -> Self:
        """From `P(d2 ≥ t)`, t = 0, 1, …, which starts at 1 and falls; it ends where the rest is negligible."""
        kept = np.minimum.accumulate(at_least)
        return cls(np.append(kept[:-1] - kept[1:], kept[-1]))

    @property
    def mean(self) -> float:
        """Patients a session."""
        return float(self.at_least[1:].sum())


def poisson_same_day(mean: float) -> SameDayLaw:
    """The paper's same-day demand where nothing is known of the advance side: Poisson, patients a session."""
    if not 0 <= mean <= LARGEST_MEAN:  # false for nan as well
        raise InvalidDemand("mean_same_day", f"must be a number from 0 to {LARGEST_MEAN:g}, not {mean:g}")
    return SameDayLaw.from_tail(poisson_at_least(np.array(mean), poisson_reach(mean, NEGLIGIBLE) + 1))


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
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for i, (problem, d1, sold_out) in enumerate(zip(problems, advance_demand, is_sold_out, strict=True)):
        if not 0 <= d1 <= LARGEST_RATED:
            raise InvalidInput("advance_demand", f"must be from 0 to {LARGEST_RATED}, not {d1}")
        furthest = max(d1 + _ROWS_BEYOND, poisson_reach(problem.mean_advance, NEGLIGIBLE)) if sold_out else d1
        groups[on_ladder(furthest), on_ladder(poisson_reach(problem.mean_same_day, NEGLIGIBLE))].append(i)
    laws: dict[int, SameDayLaw] = {}
    for (rows, seats), members in groups.items():
        for batch in batches(members, rows, seats):
            tails = problem_tails(rows, seats, [problems[i] for i in batch], [shared[i] for i in batch])
            for exactly, anyhow, i in zip(tails.exactly, tails.at_least[:, 0], batch, strict=True):
                d1 = advance_demand[i]
                # From the far end, so that a small tail keeps its digits.
                tail = exactly[d1:][::-1].sum(axis=0) if is_sold_out[i] else exactly[d1]
                laws[i] = SameDayLaw.from_tail(tail / tail[0] if tail[0] > 0 else anyhow / anyhow[0])
    return [laws[i] for i in range(len(problems))]


def same_day_of_law(law: DemandLaw, *, advance_demand: int, is_sold_out: bool) -> SameDayLaw:
    """`same_day_given_advance` where demand is any joint table."""
    if advance_demand < 0:
        raise InvalidInput("advance_demand", f"must be at least 0, not {advance_demand}")
    rows = law.mass[advance_demand:] if is_sold_out else law.mass[advance_demand : advance_demand + 1]
    mass = rows.sum(axis=0)
    if not mass.sum() > 0:
        mass = law.mass.sum(axis=0)
    return SameDayLaw(mass / mass.sum())
