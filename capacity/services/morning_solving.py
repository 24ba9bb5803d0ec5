"""The numbers of a morning re-solve, and what is kept of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from capacity.models import CapacityPlan, CapacityPolicy
from capacity.numeric.morning import MorningProblem, MorningResult, resolve_mornings
from capacity.numeric.problem import AllocationProblem
from capacity.numeric.same_day import SameDayLaw, same_day_given_advance_many
from capacity.selectors.kept_inputs import kept_inputs
from capacity.services.explanation import explain_morning
from capacity.services.morning_facts import MorningFacts
from capacity.services.records import outcome_as_json
from capacity.services.solving import allocation_problem
from hospitals.models import ClinicSession

RUNNERS_UP = 3


@dataclass(frozen=True, slots=True)
class SolvedMorning:
    session: ClinicSession
    facts: MorningFacts
    inputs: Mapping[str, Any]
    problem: MorningProblem
    result: MorningResult

    @property
    def booked_attended(self) -> float:
        """How many of those with an advance number are expected."""
        return float(np.sum(self.problem.show_up[: len(self.facts.advance)]))


def solve_mornings(
    sessions: Sequence[ClinicSession],
    facts: Mapping[int, MorningFacts],
    inputs: Mapping[int, Mapping[str, Any]],
    policy: CapacityPolicy,
) -> list[SolvedMorning]:
    """The best 加号 of each session, from its facts and the inputs of its plan. Raises InvalidInput where there is no model."""
    nights = [allocation_problem(session, kept_inputs(CapacityPlan(inputs=inputs[session.pk])), policy) for session in sessions]
    known = [facts.get(session.pk, MorningFacts()) for session in sessions]
    laws = same_day_given_advance_many(
        nights,
        [len(found.advance) for found in known],
        [session.advance_left <= 0 for session in sessions],
    )
    problems = [
        _problem(session, night, found, law) for session, night, found, law in zip(sessions, nights, known, laws, strict=True)
    ]
    results = resolve_mornings(problems)
    return [
        SolvedMorning(session, found, inputs[session.pk], problem, result)
        for session, found, problem, result in zip(sessions, known, problems, results, strict=True)
    ]


def _problem(session: ClinicSession, night: AllocationProblem, facts: MorningFacts, law: SameDayLaw) -> MorningProblem:
    advance, same_day = facts.chances(no_show_advance=night.terms.no_show_advance, no_show_same_day=night.terms.no_show_same_day)
    return MorningProblem(
        terms=night.terms,
        show_up=np.array([*advance, *same_day]),
        demand=still_to_come(law, facts.asked_today),
        extra_now=session.extra_quota,
    )


def still_to_come(law: SameDayLaw, asked: int) -> SameDayLaw:
    """Same-day demand beyond the patients who asked already: `P(d2 − k = t | d2 ≥ k)`. When they asked tells nothing here."""
    rest = law.mass[asked:]
    if not rest.sum() > 0:
        return SameDayLaw(np.ones(1))
    return SameDayLaw(rest / rest.sum())


def morning_inputs_as_json(solved: SolvedMorning) -> dict[str, Any]:
    """The inputs of the night, and what is known beside them."""
    facts, problem = solved.facts, solved.problem
    known = {
        "advance_booked": len(facts.advance),
        "advance_expected": solved.booked_attended,
        "same_day_given": len(facts.same_day),
        "refused_today": facts.refused,
        "without_estimate": facts.without_estimate,
        "still_to_come": problem.demand.mean,
    }
    return dict(solved.inputs) | {"morning": known, "overload_cost": problem.terms.overload_cost}


def morning_result_as_json(solved: SolvedMorning) -> dict[str, Any]:
    """As of a night's plan; N1 is past its day and has no neighbours. `turned_away` are of those still to come."""
    result, best = solved.result, solved.result.best
    beside = {
        "extra_fewer": best.extra - 1 if best.extra > result.smallest_extra else None,
        "extra_more": best.extra + 1 if result.largest_extra is None or best.extra < result.largest_extra else None,
    }
    neighbours = {
        name: None if extra is None else outcome_as_json(result.at(extra), advance=solved.session.advance_quota)
        for name, extra in beside.items()
    }
    return {
        "objective": best.objective,
        "gain": result.gain,
        "advance_attended": solved.booked_attended,
        "same_day_attended": best.seen - solved.booked_attended,
        "overload": best.overload,
        "turned_away": best.turned_away,
        "runners_up": _runners_up(solved),
        "neighbours": {"advance_fewer": None, "advance_more": None} | neighbours,
        "warnings": [],
        "explanation": explain_morning(
            session=solved.session,
            booked=len(solved.facts.advance),
            expected=solved.booked_attended,
            without_estimate=solved.facts.without_estimate,
            still_to_come=solved.problem.demand.mean,
            result=result,
        ),
    }


def _runners_up(solved: SolvedMorning) -> list[dict[str, Any]]:
    result = solved.result
    extras = [result.smallest_extra + place for place in range(len(result.objectives))]
    others = sorted(
        (extra for extra in extras if extra != result.best.extra), key=lambda extra: (-result.at(extra).objective, extra)
    )
    n1 = solved.session.advance_quota
    return [{"extra": extra, "advance": n1, "objective": result.at(extra).objective} for extra in others[:RUNNERS_UP]]


def inputs_of_night(session_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """By session, the inputs of its newest plan, whatever became of it."""
    newest = (
        CapacityPlan.objects.filter(session__in=session_ids).order_by("session_id", "-created_at", "-pk").distinct("session_id")
    )
    return dict(newest.values_list("session_id", "inputs"))
