"""How far the tables must reach so that the optimum and its runners-up lie inside."""

import math

import numpy as np
from scipy import special

from capacity.numeric.negative_binomial import negative_binomial_reach
from capacity.numeric.poisson import poisson_reach
from capacity.numeric.problem import AllocationProblem, SessionTerms
from capacity.numeric.shocks import Shocks

# Next-best pairs that a result carries. R falls beyond the last useful seat, so as many rows more make them exact.
RUNNERS_UP = 3
# Demand beyond this probability changes R by less than rounding does.
NEGLIGIBLE = 1e-17


def useful_extra(terms: SessionTerms) -> int:
    """An estimate of the first nA from which one seat more loses whatever the demand.

    That is `P(no-shows > nA) < (β−1)/β` for N + nA numbers given to the kind of patient that misses most; here by the normal
    law with a correction for skewness. An estimate only: the solver looks whether it sufficed.
    """
    miss = terms.no_show_same_day
    show = 1 - miss
    worst = max(terms.no_show_advance, miss)
    z = max(0.0, -float(special.ndtri((terms.overload_cost - 1) / terms.overload_cost)))
    centre = terms.rated * worst + z * z / 6
    # The larger root of nA·(1−δ2) − centre = z·√(variance), squared: the variance grows with nA.
    half = show * centre + z * z * miss * show / 2
    rest = centre * centre - z * z * terms.rated * worst * (1 - worst)
    root = (half + math.sqrt(max(0.0, half * half - show * show * rest))) / (show * show)
    return math.ceil(root) + 1


def same_day_reach(problem: AllocationProblem, shared: float) -> int:
    """A same-day demand that is not exceeded but with negligible probability: no seat beyond it matters. `shared` is E X0."""
    if not problem.is_overdispersed:
        return poisson_reach(problem.mean_same_day, NEGLIGIBLE)
    X0, _, X2 = part_reaches(Shocks.of((problem,), (shared,)), NEGLIGIBLE)
    return X0 + X2


def part_reaches(shocks: Shocks, tail: float) -> tuple[int, int, int]:
    """What X0, X1, X2 of the first session exceed with a probability below `tail / 2` each: two of them below `tail` together."""
    dispersions = np.ones_like(shocks.means) if shocks.dispersions is None else shocks.dispersions
    X0, X1, X2 = (
        negative_binomial_reach(mean, dispersion, tail / 2)
        for mean, dispersion in zip(shocks.means[:, 0].tolist(), dispersions[:, 0].tolist(), strict=True)
    )
    return X0, X1, X2


def on_ladder(size: int) -> int:
    """The next larger of 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, …: doctors with about the same need share one shape."""
    step = 1 << max(0, size.bit_length() - 3)
    return max(4, -(-size // step) * step)
