"""Any joint law: the search against every pair tried, the laws against their moments, and what is refused."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from capacity.numeric import reference
from capacity.numeric.allocation import allocate, allocate_for_law, allocate_many
from capacity.numeric.demand import DemandLaw, bivariate_poisson, largest_correlation
from capacity.numeric.errors import InvalidDemand
from capacity.numeric.joint_tables import bivariate_negative_binomial, empirical_law, law_of
from capacity.numeric.negative_binomial import negative_binomial_at_least, negative_binomial_pmf, negative_binomial_reach
from capacity.numeric.problem import AllocationProblem, SessionTerms
from tests.numeric.capacity.exhaustive import try_every_pair


@st.composite
def all_terms(draw):
    return SessionTerms(
        rated=draw(st.integers(1, 8)),
        no_show_advance=draw(st.floats(0, 0.7)),
        no_show_same_day=draw(st.floats(0, 0.6)),
        overload_cost=draw(st.floats(1.02, 4)),
        max_extra=draw(st.none() | st.integers(0, 4)),
    )


@st.composite
def tables(draw):
    """Weights from nothing to a thousand in any shape: full, sparse, a single cell; narrower and wider than the session."""
    shape = draw(st.tuples(st.integers(1, 14), st.integers(1, 20)))
    weights = draw(
        arrays.arrays(np.float64, shape, elements=st.sampled_from([0, 0, 0, 1e-9, 0.1, 1, 1, 30, 1000]), fill=st.just(0))
    )
    weights[draw(st.integers(0, shape[0] - 1)), draw(st.integers(0, shape[1] - 1))] += 1
    return DemandLaw(weights / weights.sum())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(all_terms(), tables())
def test_no_pair_is_better_whatever_the_table(terms, law):
    result = allocate_for_law(terms, law)
    # given: every pair, up to a seat that no demand reaches or that loses whatever the demand
    largest = min(max(*result.stop_points, len(result.surface)), law.mass.shape[1] + 3)
    tried = try_every_pair(terms, law, largest)
    allowed = tried.objective if terms.max_extra is None else tried.objective[: terms.max_extra + 1]
    best = (result.extra, result.advance)
    # then
    assert result.objective == pytest.approx(allowed.max(), abs=1e-12)
    assert tried.objective[best] == pytest.approx(allowed.max(), abs=1e-12)
    # and: no pair with fewer extra seats, or as many and fewer advance numbers, is as good
    as_good = np.argwhere(allowed >= allowed.max() - 1e-14)
    assert best <= tuple(as_good[0])
    # and: the numbers beside it are right
    assert result.advance_attended == pytest.approx(tried.advance_attended[best], abs=1e-12)
    assert result.same_day_attended == pytest.approx(tried.same_day_attended[best], abs=1e-12)
    assert result.overload == pytest.approx(tried.overload[best], abs=1e-12)
    assert tried.objective[0, result.advance_without_extra] == pytest.approx(tried.objective[0].max(), abs=1e-12)
    ranked = np.sort(allowed, axis=None)[::-1]
    listed = [result.objective, *(other.objective for other in result.runners_up)]
    np.testing.assert_allclose(listed, ranked[: len(listed)], rtol=0, atol=2e-12)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(all_terms(), tables())
def test_the_papers_stop_points_hold_for_every_law(terms, law):
    """They are of those who show up: no demand is in them, and beyond them R does not rise, whatever the demand."""
    result = allocate_for_law(terms, law)
    assert result.stop_points == tuple(reference.stop_point(n1, terms) for n1 in range(terms.rated + 1))
    furthest = max(result.stop_points)
    tried = try_every_pair(terms, law, furthest + 6)
    for n1, stop in enumerate(result.stop_points):
        assert (np.diff(tried.objective[stop:, n1]) <= 1e-13).all()


@settings(max_examples=15, deadline=None, derandomize=True)
@given(all_terms(), tables())
def test_the_papers_literal_algorithm_finds_the_same_for_every_law(terms, law):
    terms = replace(terms, rated=min(terms.rated, 3), max_extra=None)
    law = DemandLaw(law.mass[:6, :8] / law.mass[:6, :8].sum()) if law.mass[:6, :8].any() else DemandLaw([[1.0]])
    literal, fast = reference.solve(terms, law), allocate_for_law(terms, law)
    assert fast.stop_points == literal.stop_points
    assert fast.objective == pytest.approx(literal.objective, abs=1e-12)


@pytest.mark.parametrize("dispersions", [(1.8, 1.8), (1.3, 3.0), (4.0, 1.0)])
def test_overdispersed_demand_agrees_with_its_table_and_with_every_pair(base_problem, dispersions):
    problem = replace(base_problem, dispersion_advance=dispersions[0], dispersion_same_day=dispersions[1])
    law = law_of(problem, tail_mass=1e-14)
    closed, table = allocate(problem), allocate_for_law(problem.terms, law)
    tried = try_every_pair(problem.terms, law, 12)
    assert (closed.extra, closed.advance, closed.stop_points) == (table.extra, table.advance, table.stop_points)
    assert closed.objective == pytest.approx(tried.objective.max(), abs=1e-11)
    assert closed.objective == pytest.approx(tried.objective[closed.extra, closed.advance], abs=1e-11)
    assert closed.overload == pytest.approx(tried.overload[closed.extra, closed.advance], abs=1e-11)
    assert closed.turned_away == pytest.approx(table.turned_away, abs=1e-10)


def test_more_variable_demand_earns_less(base_problem, base_result):
    """The same means: on a full day patients are turned away, on an empty one seats stay empty."""
    objectives = [
        allocate(replace(base_problem, dispersion_advance=phi, dispersion_same_day=phi)).objective for phi in (1, 1.5, 3, 8)
    ]
    assert objectives[0] == base_result.objective
    assert objectives == sorted(objectives, reverse=True)


def test_poisson_and_overdispersed_doctors_do_not_touch_each_other(base_problem):
    batch = [replace(base_problem, dispersion_advance=phi) for phi in (1, 2, 1, 3, 1)]
    together = allocate_many(batch)
    for alone, result in zip(map(allocate, batch), together, strict=True):
        assert alone == result
        np.testing.assert_array_equal(alone.surface, result.surface)


@pytest.mark.parametrize(
    ("means", "dispersions", "correlation"),
    [
        ((15, 15), (1.0, 1.0), 0.2),
        ((15, 12), (1.6, 1.6), 0.3),
        ((15, 12), (1.2, 2.5), 0.4),
        ((3, 20), (6.0, 1.0), 0.1),
        ((0.5, 2), (2.0, 2.0), 0.5),
        ((0, 4), (2.0, 1.5), 0.3),
        ((0, 0), (1.0, 9.0), 0.0),
    ],
)
def test_negative_binomial_law_has_the_moments_it_was_asked_for(means, dispersions, correlation):
    law = bivariate_negative_binomial(
        mean_advance=means[0],
        mean_same_day=means[1],
        dispersion_advance=dispersions[0],
        dispersion_same_day=dispersions[1],
        correlation=correlation,
        tail_mass=1e-14,
    )
    assert law.mass.sum() == pytest.approx(1, abs=1e-12)
    for axis, mean, dispersion in ((1, means[0], dispersions[0]), (0, means[1], dispersions[1])):
        margin = law.mass.sum(axis=axis)
        counts = np.arange(margin.size)
        assert counts @ margin == pytest.approx(mean, abs=1e-9)
        assert (counts - mean) ** 2 @ margin == pytest.approx(dispersion * mean, abs=1e-8)
    if min(means) > 0:
        assert law.correlation == pytest.approx(correlation, abs=1e-8)


def test_equal_dispersions_give_negative_binomial_margins():
    law = bivariate_negative_binomial(
        mean_advance=8, mean_same_day=5, dispersion_advance=2, dispersion_same_day=2, correlation=0.4
    )
    for axis, mean in ((1, 8), (0, 5)):
        margin = law.mass.sum(axis=axis)
        np.testing.assert_allclose(margin, stats.nbinom.pmf(np.arange(margin.size), mean, 0.5), rtol=0, atol=1e-12)


def test_dispersion_1_is_the_papers_law(base_problem, base_law):
    np.testing.assert_allclose(law_of(base_problem).mass, base_law.mass, rtol=0, atol=1e-15)
    nearly = replace(base_problem, dispersion_advance=1 + 1e-12, dispersion_same_day=1 + 1e-12)
    assert allocate(nearly).objective == pytest.approx(allocate(base_problem).objective, abs=1e-10)


def test_simulation_of_the_gamma_mixture_agrees():
    """300,000 days drawn as Poisson counts of gamma intensities, from the definition."""
    random, days = np.random.default_rng(20261122), 300_000
    law = bivariate_negative_binomial(
        mean_advance=6, mean_same_day=4, dispersion_advance=2, dispersion_same_day=2, correlation=0.5
    )
    shared = 0.5 * math.sqrt(24)
    X0, X1, X2 = (random.poisson(random.gamma(mean, 1.0, days)) for mean in (shared, 6 - shared, 4 - shared))
    for d1, d2 in ((0, 0), (6, 4), (2, 5), (12, 9)):
        expected = law.mass[d1, d2]
        seen = ((d1 == X1 + X0) & (d2 == X2 + X0)).mean()
        assert abs(seen - expected) < 5 * math.sqrt(expected / days)


@pytest.mark.parametrize("mean", [0, 0.3, 5, 40, 300])
@pytest.mark.parametrize("dispersion", [1, 1 + 1e-9, 1.25, 4, 64])
def test_negative_binomial_matches_scipy(mean, dispersion):
    size = negative_binomial_reach(mean, dispersion, 1e-12) + 1
    found = negative_binomial_pmf(np.array(mean), np.array(dispersion), size)
    at_least = negative_binomial_at_least(np.array(mean), np.array(dispersion), max(2, size // 3))
    counts = np.arange(size)
    nearly_poisson = mean == 0 or dispersion < 1.01
    law = stats.poisson(mean) if nearly_poisson else stats.nbinom(mean / (dispersion - 1), 1 / dispersion)
    np.testing.assert_allclose(found, law.pmf(counts), rtol=2e-7 if dispersion < 1.01 else 1e-10, atol=1e-300)
    np.testing.assert_allclose(at_least, law.sf(counts[: at_least.size] - 1), rtol=2e-7 if dispersion < 1.01 else 1e-11)
    assert law.sf(size - 1) < 1e-12


def test_the_largest_correlation_is_accepted_and_a_little_more_is_not():
    for means, dispersions in (((4, 1), (1, 1)), ((9, 8), (3, 3)), ((9, 5), (1.5, 4)), ((2, 7), (8, 1))):
        demand = {
            "mean_advance": means[0],
            "mean_same_day": means[1],
            "dispersion_advance": dispersions[0],
            "dispersion_same_day": dispersions[1],
        }
        largest = largest_correlation(**demand)
        terms = SessionTerms(rated=6, no_show_advance=0.2, no_show_same_day=0.1, overload_cost=1.5)
        assert np.isfinite(allocate(AllocationProblem(terms=terms, correlation=largest, **demand)).objective)
        with pytest.raises(InvalidDemand) as refusal:
            allocate(AllocationProblem(terms=terms, correlation=largest + 1e-6, **demand))
        assert refusal.value.argument == "correlation"
        assert "is out of reach" in refusal.value.reason


@pytest.mark.parametrize("dispersion", [0.99, 0, -1, math.nan, math.inf, 101])
def test_a_dispersion_outside_the_model_is_refused_by_name(base_problem, dispersion):
    for name in ("dispersion_advance", "dispersion_same_day"):
        with pytest.raises(InvalidDemand) as refusal:
            allocate(replace(base_problem, **{name: dispersion}))
        assert refusal.value.argument == name
        assert refusal.value.reason.startswith("must be a number from 1 to 100, not ")


def test_observed_pairs_are_counted():
    law = empirical_law([3, 0, 3, 5], [2, 7, 2, 0])
    assert law.mass.shape == (6, 8)
    assert (law.mass[3, 2], law.mass[0, 7], law.mass[5, 0], np.count_nonzero(law.mass)) == (0.5, 0.25, 0.25, 3)
    weighted = empirical_law([3, 0, 3, 5], [2, 7, 2, 0], weights=[1, 0, 2, 1])
    assert (weighted.mass[3, 2], weighted.mass[0, 7], weighted.mass[5, 0]) == (0.75, 0, 0.25)


def test_a_single_far_off_observation_is_a_law():
    """Sparse: one day, far beyond the session."""
    terms = SessionTerms(rated=5, no_show_advance=0.3, no_show_same_day=0.1, overload_cost=1.5)
    result = allocate_for_law(terms, empirical_law([900], [1200]))
    tried = try_every_pair(terms, empirical_law([30], [30]), 10)  # as good as: both sell out every seat
    assert result.objective == pytest.approx(tried.objective.max(), abs=1e-12)
    given = result.advance_attended / 0.7 + result.same_day_attended / 0.9
    assert result.turned_away == pytest.approx(2100 - given)


def test_an_observed_history_approaches_its_law(base_problem):
    """20,000 sessions drawn from the paper's law lead to (nearly) what the law earns."""
    random = np.random.default_rng(7)
    shared = random.poisson(3, 20_000)
    law = empirical_law(shared + random.poisson(12, 20_000), shared + random.poisson(12, 20_000))
    assert allocate_for_law(base_problem.terms, law).objective == pytest.approx(allocate(base_problem).objective, abs=0.05)


@pytest.mark.parametrize(
    ("arguments", "argument", "reason"),
    [
        (([], []), "advance", "must be a list of numbers, one per session"),
        (([[1]], [1]), "advance", "must be a list of numbers, one per session"),
        ((["many"], [1]), "advance", "must be a list of numbers, one per session"),
        (([1, -2], [1, 1]), "advance", "must hold numbers of patients, not -2 at 1"),
        (([1, 2], [1, 1.5]), "same_day", "must hold numbers of patients, not 1.5 at 1"),
        (([1, 2], [math.nan, 1]), "same_day", "must hold numbers of patients, not nan at 0"),
        (([1, 2], [1]), "same_day", "has 1 sessions where advance has 2"),
        (([1, 2], [1, 2], [1]), "weights", "has 1 sessions where advance has 2"),
        (([1, 2], [1, 2], [1, -1]), "weights", "must be finite, not negative, and not all 0"),
        (([1, 2], [1, 2], [0, 0]), "weights", "must be finite, not negative, and not all 0"),
        (([1, 2], [1, 2], [1, math.inf]), "weights", "must be finite, not negative, and not all 0"),
        (([20_000], [20_000]), "advance, same_day", "need a table of 20001×20001 cells, which is too large"),
    ],
)
def test_what_was_not_observed_is_refused(arguments, argument, reason):
    with pytest.raises(InvalidDemand) as refusal:
        empirical_law(*arguments)
    assert (refusal.value.argument, refusal.value.reason) == (argument, reason)


def test_a_law_too_large_for_a_table_is_refused_before_it_is_built():
    with pytest.raises(InvalidDemand) as refusal:
        bivariate_poisson(mean_advance=10_000, mean_same_day=10_000, correlation=0)
    assert "too large" in refusal.value.reason
    with pytest.raises(InvalidDemand) as refusal:
        bivariate_negative_binomial(
            mean_advance=5000, mean_same_day=5000, dispersion_advance=90, dispersion_same_day=90, correlation=0
        )
    assert "too large" in refusal.value.reason
