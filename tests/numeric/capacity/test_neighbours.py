"""Any pair of quotas, and the pairs beside a plan: against every pair tried."""

from dataclasses import replace

import numpy as np
import pytest

from capacity.numeric.allocation import allocate, allocate_many
from capacity.numeric.demand import DemandLaw
from capacity.numeric.errors import InvalidInput
from capacity.numeric.joint_tables import law_of
from capacity.numeric.neighbours import neighbours, neighbours_of_many
from capacity.numeric.outcomes import evaluate, evaluate_for_law, evaluate_many
from capacity.numeric.problem import AllocationProblem, SessionTerms
from tests.numeric.capacity.exhaustive import try_every_pair


def some_problems(count: int) -> list[AllocationProblem]:
    random = np.random.default_rng(11)
    return [
        AllocationProblem(
            terms=SessionTerms(
                rated=int(random.integers(1, 12)),
                no_show_advance=random.uniform(0, 0.5),
                no_show_same_day=random.uniform(0, 0.4),
                overload_cost=random.uniform(1.05, 3),
            ),
            mean_advance=random.uniform(0, 14),
            mean_same_day=random.uniform(0, 14),
            correlation=0.0,
            dispersion_advance=float(random.choice([1.0, 2.0])),
            dispersion_same_day=float(random.choice([1.0, 1.5])),
        )
        for _ in range(count)
    ]


def test_every_pair_of_quotas_has_the_outcome_of_the_definition():
    problems = some_problems(12)
    pairs = [[(nA, n1) for nA in range(7) for n1 in range(p.terms.rated + 1)] for p in problems]
    for problem, outcomes in zip(problems, evaluate_many(problems, pairs), strict=True):
        law = law_of(problem, tail_mass=1e-15)
        tried = try_every_pair(problem.terms, law, 6)
        d1, d2 = np.indices(law.mass.shape)
        for outcome in outcomes:
            place = (outcome.extra, outcome.advance)
            A = np.minimum(d1, outcome.advance)
            away = (law.mass * (d1 + d2 - A - np.minimum(d2, problem.terms.rated + outcome.extra - A))).sum()
            assert outcome.objective == pytest.approx(tried.objective[place], abs=1e-11)
            assert outcome.advance_attended == pytest.approx(tried.advance_attended[place], abs=1e-11)
            assert outcome.same_day_attended == pytest.approx(tried.same_day_attended[place], abs=1e-11)
            assert outcome.overload == pytest.approx(tried.overload[place], abs=1e-11)
            assert outcome.turned_away == pytest.approx(away, abs=1e-11)


def test_beside_the_base_plan(base_problem, base_result):
    beside = neighbours(base_problem, extra=4, advance=14)
    assert beside.chosen.objective == base_result.objective
    assert beside.chosen.overload == pytest.approx(base_result.overload, abs=1e-13)
    assert beside.chosen.turned_away == pytest.approx(base_result.turned_away, abs=1e-13)
    places = {"advance_fewer": (4, 13), "advance_more": (4, 15), "extra_fewer": (3, 14), "extra_more": (5, 14)}
    for name, (extra, advance) in places.items():
        outcome = getattr(beside, name)
        assert (outcome.extra, outcome.advance) == (extra, advance)
        assert outcome.objective == base_result.surface[extra, advance]
        assert outcome.objective < beside.chosen.objective
    assert beside.extra_more.overload > beside.chosen.overload > beside.extra_fewer.overload
    assert beside.extra_more.seen > beside.chosen.seen > beside.extra_fewer.seen
    assert beside.extra_more.turned_away < beside.chosen.turned_away < beside.extra_fewer.turned_away


def test_at_the_edges_there_is_nothing_beyond(base_problem):
    corner = neighbours(base_problem, extra=0, advance=0)
    assert (corner.advance_fewer, corner.extra_fewer) == (None, None)
    assert (corner.advance_more.advance, corner.extra_more.extra) == (1, 1)
    other = neighbours(base_problem, extra=3, advance=20)
    assert other.advance_more is None
    assert other.advance_fewer.advance == 19


def test_a_nights_plans_at_once_and_one_by_one_agree_to_the_last_bit():
    problems = some_problems(60)
    quotas = [(result.extra, result.advance) for result in allocate_many(problems)]
    together = neighbours_of_many(problems, quotas)
    for problem, (extra, advance), beside in zip(problems, quotas, together, strict=True):
        assert neighbours(problem, extra=extra, advance=advance) == beside
        shown = [beside.advance_fewer, beside.advance_more, beside.extra_fewer, beside.extra_more]
        assert all(other.objective <= beside.chosen.objective + 1e-12 for other in shown if other is not None)


def test_seats_far_beyond_demand_change_nothing(base_problem):
    far, further = evaluate(base_problem, [(150, 14), (400, 14)])
    assert far.objective == pytest.approx(further.objective, abs=1e-10)
    assert far.turned_away == pytest.approx(further.turned_away, abs=1e-10)


def test_any_law(base_terms):
    law = DemandLaw([[0, 0.25], [0.5, 0.25]])
    (outcome,) = evaluate_for_law(base_terms, law, [(2, 1)])
    assert outcome.advance_attended == pytest.approx(0.8 * 0.75)
    assert outcome.same_day_attended == pytest.approx(0.95 * 0.5)
    assert (outcome.overload, outcome.turned_away) == (0.0, pytest.approx(0, abs=1e-15))


def test_nothing_asked_nothing_answered(base_problem):
    assert evaluate_many([], []) == []
    assert evaluate(base_problem, []) == []
    assert neighbours_of_many([], []) == []


@pytest.mark.parametrize(
    ("pair", "argument"), [((-1, 3), "extra"), ((0, -1), "advance"), ((0, 21), "advance"), ((2001, 3), "extra")]
)
def test_pairs_that_cannot_be_are_refused_by_name(base_problem, pair, argument):
    with pytest.raises(InvalidInput) as refusal:
        evaluate(base_problem, [pair])
    assert refusal.value.argument == argument
    with pytest.raises(InvalidInput) as refusal:
        neighbours(base_problem, extra=pair[0], advance=pair[1])
    assert refusal.value.argument == argument


def test_beside_a_capped_plan_stands_what_the_cap_costs(base_problem, base_terms):
    capped = replace(base_problem, terms=replace(base_terms, max_extra=2))
    best = allocate(capped)
    beside = neighbours(capped, extra=best.extra, advance=best.advance)
    assert (best.extra, beside.extra_more.extra) == (2, 3)
    assert beside.extra_more.objective > beside.chosen.objective
