"""How the best quotas move when one number of a session moves: the paper's figures 2–5, for any of its inputs.

Jiang, Tang, Yan (2017), section 4.2: δ1 from 0.1 to 0.3 (figure 2), δ2 from 0 to 0.15 (figure 3), N from 12 to 40 (figure 4, with
demand of 1.5·N, hence `demand_follows_rated`), β from 1.1 to 1.9 (figure 5); each with 加号 and without.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.allocation import allocate_many, shared_means
from capacity.numeric.errors import InvalidInput
from capacity.numeric.outcomes import Outcome, evaluate_many
from capacity.numeric.problem import AllocationProblem, AllocationResult

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

TERMS = ("rated", "no_show_advance", "no_show_same_day", "overload_cost")
DEMAND = ("mean_advance", "mean_same_day", "correlation", "dispersion_advance", "dispersion_same_day")
SWEEPABLE = TERMS + DEMAND
# A curve needs fewer by far.
MOST_VALUES = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sweep:
    """The optimum at each of `values` of `parameter`; all arrays have the shape of `values`.

    `advance` N_1 and `extra` N_A are the best quotas, `objective` R there in incomes of one patient; `seen` (E1 + E2),
    `overload` (Ec) and `turned_away` are expected patients per session. The fields ending in `_without_extra` are the same for
    the best quota if no 加号 is allowed: then nobody is above N, and as many are seen as R says.
    """

    parameter: str
    values: Floats
    advance: Integers
    extra: Integers
    objective: Floats
    seen: Floats
    overload: Floats
    turned_away: Floats
    advance_without_extra: Integers
    objective_without_extra: Floats
    turned_away_without_extra: Floats

    def rows(self) -> list[dict[str, float | int]]:
        """One dict per value, `value` first: for tables, CSV and JSON."""
        names = [field.name for field in fields(self) if field.name not in ("parameter", "values")]
        columns = {"value": self.values.tolist()} | {name: getattr(self, name).tolist() for name in names}
        if self.parameter == "rated":
            columns["value"] = [int(value) for value in columns["value"]]
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def sweep(
    problem: AllocationProblem, parameter: str, values: Sequence[float] | Floats, *, demand_follows_rated: bool = False
) -> Sweep:
    """Solve `problem` with each of `values` for `parameter`, one of `SWEEPABLE`.

    `demand_follows_rated` scales both means with N where N is swept, as the paper does. Raises `InvalidInput` naming the
    parameter for a value outside the model (`InvalidDemand` for means and ρ that cannot be together), for no or too many values.

    >>> from capacity.numeric.problem import SessionTerms
    >>> terms = SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5)
    >>> base = AllocationProblem(terms=terms, mean_advance=15, mean_same_day=15, correlation=0.2)
    >>> sweep(base, "overload_cost", [1.1, 1.5, 1.9]).extra.tolist()
    [6, 4, 3]
    """
    return sweep_each(problem, {parameter: values}, demand_follows_rated=demand_follows_rated)[parameter]


def sweep_each(
    problem: AllocationProblem, values_by_parameter: Mapping[str, Sequence[float] | Floats], *, demand_follows_rated: bool = False
) -> dict[str, Sweep]:
    """Several sweeps of one session, solved together."""
    swept: dict[str, Floats] = {}
    problems: list[AllocationProblem] = []
    for parameter, values in values_by_parameter.items():
        swept[parameter] = _checked(parameter, values)
        problems += [_with(problem, parameter, value, demand_follows_rated) for value in swept[parameter].tolist()]
    best = allocate_many(problems)
    without = [outcome for (outcome,) in evaluate_many(problems, [[(0, result.advance_without_extra)] for result in best])]
    sweeps, start = {}, 0
    for parameter, numbers in swept.items():
        piece = slice(start, start + numbers.size)
        sweeps[parameter] = _sweep(parameter, numbers, best[piece], without[piece])
        start += numbers.size
    return sweeps


def usual_values(problem: AllocationProblem, parameter: str) -> tuple[float, ...]:
    """A sensible range around the session's own value of `parameter`, which is always among them: nine values at most.

    Steps as in the paper's figures (0.05 of a no-show rate, 0.1 of β), a tenth of N and of the means; only values that the model
    and the other numbers of the session allow.

    >>> from capacity.numeric.problem import SessionTerms
    >>> terms = SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5)
    >>> base = AllocationProblem(terms=terms, mean_advance=15, mean_same_day=15, correlation=0.2)
    >>> usual_values(base, "no_show_same_day")
    (0.0, 0.05, 0.1, 0.15, 0.2, 0.25)
    """
    if parameter not in SWEEPABLE:
        raise InvalidInput("parameter", f"must be one of {', '.join(SWEEPABLE)}, not {parameter}")
    own = getattr(problem if parameter in DEMAND else problem.terms, parameter)
    step = _usual_step(parameter, own)
    around = [own if k == 0 else round(own + k * step, 6) for k in range(-4, 5)]
    return tuple(value for value in around if _is_possible(problem, parameter, value))


def _usual_step(parameter: str, own: float) -> float:
    if parameter == "rated":
        return max(1, round(own / 10))
    if parameter.startswith("mean_"):
        return max(0.5, round(own / 10, 1))
    return 0.05 if parameter.startswith("no_show_") else 0.1


def _is_possible(problem: AllocationProblem, parameter: str, value: float) -> bool:
    try:
        shared_means([_with(problem, parameter, value, demand_follows_rated=False)])
    except InvalidInput:
        return False
    return True


def _checked(parameter: str, values: Sequence[float] | Floats) -> Floats:
    if parameter not in SWEEPABLE:
        raise InvalidInput("parameter", f"must be one of {', '.join(SWEEPABLE)}, not {parameter}")
    numbers = np.array(values, dtype=np.float64)
    if numbers.ndim != 1 or not 1 <= numbers.size <= MOST_VALUES:
        raise InvalidInput(parameter, f"needs a list of 1 to {MOST_VALUES} values")
    numbers.flags.writeable = False
    return numbers


def _with(problem: AllocationProblem, parameter: str, value: float, demand_follows_rated: bool) -> AllocationProblem:
    change: dict[str, Any] = {parameter: value}
    if parameter in DEMAND:
        return replace(problem, **change)
    if (
        parameter == "rated" and float(value).is_integer()
    ):  # what is no whole number goes to the terms as it is, to be refused there
        change = {parameter: int(value)}
    changed = replace(problem, terms=replace(problem.terms, **change))
    if parameter == "rated" and demand_follows_rated:
        scale = value / problem.terms.rated
        return replace(changed, mean_advance=scale * problem.mean_advance, mean_same_day=scale * problem.mean_same_day)
    return changed


def _sweep(parameter: str, values: Floats, best: Sequence[AllocationResult], without: Sequence[Outcome]) -> Sweep:
    def numbers(results: Sequence[AllocationResult] | Sequence[Outcome], name: str) -> Floats:
        return np.array([getattr(result, name) for result in results], dtype=np.float64)

    def counts(results: Sequence[AllocationResult] | Sequence[Outcome], name: str) -> Integers:
        return np.array([getattr(result, name) for result in results], dtype=np.int64)

    return Sweep(
        parameter=parameter,
        values=values,
        advance=counts(best, "advance"),
        extra=counts(best, "extra"),
        objective=numbers(best, "objective"),
        seen=numbers(best, "advance_attended") + numbers(best, "same_day_attended"),
        overload=numbers(best, "overload"),
        turned_away=numbers(best, "turned_away"),
        advance_without_extra=counts(without, "advance"),
        objective_without_extra=numbers(without, "objective"),
        turned_away_without_extra=numbers(without, "turned_away"),
    )
