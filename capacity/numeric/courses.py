"""What a session with given quotas comes to: expected patients and how far the count strays, by the model itself.

With A advance and B same-day patients who hold a number, `A = min(d1, n1)` and `B = min(d2, N + nA − A)`, those who come are
`a + b` and those who do not `(A − a) + (B − b)`. Given A and B both are sums of independent draws, so

    Var(a + b) = Var(A·(1−δ1) + B·(1−δ2)) + E[A·δ1·(1−δ1) + B·δ2·(1−δ2)]

by the law of total variance, and likewise with δ for the missed: exact for any law of demand. Model and symbols: Jiang, Tang,
Yan (2017), see `reference.py`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.allocation import shared_means
from capacity.numeric.batches import batches
from capacity.numeric.demand import largest_correlation
from capacity.numeric.demand_tails import DemandTails, problem_tails
from capacity.numeric.extents import on_ladder
from capacity.numeric.outcomes import Pair, evaluate_many
from capacity.numeric.problem import AllocationProblem
from capacity.numeric.shocks import Shocks

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Patients per session: expected counts, and standard deviations by the model."""

    seen: float
    seen_deviation: float
    missed: float
    missed_deviation: float
    overload: float
    turned_away: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InputErrors:
    """Standard errors of a problem's estimates: means in patients per session, no-shows as probabilities."""

    mean_advance: float
    mean_same_day: float
    no_show_advance: float
    no_show_same_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseErrors:
    """Standard errors of a course's expected counts, as its inputs are estimates."""

    seen: float
    missed: float


def course(problem: AllocationProblem, *, extra: int, advance: int) -> Course:
    """Of one session with quotas N_A = `extra` and N_1 = `advance`.

    >>> from capacity.numeric.problem import SessionTerms
    >>> terms = SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5)
    >>> found = course(AllocationProblem(terms=terms, mean_advance=15, mean_same_day=15, correlation=0.2), extra=4, advance=14)
    >>> round(found.seen, 4), round(found.overload, 4), round(found.seen_deviation, 2), round(found.missed, 2)
    (20.4026, 0.9946, 2.0, 3.12)
    """
    return courses((problem,), ((extra, advance),))[0]


def courses(problems: Sequence[AllocationProblem], quotas: Sequence[Pair]) -> list[Course]:
    """`course` of each, in order; `quotas[i] = (extra, advance)` of `problems[i]`. Raises `InvalidInput` as `evaluate` does."""
    outcomes = [found[0] for found in evaluate_many(problems, [[pair] for pair in quotas])]
    moments = _moments(problems, quotas)
    return [
        Course(
            seen=outcome.seen,
            seen_deviation=seen_deviation,
            missed=missed,
            missed_deviation=missed_deviation,
            overload=outcome.overload,
            turned_away=outcome.turned_away,
        )
        for outcome, (_, seen_deviation, missed, missed_deviation) in zip(outcomes, moments, strict=True)
    ]


def course_errors(
    problems: Sequence[AllocationProblem], quotas: Sequence[Pair], errors: Sequence[InputErrors]
) -> list[CourseErrors]:
    """How uncertain the expected counts are: each input moved by its standard error, the effects added as squares."""
    base = _moments(problems, quotas)
    squares = np.zeros((len(problems), 2))
    for name in ("mean_advance", "mean_same_day", "no_show_advance", "no_show_same_day"):
        moved = _moments([_moved(p, name, getattr(e, name)) for p, e in zip(problems, errors, strict=True)], quotas)
        squares += np.array([(m[0] - b[0], m[2] - b[2]) for m, b in zip(moved, base, strict=True)]).reshape(-1, 2) ** 2
    return [CourseErrors(seen=seen, missed=missed) for seen, missed in np.sqrt(squares).tolist()]


def _moved(problem: AllocationProblem, name: str, step: float) -> AllocationProblem:
    """With one input larger by `step`, or smaller where that would leave the scale."""
    if name.startswith("mean"):
        moved = replace(problem, **{name: getattr(problem, name) + step})
        # The larger of the means makes less correlation possible as it grows.
        largest = largest_correlation(
            mean_advance=moved.mean_advance,
            mean_same_day=moved.mean_same_day,
            dispersion_advance=moved.dispersion_advance,
            dispersion_same_day=moved.dispersion_same_day,
        )
        return replace(moved, correlation=min(moved.correlation, largest))
    no_show = getattr(problem.terms, name)
    within = no_show + step if no_show + step < 1 else max(0.0, no_show - step)
    return replace(problem, terms=replace(problem.terms, **{name: within}))


def _moments(problems: Sequence[AllocationProblem], quotas: Sequence[Pair]) -> list[tuple[float, float, float, float]]:
    """(seen, its deviation, missed, its deviation) of each."""
    shared = shared_means(problems)
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for i, (problem, (extra, _)) in enumerate(zip(problems, quotas, strict=True)):
        groups[problem.terms.rated, on_ladder(extra)].append(i)
    moments: dict[int, tuple[float, float, float, float]] = {}
    for (rated, rows), members in groups.items():
        for batch in batches(members, rated, rows):
            tails = problem_tails(rated, rated + rows, Shocks.of([problems[i] for i in batch], [shared[i] for i in batch]))
            for place, i in enumerate(batch):
                moments[i] = _moments_of(problems[i], *_numbers_given(tails, place, rated, *quotas[i]))
    return [moments[i] for i in range(len(problems))]


def _numbers_given(tails: DemandTails, place: int, rated: int, extra: int, advance: int) -> tuple[Floats, Floats, Floats]:
    """Every (A, B) that can be given and its probability, as three flat arrays."""
    numbers = rated + extra + 1
    # P(A, d2 ≥ B): each d1 below the quota by itself, then all that would have filled it.
    rows = (tails.exactly[place, :advance, :numbers], tails.at_least[place, advance : advance + 1, :numbers])
    at_least = np.concatenate(rows)
    more = np.pad(at_least[:, 1:], ((0, 0), (0, 1)))
    A, B = np.meshgrid(np.arange(advance + 1.0), np.arange(float(numbers)), indexing="ij")
    left = rated + extra - A - B
    mass = np.where(left > 0, at_least - more, np.where(left == 0, at_least, 0.0))
    return A.ravel(), B.ravel(), mass.ravel()


def _moments_of(problem: AllocationProblem, A: Floats, B: Floats, mass: Floats) -> tuple[float, float, float, float]:
    q1, q2 = problem.terms.no_show_advance, problem.terms.no_show_same_day
    drawn = float(mass @ (A * (q1 * (1 - q1)) + B * (q2 * (1 - q2))))
    found: list[float] = []
    for part in (A * (1 - q1) + B * (1 - q2), A * q1 + B * q2):
        mean = float(mass @ part)
        variance = float(mass @ (part - mean) ** 2) + drawn
        found += [mean, variance**0.5]
    return found[0], found[1], found[2], found[3]
