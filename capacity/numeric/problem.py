"""What the allocation is asked, and what it answers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.errors import InvalidInput, OverloadTooCheap

LARGEST_RATED = 500
# With a higher cost per overload the product of cost and probability drowns in rounding; no clinic is near it.
LARGEST_OVERLOAD_COST = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTerms:
    """One doctor's session, apart from the demand for it.

    `rated` is N, the patients the doctor serves in a session; `no_show_advance` δ1 and `no_show_same_day` δ2 are
    probabilities; `overload_cost` β is the cost of one patient above N, in units of one patient's income;
    `max_extra` caps nA where the doctor accepts no more (None: no cap).

    Raises `InvalidInput` for a field outside its range and `OverloadTooCheap` for β ≤ 1.
    """

    rated: int
    no_show_advance: float
    no_show_same_day: float
    overload_cost: float
    max_extra: int | None = None

    def __post_init__(self) -> None:
        _require_integer("rated", self.rated, 1, LARGEST_RATED)
        for name in ("no_show_advance", "no_show_same_day"):
            probability = getattr(self, name)
            if not 0 <= probability < 1:  # false for nan as well
                raise InvalidInput(name, f"must be at least 0 and below 1, not {probability:g}")
        if math.isnan(self.overload_cost):
            raise InvalidInput("overload_cost", "must be a number above 1, not nan")
        if self.overload_cost <= 1:
            raise OverloadTooCheap(
                "overload_cost", f"must be above 1, not {self.overload_cost:g}: otherwise no number of extra seats is too many"
            )
        if self.overload_cost > LARGEST_OVERLOAD_COST:
            raise InvalidInput("overload_cost", f"must be at most {LARGEST_OVERLOAD_COST:g}, not {self.overload_cost:g}")
        if self.max_extra is not None:
            _require_integer("max_extra", self.max_extra, 0, None)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Where the terms leave the paper's assumptions without leaving the model."""
        if self.no_show_advance < self.no_show_same_day:
            return (
                f"no_show_advance ({self.no_show_advance:g}) is below no_show_same_day ({self.no_show_same_day:g}): "
                "the paper assumes the opposite; the optimum is still exact",
            )
        return ()


@dataclass(frozen=True, slots=True)
class StackedTerms:
    """The terms of several doctors, a column each; `max_extra` is infinite where there is no cap."""

    rated: NDArray[np.int64]
    no_show_advance: NDArray[np.float64]
    no_show_same_day: NDArray[np.float64]
    overload_cost: NDArray[np.float64]
    max_extra: NDArray[np.float64]

    @classmethod
    def of(cls, terms: Sequence[SessionTerms]) -> Self:
        rows = [
            (t.rated, t.no_show_advance, t.no_show_same_day, t.overload_cost, math.inf if t.max_extra is None else t.max_extra)
            for t in terms
        ]
        rated, *others = np.array(rows, dtype=np.float64).reshape(-1, 5).T.copy()
        return cls(rated.astype(np.int64), *others)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationProblem:
    """A session's terms and the demand for it: means in patients per session, ρ in [0, 1].

    The dispersions are variance / mean of each demand. At 1 and 1 it is the paper's law, the bivariate Poisson; above, the
    bivariate negative binomial (`demand.py`), for clinics whose history varies more than that.
    """

    terms: SessionTerms
    mean_advance: float
    mean_same_day: float
    correlation: float
    dispersion_advance: float = 1.0
    dispersion_same_day: float = 1.0

    @property
    def is_overdispersed(self) -> bool:
        return self.dispersion_advance > 1 or self.dispersion_same_day > 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """One pair of quotas and what it is expected to earn."""

    extra: int
    advance: int
    objective: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationResult:
    """The best quotas and what they lead to, all per session.

    `extra` N_A and `advance` N_1 are the quotas; `objective` is R there, in incomes of one patient; `advance_attended` E1,
    `same_day_attended` E2, `overload` Ec and `turned_away` (asked, got no number) are expected patients;
    `advance_without_extra` is the best n1 if nA must be 0; `stop_points[n1]` is n̄A(n1), where the paper's inner search ends;
    `runners_up` are the next best pairs; `surface[nA, n1]` is R for every pair that can be optimal and a few beyond: below its
    last row R only falls. `demand_tail_mass` is the probability of demand that was left out.
    """

    extra: int
    advance: int
    objective: float
    advance_attended: float
    same_day_attended: float
    overload: float
    turned_away: float
    advance_without_extra: int
    objective_without_extra: float
    stop_points: tuple[int, ...]
    runners_up: tuple[Candidate, ...]
    demand_tail_mass: float
    warnings: tuple[str, ...]
    surface: NDArray[np.float64] = field(repr=False, compare=False)


def _require_integer(name: str, value: object, smallest: int, largest: int | None) -> None:
    wanted = f"from {smallest} to {largest}" if largest is not None else f"of at least {smallest}"
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or value < smallest or value > (math.inf if largest is None else largest):  # type: ignore[operator]
        raise InvalidInput(name, f"must be a whole number {wanted}, not {value}")
