"""The morning of the visit: how many 加号 to open today, now that it is known who has a number and how likely each is to come.

With A advance patients who come with chances p1..pA, `a` is Poisson-binomial. Giving one number more to a same-day patient, when
H patients hold one, earns `(1−δ2)·(1 − β·P(N or more of those H come))`: it serves one patient with probability 1 − δ2 and adds
one above N if N or more of the others come. So everything follows from the law of how many of the first j come, one patient
added at a time:

    R(nA) = Σ_{j ≤ H} q_j·(1 − β·(1 − F_{j−1})) + Σ_{s ≤ N + nA − H} P(d2 ≥ s)·(1−δ2)·(1 − β·(1 − F_{H+s−1}))

with `F_j = P(fewer than N of the first j come)`, q_j the chance of the j-th, and d2 the same-day demand that is still to come.
F_j falls in j: R rises, then falls, whatever the law of d2. This is the model of Jiang, Tang, Yan (2017) with its advance side
known; averaged over what may be known in the morning, its best nA earns no less than the best of the night before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.morning_problem import MorningProblem, MorningResult
from capacity.numeric.selection import TIE

Floats = NDArray[np.float64]

# Sessions whose laws are built up side by side.
_CHUNK = 256


def resolve_morning(problem: MorningProblem) -> MorningResult:
    """The best 加号 for one session today: the fewest among equals, never fewer than are in use, never above the limit.

    Where more are in use already than the limit allows, the answer is what is in use.

    >>> from capacity.numeric.problem import SessionTerms
    >>> from capacity.numeric.same_day import poisson_same_day
    >>> terms = SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5)
    >>> reliable = MorningProblem(terms=terms, show_up=[0.95] * 14, demand=poisson_same_day(15), extra_now=4)
    >>> result = resolve_morning(reliable)
    >>> result.extra, round(result.gain, 4)
    (1, 0.8051)
    """
    return resolve_mornings((problem,))[0]


def resolve_mornings(problems: Iterable[MorningProblem]) -> list[MorningResult]:
    """`resolve_morning` for each, in order. A session's result is the same to the last bit, whoever else is in the batch."""
    queues = [_Queue.of(problem) for problem in problems]
    results: dict[int, MorningResult] = {}
    for members in _chunks(queues):
        chunk = [queues[i] for i in members]
        for i, queue, short in zip(members, chunk, _short_of_rated(chunk), strict=True):
            results[i] = _result(queue, short[: queue.chances.size])
    return [results[i] for i in range(len(queues))]


def _chunks(queues: Sequence["_Queue"]) -> Iterator[list[int]]:
    """Places of sessions of the same N, those with about as many patients together."""
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for i, queue in enumerate(queues):
        groups[queue.problem.terms.rated].append(i)
    for group in groups.values():
        group.sort(key=lambda i: queues[i].chances.size)
        for start in range(0, len(group), _CHUNK):
            yield group[start : start + _CHUNK]


@dataclass(frozen=True, slots=True, eq=False)
class _Queue:
    """A session's patients in the order they are added: those who hold a number, then who may come for the seats left.

    `chances[j]` that the j-th shows up, `reached[j]` that there is one.
    """

    problem: MorningProblem
    chances: Floats
    reached: Floats

    @classmethod
    def of(cls, problem: MorningProblem) -> Self:
        seats = len(problem.demand.mass) - 1
        if (largest := problem.largest_extra) is not None:
            seats = min(seats, problem.free + largest - problem.smallest_extra)
        same_day = np.full(problem.same_day_taken + seats, 1 - problem.terms.no_show_same_day)
        chances = np.concatenate((problem.show_up, same_day))
        reached = np.concatenate((np.ones(problem.held), problem.demand.at_least[1 : seats + 1]))
        return cls(problem, chances, reached)


def _short_of_rated(queues: Sequence[_Queue]) -> Floats:
    """`F[i, j]`: the probability that fewer than N of session i's first j patients come; all sessions have the same N.

    The law is kept as "seats of N that are left": whoever comes takes one, and what falls below one left is no longer short.
    """
    sizes = [queue.chances.size for queue in queues]
    comes = np.zeros((max(sizes), len(queues), 1))
    for i, queue in enumerate(queues):
        comes[: sizes[i], i, 0] = queue.chances
    left = np.zeros((len(queues), queues[0].problem.terms.rated))
    left[:, -1] = 1.0
    short = np.empty((max(sizes), len(queues)))
    for j, shows_up in enumerate(comes):
        short[j] = left.sum(axis=1)
        moved = left[:, 1:] * shows_up
        left *= 1 - shows_up
        left[:, :-1] += moved
    return short.T


def _result(queue: _Queue, short: Floats) -> MorningResult:
    problem = queue.problem
    cost, rated, limit = problem.terms.overload_cost, problem.terms.rated, problem.terms.max_extra
    came = queue.chances * queue.reached
    # Before the N-th number nobody can be above N; 1 − F would be rounding there.
    above = came * (1 - short)
    above[:rated] = 0.0
    start = min(problem.held + problem.free, came.size)
    overload, came_in_all, given = (_totals(steps, start) for steps in (above, came, queue.reached))
    objectives = came_in_all - cost * overload
    allowed = objectives if limit is None else objectives[: max(0, limit - problem.smallest_extra) + 1]
    # As at night: what differs by rounding only is equal.
    behind = np.rint((allowed.max() - allowed) / (TIE * rated * cost))
    advance_attended = float(np.sum(problem.show_up))
    return MorningResult(
        extra=problem.smallest_extra + int(behind.argmin()),
        extra_now=problem.extra_now,
        smallest_extra=problem.smallest_extra,
        largest_extra=problem.largest_extra,
        advance_attended=advance_attended,
        objectives=objectives,
        same_day_attended=came_in_all - advance_attended,
        overload=overload,
        turned_away=np.maximum(problem.demand.mean - (given - problem.held), 0.0),
    )


def _totals(steps: Floats, start: int) -> Floats:
    """Sums of the first `start`, `start` + 1, … of the steps."""
    return np.concatenate((np.zeros(1), np.cumsum(steps)))[start:]
