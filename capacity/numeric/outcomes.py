"""What any pair of quotas leads to, best or not: the numbers beside the optimum, and beside the plan that stands."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.allocation import shared_means
from capacity.numeric.batches import batches
from capacity.numeric.demand import DemandLaw
from capacity.numeric.demand_tails import DemandTails, problem_tails, table_tails
from capacity.numeric.errors import InvalidInput
from capacity.numeric.expected import Expected
from capacity.numeric.extents import on_ladder
from capacity.numeric.problem import AllocationProblem, SessionTerms, StackedTerms
from capacity.numeric.seats import SeatTable, seat_table
from capacity.numeric.shocks import Shocks

Floats = NDArray[np.float64]
Pair = tuple[int, int]

# A table with this many rows beyond N is still small; no doctor takes more patients than that in addition.
LARGEST_EXTRA = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Expected):
    """What one pair of quotas is expected to lead to; `advance` is n1."""

    advance: int


def evaluate(problem: AllocationProblem, pairs: Sequence[Pair]) -> list[Outcome]:
    """The outcome of each `(extra, advance)` of `pairs` for one session. A cap in the terms does not limit what may be asked.

    Raises `InvalidInput` for an advance quota outside 0..N or an extra quota outside 0..`LARGEST_EXTRA`.

    >>> terms = SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5)
    >>> problem = AllocationProblem(terms=terms, mean_advance=15, mean_same_day=15, correlation=0.2)
    >>> [round(outcome.seen, 4) for outcome in evaluate(problem, [(4, 14), (0, 9)])]
    [20.4026, 17.3924]
    """
    return evaluate_many((problem,), (pairs,))[0]


def evaluate_many(problems: Sequence[AllocationProblem], pairs: Sequence[Sequence[Pair]]) -> list[list[Outcome]]:
    """`evaluate` for many sessions, `pairs[i]` of `problems[i]`, in order."""
    shared = shared_means(problems)
    groups: defaultdict[tuple[int, int, bool], list[int]] = defaultdict(list)
    for i, (problem, asked) in enumerate(zip(problems, pairs, strict=True)):
        groups[problem.terms.rated, _rows(problem.terms, asked), problem.is_overdispersed].append(i)
    outcomes: list[list[Outcome]] = [[] for _ in problems]
    for (rated, rows, _), members in groups.items():
        for batch in batches(members, rated, rows):
            chosen = [problems[i] for i in batch]
            demand = problem_tails(rated, rated + rows, Shocks.of(chosen, [shared[i] for i in batch]))
            read = _read([p.terms for p in chosen], rows, demand, [pairs[i] for i in batch])
            for i, found in zip(batch, read, strict=True):
                outcomes[i] = found
    return outcomes


def evaluate_for_law(terms: SessionTerms, law: DemandLaw, pairs: Sequence[Pair]) -> list[Outcome]:
    """The same for any joint law of demand."""
    rows = _rows(terms, pairs)
    return _read([terms], rows, table_tails(terms.rated, terms.rated + rows, law), [pairs])[0]


def _rows(terms: SessionTerms, pairs: Sequence[Pair]) -> int:
    for extra, advance in pairs:
        if not 0 <= advance <= terms.rated:
            raise InvalidInput("advance", f"must be from 0 to {terms.rated}, not {advance}")
        if not 0 <= extra <= LARGEST_EXTRA:
            raise InvalidInput("extra", f"must be from 0 to {LARGEST_EXTRA}, not {extra}")
    return on_ladder(max((extra for extra, _ in pairs), default=0))


def _read(terms: Sequence[SessionTerms], rows: int, demand: DemandTails, pairs: Sequence[Sequence[Pair]]) -> list[list[Outcome]]:
    stacked = StackedTerms.of(terms)
    seats = seat_table(terms[0].rated, rows, stacked, demand)
    overload = _overload(stacked, seats)
    whose = np.repeat(np.arange(len(terms)), [len(asked) for asked in pairs])
    extra, advance = np.array([pair for asked in pairs for pair in asked], dtype=np.int64).reshape(-1, 2).T
    R = seats.objective[whose, advance, extra]
    Ec = overload[whose, advance, extra]
    E1 = seats.advance[whose, advance]
    E2 = R - E1 + stacked.overload_cost[whose] * Ec
    given = E1 / (1 - stacked.no_show_advance[whose]) + E2 / (1 - stacked.no_show_same_day[whose])
    turned_away = np.maximum(demand.mean_total[whose] - given, 0.0)
    outcomes: list[list[Outcome]] = [[] for _ in terms]
    columns = (whose, extra, advance, R, E1, E2, Ec, turned_away)
    for i, nA, n1, objective, came_advance, came_same_day, above, away in zip(*(c.tolist() for c in columns), strict=True):
        outcomes[i].append(
            Outcome(
                extra=nA,
                advance=n1,
                objective=objective,
                advance_attended=came_advance,
                same_day_attended=came_same_day,
                overload=above,
                turned_away=away,
            )
        )
    return outcomes


def _overload(terms: StackedTerms, seats: SeatTable) -> Floats:
    """`Ec[i, n1, nA]`: a seat more adds `(1−δ2)·P(a + b ≥ N)` where same-day demand reaches it."""
    doctors, width, rows = seats.exactly.shape
    full = 1 - seats.no_overload
    overload = np.zeros((doctors, width, rows + 1))
    steps = overload[:, :, 1:]
    (seats.exactly * full).cumsum(axis=1, out=steps)
    full *= seats.beyond
    steps += full
    steps *= (1 - terms.no_show_same_day)[:, np.newaxis, np.newaxis]
    return overload.cumsum(axis=2, out=overload)
