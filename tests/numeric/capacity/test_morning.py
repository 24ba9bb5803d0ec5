"""The morning re-solve: against the definition summed over every outcome, the nightly model over all mornings, a simulation."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.numeric.allocation import allocate
from capacity.numeric.errors import InvalidDemand, InvalidInput
from capacity.numeric.joint_tables import empirical_law, law_of
from capacity.numeric.morning import resolve_morning, resolve_mornings
from capacity.numeric.morning_problem import MOST_HELD, MorningProblem
from capacity.numeric.problem import SessionTerms
from capacity.numeric.same_day import (
    SameDayLaw,
    poisson_same_day,
    same_day_given_advance,
    same_day_given_advance_many,
    same_day_of_law,
)


def by_definition(problem: MorningProblem, largest: int) -> dict[int, tuple[float, float, float]]:
    """By nA up to `largest`: R, E[(a + b − N)+] and the turned away, from every way the patients may come."""
    terms = problem.terms
    law_a = np.zeros(len(problem.show_up) + 1)
    for came in itertools.product((0, 1), repeat=len(problem.show_up)):
        law_a[sum(came)] += math.prod(p if c else 1 - p for p, c in zip(problem.show_up, came, strict=True))
    seen, overload = [], []  # by the number B of same-day patients who hold a number
    miss = terms.no_show_same_day
    for B in range(problem.same_day_taken + len(problem.demand.mass)):
        law_b = [math.comb(B, b) * (1 - miss) ** b * miss ** (B - b) for b in range(B + 1)]
        law = np.convolve(law_a, law_b)
        seen.append(float(law @ np.arange(law.size)))
        overload.append(float(law @ np.maximum(np.arange(law.size) - terms.rated, 0)))
    outcomes = {}
    for extra in range(max(0, problem.held - terms.rated), largest + 1):
        seats = max(0, terms.rated + extra - problem.held)
        R = above = away = 0.0
        for d2, probability in enumerate(problem.demand.mass):
            B = problem.same_day_taken + min(d2, seats)
            R += probability * (seen[B] - terms.overload_cost * overload[B])
            above += probability * overload[B]
            away += probability * max(0, d2 - seats)
        outcomes[extra] = (R, above, away)
    return outcomes


@st.composite
def mornings(draw):
    weights = np.array([*draw(st.lists(st.sampled_from([0, 0, 0.1, 1, 5]), max_size=12)), 1.0])
    return MorningProblem(
        terms=SessionTerms(
            rated=draw(st.integers(1, 8)),
            no_show_advance=0.2,
            no_show_same_day=draw(st.floats(0, 0.7)),
            overload_cost=draw(st.floats(1.02, 4)),
            max_extra=draw(st.none() | st.integers(0, 5)),
        ),
        show_up=draw(st.lists(st.sampled_from([0, 1, 0.5, 0.9]) | st.floats(0, 1), max_size=8)),
        demand=SameDayLaw(weights / weights.sum()),
        same_day_taken=draw(st.integers(0, 4)),
        extra_now=draw(st.none() | st.integers(0, 7)),
    )


@settings(max_examples=80, deadline=None, derandomize=True)
@given(mornings())
def test_no_number_of_extra_seats_is_better(problem):
    result = resolve_morning(problem)
    # given: every nA that is allowed, far beyond demand
    smallest = max(0, problem.held - problem.terms.rated)
    limit = 20 if problem.terms.max_extra is None else max(problem.terms.max_extra, smallest)
    tried = by_definition(problem, limit)
    # then
    best = max(R for R, _, _ in tried.values())
    assert result.best.objective == pytest.approx(best, abs=1e-12)
    as_good = [extra for extra, (objective, _, _) in tried.items() if objective >= best - 1e-13]
    assert result.extra == min(as_good)
    # and: every number beside it, for every nA
    for extra, (R, overload, away) in tried.items():
        outcome = result.at(extra)
        assert outcome.objective == pytest.approx(R, abs=1e-12)
        assert outcome.overload == pytest.approx(overload, abs=1e-12)
        assert outcome.turned_away == pytest.approx(away, abs=1e-12)
        assert outcome.seen == pytest.approx(R + problem.terms.overload_cost * overload, abs=1e-12)
    if problem.extra_now is not None:
        now = max(problem.extra_now, smallest)
        assert result.now.objective == pytest.approx(by_definition(problem, now)[now][0], abs=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(mornings(), st.integers(0, 9))
def test_never_worse_than_the_nightly_number_for_the_same_facts(problem, nightly):
    """Where the doctor's limit allows the nightly number, and no more are in use."""
    problem = replace(problem, extra_now=nightly)
    result = resolve_morning(problem)
    if problem.smallest_extra <= nightly and (problem.terms.max_extra is None or nightly <= problem.terms.max_extra):
        assert result.gain >= -1e-13


@pytest.mark.parametrize("dispersion", [1.0, 1.7])
@pytest.mark.parametrize("correlation", [0.0, 0.4])
def test_mornings_add_up_to_the_night_and_do_better(base_problem, dispersion, correlation):
    """The night's R(nA, n1) is the mean of the mornings' R(nA), over the advance demand that they find: exactly, for every nA."""
    # given
    night_problem = replace(
        base_problem, dispersion_advance=dispersion, dispersion_same_day=dispersion, correlation=correlation, mean_advance=12.0
    )
    night, terms = allocate(night_problem), night_problem.terms
    n1 = night.advance
    margin = law_of(night_problem, tail_mass=1e-15).mass.sum(axis=1)
    chances = [*margin[:n1], margin[n1:].sum()]
    # when: each morning knows how many have booked, and whether the quota was full
    held, sold_out = list(range(n1 + 1)), [False] * n1 + [True]
    laws = same_day_given_advance_many([night_problem] * (n1 + 1), held, sold_out)
    show = 1 - terms.no_show_advance
    results = resolve_mornings(
        MorningProblem(terms=terms, show_up=[show] * A, demand=law, extra_now=night.extra)
        for A, law in zip(held, laws, strict=True)
    )
    # then
    for nA in range(len(night.surface)):
        mean = sum(p * r.at(nA).objective for p, r in zip(chances, results, strict=True))
        assert mean == pytest.approx(night.surface[nA, n1], abs=1e-11)
    assert sum(p * r.now.turned_away for p, r in zip(chances, results, strict=True)) == pytest.approx(
        night.turned_away - sum(p * max(0, d1 - n1) for d1, p in enumerate(margin)), abs=1e-10
    )
    # and: the mornings' own choices earn more, for their facts differ
    assert len({r.extra for r in results}) > 1
    assert sum(p * r.gain for p, r in zip(chances, results, strict=True)) > 1e-3


def test_simulation_agrees():
    """200,000 days of one morning, patient by patient; every expectation within five standard errors."""
    random, days = np.random.default_rng(20261122), 200_000
    terms = SessionTerms(rated=15, no_show_advance=0.2, no_show_same_day=0.1, overload_cost=1.6)
    chances = random.uniform(0.4, 1, 11)
    problem = MorningProblem(terms=terms, show_up=chances, same_day_taken=2, demand=poisson_same_day(6))
    best = resolve_morning(problem).best
    a = (random.random((days, 11)) < chances).sum(axis=1)
    d2 = random.poisson(6, days)
    B = 2 + np.minimum(d2, terms.rated + best.extra - 13)
    b = random.binomial(B, 0.9)
    overload = np.maximum(a + b - terms.rated, 0)
    for seen, expected in (
        (a, best.advance_attended),
        (b, best.same_day_attended),
        (overload, best.overload),
        (d2 + 2 - B, best.turned_away),
        (a + b - 1.6 * overload, best.objective),
    ):
        assert abs(seen.mean() - expected) < 5 * seen.std() / np.sqrt(days)


def test_unreliable_patients_make_room(base_terms):
    extras = [
        resolve_morning(MorningProblem(terms=base_terms, show_up=[chance] * 14, demand=poisson_same_day(15))).extra
        for chance in (1.0, 0.9, 0.8, 0.6, 0.3)
    ]
    assert extras == sorted(extras)
    assert extras[0] < extras[-1]


def test_nobody_has_booked(base_terms):
    result = resolve_morning(MorningProblem(terms=base_terms, show_up=[], demand=poisson_same_day(15)))
    assert (result.smallest_extra, result.advance_attended) == (0, 0.0)
    assert result.best.same_day_attended == pytest.approx(0.95 * (15 - result.best.turned_away))


def test_nobody_is_to_come(base_terms):
    result = resolve_morning(MorningProblem(terms=base_terms, show_up=[0.5] * 4, demand=SameDayLaw([1.0]), extra_now=3))
    assert (result.extra, result.gain, result.best.overload, result.best.turned_away) == (0, 0.0, 0.0, 0.0)
    assert result.best.seen == pytest.approx(2)


def test_what_is_in_use_is_never_taken_back(base_terms):
    """17 + 6 numbers are given for 20 seats: three 加号 are in use, above the limit of two and the quota of one."""
    terms = replace(base_terms, max_extra=2)
    problem = MorningProblem(terms=terms, show_up=[1.0] * 17, same_day_taken=6, demand=poisson_same_day(5), extra_now=1)
    result = resolve_morning(problem)
    assert (result.extra, result.smallest_extra, result.largest_extra) == (3, 3, 3)
    assert result.now == result.best
    with pytest.raises(InvalidInput, match="extra must be at least 3 and at most 3, not 2"):
        result.at(2)


def test_the_limit_holds_and_the_quota_above_it_is_still_shown(base_terms):
    terms = replace(base_terms, max_extra=2)
    problem = MorningProblem(terms=terms, show_up=[0.2] * 14, demand=poisson_same_day(25), extra_now=5)
    result = resolve_morning(problem)
    assert (result.extra, result.largest_extra) == (2, 5)
    assert result.now.extra == 5
    assert result.gain < 0  # the limit costs; the quota that stands breaks it


def test_a_batch_and_single_mornings_agree_to_the_last_bit():
    random = np.random.default_rng(3)
    problems = [
        MorningProblem(
            terms=SessionTerms(
                rated=int(random.integers(1, 30)),
                no_show_advance=0.2,
                no_show_same_day=random.uniform(0, 0.3),
                overload_cost=random.uniform(1.05, 3),
                max_extra=int(random.integers(0, 12)),
            ),
            show_up=random.uniform(0.3, 1, int(random.integers(0, 25))),
            demand=poisson_same_day(random.uniform(0, 20)),
            extra_now=int(random.integers(0, 9)),
        )
        for _ in range(600)
    ]
    together = resolve_mornings(problems)
    for problem, result in zip(problems[::7], together[::7], strict=True):
        alone = resolve_morning(problem)
        assert (alone.extra, alone.best, alone.now) == (result.extra, result.best, result.now)
        np.testing.assert_array_equal(alone.objectives, result.objectives)
    assert resolve_mornings([]) == []


@pytest.mark.parametrize("is_sold_out", [False, True])
@pytest.mark.parametrize("dispersions", [(1.0, 1.0), (2.0, 1.3)])
def test_same_day_demand_given_the_advance_side_is_bayes_rule(base_problem, dispersions, is_sold_out):
    problem = replace(base_problem, dispersion_advance=dispersions[0], dispersion_same_day=dispersions[1])
    table = law_of(problem, tail_mass=1e-15)
    for d1 in (0, 3, 15, 24):
        found = same_day_given_advance(problem, advance_demand=d1, is_sold_out=is_sold_out)
        expected = same_day_of_law(table, advance_demand=d1, is_sold_out=is_sold_out)
        size = min(len(found.mass), len(expected.mass))
        np.testing.assert_allclose(found.mass[:size], expected.mass[:size], rtol=0, atol=1e-9)
        assert found.mass.sum() == pytest.approx(1, abs=1e-12)


def test_more_bookings_foretell_more_same_day_patients(base_problem):
    means = [same_day_given_advance(base_problem, advance_demand=d1, is_sold_out=False).mean for d1 in (5, 10, 15, 20)]
    assert means == pytest.approx([13, 14, 15, 16])  # 15 + ρ·(d1 − 15)
    sold_out = same_day_given_advance(base_problem, advance_demand=14, is_sold_out=True).mean
    assert sold_out > same_day_given_advance(base_problem, advance_demand=14, is_sold_out=False).mean
    apart = replace(base_problem, correlation=0.0)
    assert same_day_given_advance(apart, advance_demand=20, is_sold_out=True).mean == pytest.approx(15)


def test_bookings_that_the_law_holds_for_impossible_say_nothing(base_problem):
    nobody = replace(base_problem, mean_advance=0.0, correlation=0.0)
    assert same_day_given_advance(nobody, advance_demand=3, is_sold_out=False).mean == pytest.approx(15)
    far = same_day_given_advance(base_problem, advance_demand=100, is_sold_out=True)
    assert 15 + 0.2 * 85 < far.mean < 15 + 0.2 * 85 + 1
    assert same_day_given_advance(base_problem, advance_demand=450, is_sold_out=True).mean == pytest.approx(15)
    law = empirical_law([1, 2], [0, 4])
    assert same_day_of_law(law, advance_demand=7, is_sold_out=True).mean == 2
    assert same_day_of_law(law, advance_demand=2, is_sold_out=False).mean == 4


GOOD = {"show_up": [0.5], "demand": SameDayLaw([0.5, 0.5])}


@pytest.mark.parametrize(
    ("change", "argument", "reason"),
    [
        ({"show_up": [0.5, 1.01]}, "show_up", "must hold chances from 0 to 1, not 1.01"),
        ({"show_up": [-0.1]}, "show_up", "must hold chances from 0 to 1, not -0.1"),
        ({"show_up": [math.nan]}, "show_up", "must hold chances from 0 to 1, not nan"),
        ({"show_up": [[0.5]]}, "show_up", "must be a list with a chance per patient"),
        ({"same_day_taken": -1}, "same_day_taken", "must be from 0 to 4999, not -1"),
        ({"same_day_taken": 6000}, "same_day_taken", "must be from 0 to 4999, not 6000"),
        ({"show_up": [1.0] * (MOST_HELD + 1)}, "show_up", "must hold at most 5000 patients, not 5001"),
        ({"extra_now": -1}, "extra_now", "must be from 0 to 5000, not -1"),
    ],
)
def test_mornings_that_cannot_be_are_refused_by_name(base_terms, change, argument, reason):
    with pytest.raises(InvalidInput) as refusal:
        MorningProblem(terms=base_terms, **GOOD | change)
    assert (refusal.value.argument, refusal.value.reason) == (argument, reason)


@pytest.mark.parametrize("mass", [[], [[1.0]], [0.5], [0.7, 0.7], [1.5, -0.5], [math.nan, 1]])
def test_same_day_laws_that_are_none_are_refused(mass):
    with pytest.raises(InvalidDemand) as refusal:
        SameDayLaw(mass)
    assert refusal.value.argument == "mass"


@pytest.mark.parametrize("mean", [-1, math.nan, math.inf])
def test_same_day_means_that_cannot_be_are_refused(mean):
    with pytest.raises(InvalidDemand):
        poisson_same_day(mean)


def test_negative_advance_demand_is_refused(base_problem):
    with pytest.raises(InvalidInput):
        same_day_given_advance(base_problem, advance_demand=-1, is_sold_out=False)
    with pytest.raises(InvalidInput):
        same_day_of_law(empirical_law([1], [1]), advance_demand=-1, is_sold_out=False)
