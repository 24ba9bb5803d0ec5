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
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.demand import DemandLaw, common_mean
from capacity.numeric.demand_tails import DemandTails, poisson_tails, table_tails
from capacity.numeric.extents import NEGLIGIBLE, RUNNERS_UP, demanded_extra, on_ladder, useful_extra
from capacity.numeric.problem import AllocationProblem, AllocationResult, SessionTerms, StackedTerms
from capacity.numeric.selection import SeatTable, select
from capacity.numeric.show_up import no_overload
from capacity.numeric.stop_points import search_first_losing, stop_points

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Doctors solved together: as many as keep one table within the processor's cache.
_BATCH_CELLS = 2**16
_LARGEST_BATCH = 128


def allocate(problem: AllocationProblem) -> AllocationResult:
    """The best pair of quotas for one session under the paper's demand law.

    Raises `InvalidDemand` where the means and ρ cannot be.

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
    shared = [
        common_mean(mean_advance=p.mean_advance, mean_same_day=p.mean_same_day, correlation=p.correlation) for p in problems
    ]
    results: list[AllocationResult | None] = [None] * len(problems)
    pending = _by_shape(problems)
    while pending:
        (rated, rows), members = pending.popitem()
        for batch in _batches(members, rated, rows):
            chosen = [problems[i] for i in batch]
            demand = poisson_tails(
                rated,
                rated + rows,
                np.array([p.mean_advance for p in chosen], dtype=np.float64),
                np.array([p.mean_same_day for p in chosen], dtype=np.float64),
                np.array([shared[i] for i in batch], dtype=np.float64),
            )
            solved = _solve([p.terms for p in chosen], rows, demand)
            for i, result in zip(batch, solved, strict=True):
                results[i] = result
            short = [i for i, result in zip(batch, solved, strict=True) if result is None]
            if short:
                pending[rated, on_ladder(2 * rows)].extend(short)
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


def _by_shape(problems: Sequence[AllocationProblem]) -> defaultdict[tuple[int, int], list[int]]:
    """Indices by (N, seats beyond N in the tables)."""
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for i, problem in enumerate(problems):
        useful = useful_extra(problem.terms) + RUNNERS_UP
        rows = on_ladder(min(useful, demanded_extra(problem.mean_same_day)))
        groups[problem.terms.rated, rows].append(i)
    return groups


def _batches(members: list[int], rated: int, rows: int) -> Iterator[list[int]]:
    size = max(1, min(_LARGEST_BATCH, _BATCH_CELLS // (rated * (rated + rows))))
    for start in range(0, len(members), size):
        yield members[start : start + size]


def _solve(terms: Sequence[SessionTerms], rows: int, demand: DemandTails) -> list[AllocationResult | None]:
    """Doctors with the same N on tables with nA = 0..rows; None for one whose optimum may lie beyond them."""
    rated = terms[0].rated
    stacked = StackedTerms.of(terms)
    seats = _seat_table(rated, rows, stacked, demand)
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


def _seat_table(rated: int, rows: int, terms: StackedTerms, demand: DemandTails) -> SeatTable:
    """Every seat's gain, summed up to R(nA, n1)."""
    show_same_day = (1 - terms.no_show_same_day)[:, np.newaxis, np.newaxis]
    cost = terms.overload_cost[:, np.newaxis, np.newaxis]
    no_overload_ = no_overload(rated, rated + rows, terms.no_show_advance, terms.no_show_same_day)
    short = _along_totals(no_overload_, rated, rows)
    width = rated + rows + 1
    exactly = _along_totals(demand.exactly, rated + 1, rows)
    beyond = _along_totals(demand.at_least, width + rated + 1, rows)
    gain = cost * short
    gain -= cost - 1
    gain *= show_same_day
    objective = np.empty((len(cost), rated + 1, rows + 1))
    steps = objective[:, :, 1:]
    (exactly * gain).cumsum(axis=1, out=steps)
    gain *= beyond
    steps += gain
    advance, same_day = _without_extra(rated, terms, demand)
    objective[:, :, 0] = advance + same_day
    objective.cumsum(axis=2, out=objective)
    return SeatTable(objective, short, exactly, beyond, advance, same_day)


def _along_totals(table: Floats, start: int, rows: int) -> Floats:
    """A view of `table[i, A, B]` by `[i, A, k]` with `B = B0 + k − A`, where `start` is the flat position of A = 0, k = 0.

    In a table of width w the flat position of (A, B0 + k − A) is `start + A·(w − 1) + k`: rows of width w − 1.
    """
    doctors, lines, width = table.shape
    lines = (lines * width - start) // (width - 1)
    flat = table.reshape(doctors, -1)[:, start : start + lines * (width - 1)]
    return flat.reshape(doctors, lines, width - 1)[:, :, :rows]


def _without_extra(rated: int, terms: StackedTerms, demand: DemandTails) -> tuple[Floats, Floats]:
    """`E1(n1)` and `E2(0, n1)` for n1 = 0..N: one advance number more helps if d1 asks for it, and costs if d2 would have."""
    doctors, _, width = demand.at_least.shape
    asked = demand.at_least[:, 1 : rated + 1, 0]
    # P(d1 > n1, d2 ≥ N − n1) at flat position (n1 + 1)·width + N − n1.
    taken = demand.at_least.reshape(doctors, -1)[:, width + rated :: width - 1][:, :rated]
    advance = np.zeros((doctors, rated + 1))
    asked.cumsum(axis=1, out=advance[:, 1:])
    same_day = np.empty_like(advance)
    same_day[:, 0] = demand.at_least[:, 0, 1 : rated + 1].sum(axis=1)
    np.negative(taken, out=same_day[:, 1:])
    same_day.cumsum(axis=1, out=same_day)
    return (
        advance * (1 - terms.no_show_advance)[:, np.newaxis],
        same_day * (1 - terms.no_show_same_day)[:, np.newaxis],
    )
