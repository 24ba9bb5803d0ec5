"""From a session and its inputs to the best quotas; each different problem is solved once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from capacity.models import CapacityPolicy
from capacity.numeric.allocation import allocate_many
from capacity.numeric.demand import LARGEST_DISPERSION, largest_correlation
from capacity.numeric.errors import InvalidInput
from capacity.numeric.problem import AllocationProblem, AllocationResult, SessionTerms
from capacity.services.forecast_factors import ForecastFactor
from capacity.services.inputs import ClinicInputs
from capacity.services.scaling import SessionInputs
from hospitals.models import ClinicSession

logger = logging.getLogger(__name__)

# The largest probability the model takes: at 1 nobody of a channel ever comes and no quota is best.
LARGEST_NO_SHOW = 0.999


@dataclass(frozen=True, slots=True)
class SolvedSession:
    """A session, what its quotas were computed from, and the best of them."""

    session: ClinicSession
    inputs: ClinicInputs
    forecast: ForecastFactor | None
    problem: AllocationProblem
    result: AllocationResult

    @property
    def quotas(self) -> tuple[int, int]:
        """(N1, NA)."""
        return self.result.advance, self.result.extra


def solve_sessions(
    sessions: Sequence[ClinicSession], inputs: Sequence[SessionInputs], policy: CapacityPolicy
) -> list[SolvedSession]:
    """Solve `sessions[i]` with `inputs[i]`. One that the model refuses is left out, and said so: the others get their plans."""
    posed = []
    for session, found in zip(sessions, inputs, strict=True):
        try:
            posed.append((session, found, allocation_problem(session, found.inputs, policy)))
        except InvalidInput as error:
            logger.error("Session %s cannot be planned: %s", session.pk, error)
    distinct = list(dict.fromkeys(problem for _, _, problem in posed))
    solved = dict(zip(distinct, _allocate(distinct), strict=True))
    return [
        SolvedSession(session, found.inputs, found.forecast, problem, result)
        for session, found, problem in posed
        if (result := solved[problem]) is not None
    ]


def allocation_problem(session: ClinicSession, inputs: ClinicInputs, policy: CapacityPolicy) -> AllocationProblem:
    """Raises InvalidInput where the model has no place for the session's numbers."""
    margins = {
        "mean_advance": inputs.mean_advance.value,
        "mean_same_day": inputs.mean_same_day.value,
        "dispersion_advance": min(inputs.dispersion_advance, LARGEST_DISPERSION),
        "dispersion_same_day": min(inputs.dispersion_same_day, LARGEST_DISPERSION),
    }
    return AllocationProblem(
        terms=SessionTerms(
            rated=session.rated_capacity,
            no_show_advance=min(inputs.no_show_advance.value, LARGEST_NO_SHOW),
            no_show_same_day=min(inputs.no_show_same_day.value, LARGEST_NO_SHOW),
            overload_cost=policy.overload_cost,
            max_extra=policy.largest_extra,
        ),
        # The hospital's correlation may be more than two means that lie far apart can share.
        correlation=min(inputs.correlation, largest_correlation(**margins)),
        **margins,
    )


def _allocate(problems: list[AllocationProblem]) -> list[AllocationResult | None]:
    """All at once; where one of them is refused, each alone."""
    try:
        return list(allocate_many(problems))
    except InvalidInput:
        return [_allocate_one(problem) for problem in problems]


def _allocate_one(problem: AllocationProblem) -> AllocationResult | None:
    try:
        return allocate_many([problem])[0]
    except InvalidInput as error:
        logger.error("%s cannot be solved: %s", problem, error)
        return None
