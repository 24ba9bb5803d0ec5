"""What is kept of a plan and of a change of quotas: enough to understand and undo it later."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from accounts.models import User
from capacity.models import CapacityPlan, CapacityPolicy, QuotaChange, QuotaChangeKind
from capacity.numeric.expected import Expected
from capacity.numeric.neighbours import Neighbours
from capacity.services.explanation import explain
from capacity.services.forecast_factors import ForecastFactor
from capacity.services.inputs import ClinicInputs, Estimate
from capacity.services.solving import SolvedSession
from hospitals.models import ClinicSession
from hospitals.services.quotas import PublishedQuota

# The four plans beside a plan, in the order in which they are shown.
BESIDE = ("advance_fewer", "advance_more", "extra_fewer", "extra_more")
# Field by field: `asdict` copies each, which a night of ten thousand plans would feel.
_INPUTS = tuple(field.name for field in fields(ClinicInputs))
_ESTIMATES = tuple(field.name for field in fields(ClinicInputs) if field.type is Estimate)
_ESTIMATE = tuple(field.name for field in fields(Estimate))


def inputs_as_json(inputs: ClinicInputs, policy: CapacityPolicy) -> dict[str, Any]:
    """The numbers a plan was computed from, as they are kept with it."""
    values = {name: getattr(inputs, name) for name in _INPUTS}
    values |= {name: {part: getattr(values[name], part) for part in _ESTIMATE} for name in _ESTIMATES}
    values["history_until"] = inputs.history_until.isoformat() if inputs.history_until else None
    return values | {"overload_cost": policy.overload_cost, "largest_extra": policy.largest_extra}


def forecast_as_json(forecast: ForecastFactor | None) -> dict[str, Any]:
    """By what the means were multiplied, and why; nothing where the hospital does not scale by the forecast."""
    return {} if forecast is None else {"forecast": {"factor": forecast.value, **forecast.basis}}


def result_as_json(session: ClinicSession, solved: SolvedSession, beside: Neighbours) -> dict[str, Any]:
    """What a plan is expected to lead to, its runners-up and its neighbours, and the sentence that explains it."""
    result = solved.result
    return {
        "objective": result.objective,
        "advance_attended": result.advance_attended,
        "same_day_attended": result.same_day_attended,
        "overload": result.overload,
        "turned_away": result.turned_away,
        "advance_without_extra": result.advance_without_extra,
        "runners_up": [
            {"extra": other.extra, "advance": other.advance, "objective": other.objective} for other in result.runners_up
        ],
        "neighbours": neighbours_as_json(beside),
        "warnings": list(result.warnings),
        "explanation": explain(session=session, inputs=solved.inputs, forecast=solved.forecast, result=result),
    }


def neighbours_as_json(beside: Neighbours) -> Mapping[str, dict[str, Any] | None]:
    """By name, what one number more or fewer would lead to; None where there is no such plan."""
    return {
        name: outcome_as_json(outcome, advance=outcome.advance) if (outcome := getattr(beside, name)) else None for name in BESIDE
    }


def outcome_as_json(outcome: Expected, **others: Any) -> dict[str, Any]:
    return others | {
        "extra": outcome.extra,
        "objective": outcome.objective,
        "advance_attended": outcome.advance_attended,
        "same_day_attended": outcome.same_day_attended,
        "seen": outcome.seen,
        "overload": outcome.overload,
        "turned_away": outcome.turned_away,
    }


def quota_change(
    *,
    session: ClinicSession,
    plan: CapacityPlan | None,
    kind: QuotaChangeKind,
    published: PublishedQuota,
    now: datetime,
    by: User | None = None,
    reason: str = "",
) -> QuotaChange:
    """The record of a change, unsaved."""
    return QuotaChange(
        session_id=session.pk,
        hospital_id=session.hospital_id,
        plan=plan,
        kind=kind,
        at=now,
        by=by,
        reason=reason,
        advance_before=published.before_advance,
        extra_before=published.before_extra,
        advance_after=published.advance,
        extra_after=published.extra,
    )


def unchanged(session: ClinicSession) -> PublishedQuota:
    """The quotas of a session that stay what they are."""
    return PublishedQuota(session.advance_quota, session.extra_quota, session.advance_quota, session.extra_quota)


def note_published(plan: CapacityPlan, published: PublishedQuota, now: datetime) -> None:
    """Tell an applied plan what it replaced, and where it could not be followed. Does not save it."""
    plan.applied_at = now
    plan.previous_advance_quota, plan.previous_extra_quota = published.before_advance, published.before_extra
    if (published.advance, published.extra) != (plan.advance_quota, plan.extra_quota):
        plan.status_reason = f"已约人数高于方案，实际生效：预约号 {published.advance}，加号 {published.extra}。"
