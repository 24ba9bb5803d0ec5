"""Demand of a coming day: the clinic's own means, scaled by what the department's forecast says about that day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from capacity.models import CapacityPolicy
from capacity.services.forecast_factors import ForecastFactor, forecast_factors
from capacity.services.inputs import ClinicInputs, Estimate
from hospitals.models import ClinicSession, Hospital


@dataclass(frozen=True, slots=True)
class SessionInputs:
    """What one session is solved with; `forecast` is None where the hospital does not scale by it."""

    inputs: ClinicInputs
    forecast: ForecastFactor | None = None


def session_inputs(
    *, hospital: Hospital, sessions: Sequence[ClinicSession], clinics: Mapping[int, ClinicInputs], policy: CapacityPolicy
) -> list[SessionInputs]:
    """Of each session, from its clinic's inputs (by session). Sessions of a clinic with one factor share one object."""
    if not policy.scales_by_forecast:
        return [SessionInputs(clinics[session.pk]) for session in sessions]
    days = [session.visit_date for session in sessions]
    factors = forecast_factors(hospital=hospital, from_date=min(days), to_date=max(days))
    of_day = {
        key: factors.of(department_id=key[0], visit_date=key[1])
        for key in dict.fromkeys((session.department_id, session.visit_date) for session in sessions)
    }
    scaled: dict[tuple[int, float], ClinicInputs] = {}
    found = []
    for session in sessions:
        factor, inputs = of_day[session.department_id, session.visit_date], clinics[session.pk]
        key = id(inputs), factor.value
        if key not in scaled:
            scaled[key] = scaled_by(inputs, factor.value)
        found.append(SessionInputs(scaled[key], factor))
    return found


def scaled_by(inputs: ClinicInputs, factor: float) -> ClinicInputs:
    """With both means and their intervals times `factor`; who misses, and how demands move together, stays."""
    if factor == 1:
        return inputs
    return replace(inputs, mean_advance=_times(inputs.mean_advance, factor), mean_same_day=_times(inputs.mean_same_day, factor))


def _times(estimate: Estimate, factor: float) -> Estimate:
    return replace(estimate, value=estimate.value * factor, lower=estimate.lower * factor, upper=estimate.upper * factor)
