"""The fast path against the paper's literal sums, an exhaustive search and a simulation."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity.numeric import reference
from capacity.numeric.allocation import allocate, allocate_for_law, allocate_many
from capacity.numeric.demand import DemandLaw, bivariate_poisson
from capacity.numeric.problem import AllocationProblem, SessionTerms
from tests.numeric.capacity.exhaustive import try_every_pair


@st.composite
def problems(draw, largest_rated: int, largest_mean: float):
    """Terms and demand over the whole range, δ1 < δ2 included."""
    rated = draw(st.integers(1, largest_rated))
    mean_advance, mean_same_day = (draw(st.floats(0.01, largest_mean)) for _ in range(2))
    share = draw(st.floats(0, 1))
    largest_correlation = np.sqrt(min(mean_advance, mean_same_day) / max(mean_advance, mean_same_day))
    terms = SessionTerms(
        rated=rated,
        no_show_advance=draw(st.floats(0, 0.6)),
        no_show_same_day=draw(st.floats(0, 0.5)),
        overload_cost=draw(st.floats(1.02, 4)),
    )
    return AllocationProblem(
        terms=terms,
        mean_advance=mean_advance,
        mean_same_day=mean_same_day,
        correlation=share * float(largest_correlation),
    )


def law_of(problem: AllocationProblem, tail_mass: float = 1e-12) -> DemandLaw:
    return bivariate_poisson(
        mean_advance=problem.mean_advance,
        mean_same_day=problem.mean_same_day,
        correlation=problem.correlation,
        tail_mass=tail_mass,
    )


@settings(max_examples=25, deadline=None, derandomize=True)
@given(problems(largest_rated=5, largest_mean=5))
def test_fast_path_agrees_with_the_papers_literal_algorithm(problem):
    law = law_of(problem, tail_mass=1e-6)
    literal = reference.solve(problem.terms, law)

    fast = allocate_for_law(problem.terms, law)

    assert fast.stop_points == literal.stop_points
    assert fast.objective == pytest.approx(literal.objective, abs=1e-12)
    if (fast.extra, fast.advance) == (literal.extra, literal.advance):  # else a tie that rounding broke in the literal sums
        assert fast.advance_attended == pytest.approx(literal.advance_attended, abs=1e-12)
        assert fast.same_day_attended == pytest.approx(literal.same_day_attended, abs=1e-12)
        assert fast.overload == pytest.approx(literal.overload, abs=1e-12)
    else:
        assert reference_objective(fast.extra, fast.advance, problem.terms, law) == pytest.approx(literal.objective, abs=1e-12)


def reference_objective(extra: int, advance: int, terms: SessionTerms, law: DemandLaw) -> float:
    attended = reference.advance_attended(advance, terms, law) + reference.same_day_attended(extra, advance, terms, law)
    return attended - terms.overload_cost * reference.overload(extra, advance, terms, law)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(problems(largest_rated=12, largest_mean=18))
def test_fast_path_reaches_the_exhaustive_optimum(problem):
    check_against_every_pair(problem)


@pytest.mark.parametrize("seed", range(3))
def test_fast_path_reaches_the_exhaustive_optimum_at_larger_sizes(seed):
    random = np.random.default_rng(seed)
    rated = int(random.integers(25, 41))
    no_show_same_day = random.uniform(0, 0.15)
    terms = SessionTerms(
        rated=rated,
        no_show_advance=no_show_same_day + random.uniform(0, 0.25),
        no_show_same_day=no_show_same_day,
        overload_cost=random.uniform(1.1, 2.5),
    )
    mean_advance, mean_same_day = random.uniform(0.5, 1.0, 2) * rated
    check_against_every_pair(
        AllocationProblem(terms=terms, mean_advance=mean_advance, mean_same_day=mean_same_day, correlation=random.uniform(0, 0.6))
    )


def check_against_every_pair(problem: AllocationProblem) -> None:
    law = law_of(problem, tail_mass=1e-15)
    terms = problem.terms
    for result in (allocate_for_law(terms, law), allocate(problem)):
        # given: every pair up to the largest stop point (or to where the surface ends, if that is further)
        largest = max(*result.stop_points, len(result.surface) - 1)
        largest = min(largest, law.mass.shape[1] + 3)
        tried = try_every_pair(terms, law, largest)
        # then: no pair is better, and every number beside the optimum is right
        best = (result.extra, result.advance)
        assert result.objective == pytest.approx(tried.objective.max(), abs=1e-12)
        assert tried.objective[best] == pytest.approx(tried.objective.max(), abs=1e-12)
        assert result.advance_attended == pytest.approx(tried.advance_attended[best], abs=1e-12)
        assert result.same_day_attended == pytest.approx(tried.same_day_attended[best], abs=1e-12)
        assert result.overload == pytest.approx(tried.overload[best], abs=1e-12)
        assert tried.objective[0, result.advance_without_extra] == pytest.approx(tried.objective[0].max(), abs=1e-12)
        shared = min(len(result.surface), largest + 1)
        np.testing.assert_allclose(result.surface[:shared], tried.objective[:shared], rtol=0, atol=2e-12)
        # and: the runners-up are the next best of all pairs, not only of those in the table
        ranked = np.sort(tried.objective, axis=None)[::-1]
        listed = [result.objective, *(candidate.objective for candidate in result.runners_up)]
        np.testing.assert_allclose(listed, ranked[: len(listed)], rtol=0, atol=2e-12)


def test_exact_to_1e_13_at_the_base_case(base_terms, base_law):
    result = allocate_for_law(base_terms, base_law)
    tried = try_every_pair(base_terms, base_law, 10)
    np.testing.assert_allclose(result.surface[:11], tried.objective, rtol=0, atol=1e-13)


def test_simulation_agrees(base_problem, base_result):
    """Third witness: 400,000 sessions played out patient by patient; every expectation within five standard errors."""
    random = np.random.default_rng(20171215)
    sessions, terms = 400_000, base_problem.terms
    shared = random.poisson(0.2 * 15, sessions)
    d1, d2 = (shared + random.poisson(15 * 0.8, sessions) for _ in range(2))
    A = np.minimum(d1, base_result.advance)
    B = np.minimum(d2, terms.rated + base_result.extra - A)
    a = random.binomial(A, 1 - terms.no_show_advance)
    b = random.binomial(B, 1 - terms.no_show_same_day)
    for seen, expected in (
        (a, base_result.advance_attended),
        (b, base_result.same_day_attended),
        (np.maximum(a + b - terms.rated, 0), base_result.overload),
        (d1 + d2 - A - B, base_result.turned_away),
        (a + b - terms.overload_cost * np.maximum(a + b - terms.rated, 0), base_result.objective),
    ):
        assert abs(seen.mean() - expected) < 5 * seen.std() / np.sqrt(sessions)


def test_extra_seats_rise_with_either_no_show_rate(base_problem, base_terms):
    by_advance = [replace(base_terms, no_show_advance=x) for x in (0.1, 0.15, 0.2, 0.25, 0.3)]
    by_same_day = [replace(base_terms, no_show_same_day=x) for x in (0, 0.05, 0.1, 0.15)]
    for terms in (by_advance, by_same_day):
        extras = [result.extra for result in allocate_many(replace(base_problem, terms=t) for t in terms)]
        assert extras == sorted(extras)
        assert extras[0] < extras[-1]


def test_extra_seats_fall_with_overload_cost(base_problem, base_terms):
    """N_1 falls from end to end only: while N_A stays, a dearer overload moves seats to those who miss more (β 1.5 to 1.6)."""
    costs = [1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9]
    results = allocate_many(replace(base_problem, terms=replace(base_terms, overload_cost=x)) for x in costs)
    assert [r.extra for r in results] == [6, 5, 4, 4, 4, 4, 3, 3, 3]
    assert [r.advance for r in results] == [16, 15, 14, 14, 14, 15, 13, 13, 13]
    assert {r.advance_without_extra for r in results} == {9}


def test_batch_gives_each_doctor_the_same_answer_to_the_last_bit():
    random = np.random.default_rng(5)
    batch = [
        AllocationProblem(
            terms=SessionTerms(
                rated=int(random.integers(5, 35)),
                no_show_advance=random.uniform(0, 0.4),
                no_show_same_day=random.uniform(0, 0.3),
                overload_cost=random.uniform(1.05, 3),
            ),
            mean_advance=random.uniform(0, 40),
            mean_same_day=random.uniform(0, 40),
            correlation=0.0,
        )
        for _ in range(300)
    ]
    together = allocate_many(batch)
    assert len(together) == 300
    for alone, result in zip(map(allocate, batch), together, strict=True):
        assert alone == result
        np.testing.assert_array_equal(alone.surface, result.surface)


def test_empty_batch():
    assert allocate_many([]) == []


def test_max_extra_caps_the_choice_and_nothing_else(base_problem, base_terms, base_result):
    capped = allocate(replace(base_problem, terms=replace(base_terms, max_extra=2)))
    assert capped.extra == 2
    assert capped.objective == base_result.surface[2].max()
    assert capped.stop_points == base_result.stop_points
    assert all(candidate.extra <= 2 for candidate in capped.runners_up)
    none = allocate(replace(base_problem, terms=replace(base_terms, max_extra=0)))
    assert (none.extra, none.advance, none.overload) == (0, 9, 0.0)
    loose = allocate(replace(base_problem, terms=replace(base_terms, max_extra=1000)))
    assert loose == base_result


def test_ties_go_to_the_fewest_seats(base_terms):
    """With nobody asking, every pair earns nothing."""
    result = allocate(AllocationProblem(terms=base_terms, mean_advance=0, mean_same_day=0, correlation=0))
    assert (result.extra, result.advance, result.objective, result.turned_away) == (0, 0, 0.0, 0.0)
    # Only same-day patients: advance numbers flow back unused, so n1 = 0 is as good as any.
    result = allocate(AllocationProblem(terms=base_terms, mean_advance=0, mean_same_day=30, correlation=0))
    assert result.advance == 0
    assert result.extra > 0
    # Nobody ever misses: a seat beyond N is always overload.
    sure = replace(base_terms, no_show_advance=0.0, no_show_same_day=0.0)
    result = allocate(AllocationProblem(terms=sure, mean_advance=15, mean_same_day=15, correlation=0.2))
    assert (result.extra, result.overload) == (0, 0.0)


def test_a_law_of_ones_own(base_terms):
    """Exactly 8 advance and 30 same-day patients, for certain."""
    mass = np.zeros((9, 31))
    mass[8, 30] = 1.0
    law = DemandLaw(mass)
    tried = try_every_pair(base_terms, law, 30)
    result = allocate_for_law(base_terms, law)
    assert result.objective == pytest.approx(tried.objective.max(), abs=1e-12)
    assert tried.objective[result.extra, result.advance] == pytest.approx(tried.objective.max(), abs=1e-12)
    given = result.advance_attended / 0.8 + result.same_day_attended / 0.95
    assert given == pytest.approx(20 + result.extra)
    assert result.turned_away == pytest.approx(38 - given)


def test_a_no_show_order_against_the_paper_is_solved_with_a_warning(base_problem, base_terms):
    swapped = replace(base_terms, no_show_advance=0.05, no_show_same_day=0.2)
    result = allocate(replace(base_problem, terms=swapped))
    assert len(result.warnings) == 1
    assert result.warnings[0].startswith("no_show_advance (0.05) is below no_show_same_day (0.2)")
    check_against_every_pair(replace(base_problem, terms=swapped))
