"""The exact optimum of the two-tier enumeration, for one doctor or thousands, without its nested sums.

Giving out one seat more, from nA to nA + 1, changes something only when same-day demand reaches that seat; then it serves one
patient with probability 1 − δ2 and adds `(1−δ2)·P(a + b ≥ N)` to expected overload. With `F[A, B] = P(a + b < N)` and
`g = (1−δ2)·(1 − β·(1 − F)) = (1−δ2)·(β·F − (β−1))`, for A advance and B same-day patients who hold a number:

    R(nA+1, n1) − R(nA, n1) = Σ_{d1 ≤ n1} P(d1, d2 > B)·g[d1, B] + P(D1 > n1, d2 > B')·g[n1, B']
    B = N + nA − d1,  B' = N + nA − n1

The paper's inequality (11) for d1 is `g[d1, N + nA − d1] < 0`, and it stays so for every larger nA. Hence R falls from the
first nA at which it holds for all d1 ≤ n1, and a table up to there holds the optimum: a few seats, not the paper's N + 2.
Model and symbols: Jiang, Tang, Yan (2017), see `reference.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.batches import batches
from capacity.numeric.demand import DemandLaw, common_mean
from capacity.numeric.demand_tails import DemandTails, problem_tails, table_tails
from capacity.numeric.extents import NEGLIGIBLE, RUNNERS_UP, on_ladder, same_day_reach, useful_extra
from capacity.numeric.problem import AllocationProblem, AllocationResult, SessionTerms, StackedTerms
from capacity.numeric.seats import seat_table
from capacity.numeric.selection import select
from capacity.numeric.shocks import Shocks
from capacity.numeric.stop_points import search_first_losing, stop_points

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def allocate(problem: AllocationProblem) -> AllocationResult:
    """The best pair of quotas for one session under the paper's demand law, or the overdispersed one.

    Raises `InvalidDemand` where the means, dispersions and ρ cannot be.

    >>> terms = SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5)
    >>> best = allocate(AllocationProblem(terms=terms, mean_advance=15, mean_same_day=15, correlation=0.2))
    >>> best.extra, best.advance, best.advance_without_extra, round(best.overload, 4)
    (4, 14, 9, 0.9946)
    """
    return allocate_many((problem,))[0]


def allocate_many(problems: Iterable[AllocationProblem]) -> list[AllocationResult]:
    """`allocate` for each, in order. A doctor's result is the same to the last bit, whoever else is in the batch.

    Doctors are solved together whose tables have the same shape, and that shape follows from each one's own numbers alone.
    """
    problems = list(problems)
    shared = shared_means(problems)
    results: list[AllocationResult | None] = [None] * len(problems)
    pending = _by_shape(problems, shared)
    while pending:
        (rated, rows, is_overdispersed), members = pending.popitem()
        for batch in batches(members, rated, rows):
            chosen = [problems[i] for i in batch]
            demand = problem_tails(rated, rated + rows, Shocks.of(chosen, [shared[i] for i in batch]))
            solved = _solve([p.terms for p in chosen], rows, demand)
            for i, result in zip(batch, solved, strict=True):
                results[i] = result
            short = [i for i, result in zip(batch, solved, strict=True) if result is None]
            if short:
                pending[rated, on_ladder(2 * rows), is_overdispersed].extend(short)
    return [result for result in results if result is not None]


def allocate_for_law(terms: SessionTerms, law: DemandLaw) -> AllocationResult:
    """The same for any joint law of demand; what the table leaves out is left out of every expectation."""
    useful = useful_extra(terms) + RUNNERS_UP
    while True:
        rows = on_ladder(min(useful, law.mass.shape[1]))
        result = _solve([terms], rows, table_tails(terms.rated, terms.rated + rows, law))[0]
        if result is not None:
            return result
        useful = 2 * rows


def shared_means(problems: Sequence[AllocationProblem]) -> list[float]:
    """`E X0` of each. Raises `InvalidDemand` where means, dispersions and ρ cannot be together."""
    return [
        common_mean(
            mean_advance=p.mean_advance,
            mean_same_day=p.mean_same_day,
            correlation=p.correlation,
            dispersion_advance=p.dispersion_advance,
            dispersion_same_day=p.dispersion_same_day,
        )
        for p in problems
    ]


def _by_shape(problems: Sequence[AllocationProblem], shared: Sequence[float]) -> defaultdict[tuple[int, int, bool], list[int]]:
    """Indices by N, seats beyond N in the tables, and whether demand is overdispersed."""
    groups: defaultdict[tuple[int, int, bool], list[int]] = defaultdict(list)
    for i, problem in enumerate(problems):
        useful = useful_extra(problem.terms) + RUNNERS_UP
        rows = on_ladder(min(useful, same_day_reach(problem, shared[i])))
        groups[problem.terms.rated, rows, problem.is_overdispersed].append(i)
    return groups


def _solve(terms: Sequence[SessionTerms], rows: int, demand: DemandTails) -> list[AllocationResult | None]:
    """Doctors with the same N on tables with nA = 0..rows; None for one whose optimum may lie beyond them."""
    rated = terms[0].rated
    stacked = StackedTerms.of(terms)
    seats = seat_table(rated, rows, stacked, demand)
    cost = stacked.overload_cost[:, np.newaxis, np.newaxis]
    first_losing = (cost * seats.no_overload >= cost - 1).sum(axis=2)
    furthest = first_losing.max(axis=1)
    enough = (furthest <= rows - RUNNERS_UP) | (demand.at_least[:, 0, rows] <= NEGLIGIBLE)
    for i in (enough & (furthest == rows)).nonzero()[0].tolist():
        t = terms[i]
        first_losing[i] = search_first_losing(
            rated, t.no_show_advance, t.no_show_same_day, t.overload_cost, first_losing[i], rows
        )
    stops = stop_points(rated, stacked.no_show_same_day, first_losing)
    return select(terms, stacked, demand, seats, stops, enough)
