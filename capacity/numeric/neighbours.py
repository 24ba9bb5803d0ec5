"""What would happen with one number more or fewer: exact, for one plan or a night's plans."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from capacity.numeric.errors import InvalidInput
from capacity.numeric.outcomes import Outcome, Pair, evaluate_many
from capacity.numeric.problem import AllocationProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The outcome of the quotas themselves and of the four pairs beside them; None where there is no such pair.

    `extra_more` may lie above the doctor's cap: it says what the cap costs.
    """

    chosen: Outcome
    advance_fewer: Outcome | None
    advance_more: Outcome | None
    extra_fewer: Outcome | None
    extra_more: Outcome


def neighbours(problem: AllocationProblem, *, extra: int, advance: int) -> Neighbours:
    """Of one session with quotas N_A = `extra` and N_1 = `advance`, which need not be the best ones.

    >>> from capacity.numeric.problem import SessionTerms
    >>> terms = SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5)
    >>> problem = AllocationProblem(terms=terms, mean_advance=15, mean_same_day=15, correlation=0.2)
    >>> beside = neighbours(problem, extra=4, advance=14)
    >>> round(beside.extra_more.overload - beside.chosen.overload, 4), round(beside.extra_more.seen - beside.chosen.seen, 4)
    (0.5892, 0.7432)
    """
    return neighbours_of_many((problem,), ((extra, advance),))[0]


def neighbours_of_many(problems: Sequence[AllocationProblem], quotas: Iterable[Pair]) -> list[Neighbours]:
    """`neighbours` of each, in order; `quotas[i] = (extra, advance)` of `problems[i]`."""
    places = list(quotas)
    for problem, (extra, advance) in zip(problems, places, strict=True):
        if not 0 <= advance <= problem.terms.rated:
            raise InvalidInput("advance", f"must be from 0 to {problem.terms.rated}, not {advance}")
        if extra < 0:
            raise InvalidInput("extra", f"must be at least 0, not {extra}")
    pairs = [_beside(p.terms.rated, extra, advance) for p, (extra, advance) in zip(problems, places, strict=True)]
    found = evaluate_many(problems, [list(beside.values()) for beside in pairs])
    return [_named(beside, outcomes) for beside, outcomes in zip(pairs, found, strict=True)]


def _beside(rated: int, extra: int, advance: int) -> dict[str, Pair]:
    pairs = {
        "chosen": (extra, advance),
        "advance_fewer": (extra, advance - 1),
        "advance_more": (extra, advance + 1),
        "extra_fewer": (extra - 1, advance),
        "extra_more": (extra + 1, advance),
    }
    return {name: (nA, n1) for name, (nA, n1) in pairs.items() if nA >= 0 and 0 <= n1 <= rated}


def _named(beside: dict[str, Pair], outcomes: list[Outcome]) -> Neighbours:
    by_name = dict(zip(beside, outcomes, strict=True))
    return Neighbours(
        chosen=by_name["chosen"],
        advance_fewer=by_name.get("advance_fewer"),
        advance_more=by_name.get("advance_more"),
        extra_fewer=by_name.get("extra_fewer"),
        extra_more=by_name["extra_more"],
    )
