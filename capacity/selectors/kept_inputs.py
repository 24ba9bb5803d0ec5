"""A plan's problem once more, from the numbers that are kept with it: what was applied, not what a newer night might say."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from capacity.models import CapacityPlan, CapacityPolicy
from capacity.numeric.problem import AllocationProblem
from capacity.services.inputs import ClinicInputs, Estimate
from capacity.services.solving import allocation_problem

ESTIMATES = ("mean_advance", "mean_same_day", "no_show_advance", "no_show_same_day")


def kept_inputs(plan: CapacityPlan) -> ClinicInputs:
    """What `inputs_as_json` wrote, read again."""
    kept: dict[str, Any] = {name: plan.inputs[name] for name in _names(ClinicInputs) if name in plan.inputs}
    for name in ESTIMATES:
        kept[name] = _estimate(plan.inputs[name])
    until = plan.inputs["history_until"]
    return ClinicInputs(**kept | {"history_until": date.fromisoformat(until) if until else None})


def kept_problem(plan: CapacityPlan) -> AllocationProblem:
    """The plan's problem; `plan.session` is read. Raises InvalidInput where the model no longer takes its numbers."""
    policy = CapacityPolicy(overload_cost=plan.inputs["overload_cost"], largest_extra=plan.inputs["largest_extra"])
    return allocation_problem(plan.session, kept_inputs(plan), policy)


def _estimate(kept: Mapping[str, Any]) -> Estimate:
    return Estimate(**{name: kept[name] for name in _names(Estimate) if name in kept})


def _names(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)]
