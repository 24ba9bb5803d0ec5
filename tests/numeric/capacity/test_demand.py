"""The joint law of demand, and what is refused."""

import math

import numpy as np
import pytest
from scipy import stats

from capacity.numeric.demand import DemandLaw, bivariate_poisson
from capacity.numeric.errors import InvalidDemand, InvalidInput, OverloadTooCheap
from capacity.numeric.poisson import poisson_at_least, poisson_pmf, poisson_reach
from capacity.numeric.problem import SessionTerms


@pytest.mark.parametrize("mean", [0, 0.01, 1, 15.5, 140, 1000])
def test_poisson_matches_scipy(mean):
    size = poisson_reach(mean, 1e-12) + 1
    np.testing.assert_allclose(
        poisson_pmf(np.array(mean), size), stats.poisson.pmf(np.arange(size), mean), rtol=1e-11, atol=1e-300
    )
    assert poisson_pmf(np.array(mean), size).sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(
        poisson_at_least(np.array(mean), size), stats.poisson.sf(np.arange(size) - 1, mean), rtol=1e-11, atol=1e-300
    )
    assert stats.poisson.sf(size - 1, mean) < 1e-12


@pytest.mark.parametrize(
    ("mean_advance", "mean_same_day", "correlation"),
    [(15, 15, 0.2), (15, 15, 0), (15, 15, 1), (0.01, 30, 0.018), (0, 0, 0.5), (0, 9, 0.4), (1000, 900, 0.9)],
)
def test_moments_and_margins(mean_advance, mean_same_day, correlation):
    law = bivariate_poisson(mean_advance=mean_advance, mean_same_day=mean_same_day, correlation=correlation)
    assert law.tail_mass < 1e-12
    assert law.mass.sum() == pytest.approx(1, abs=2e-12)
    assert law.mean_advance == pytest.approx(mean_advance, rel=1e-9, abs=1e-10)
    assert law.mean_same_day == pytest.approx(mean_same_day, rel=1e-9, abs=1e-10)
    if mean_advance and mean_same_day:
        assert law.correlation == pytest.approx(correlation, abs=1e-8)
    margin = stats.poisson.pmf(np.arange(law.mass.shape[0]), mean_advance)
    np.testing.assert_allclose(law.mass.sum(axis=1), margin, rtol=0, atol=1e-12)


def test_cells_by_the_definition():
    law = bivariate_poisson(mean_advance=3, mean_same_day=2, correlation=0.5)
    shared = 0.5 * math.sqrt(6)
    for d1, d2 in ((0, 0), (2, 1), (4, 6)):
        expected = sum(
            stats.poisson.pmf(i, shared) * stats.poisson.pmf(d1 - i, 3 - shared) * stats.poisson.pmf(d2 - i, 2 - shared)
            for i in range(min(d1, d2) + 1)
        )
        assert law.mass[d1, d2] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"mean_advance": -1}, "mean_advance"),
        ({"mean_advance": math.nan}, "mean_advance"),
        ({"mean_same_day": math.inf}, "mean_same_day"),
        ({"mean_same_day": 10_001}, "mean_same_day"),
        ({"correlation": -0.1}, "correlation"),
        ({"correlation": 1.01}, "correlation"),
        ({"correlation": math.nan}, "correlation"),
        ({"mean_advance": 1, "mean_same_day": 4, "correlation": 0.51}, "correlation"),
    ],
)
def test_a_law_that_cannot_be_is_refused_by_name(change, argument):
    with pytest.raises(InvalidDemand) as refusal:
        bivariate_poisson(**{"mean_advance": 15, "mean_same_day": 15, "correlation": 0.2} | change)
    assert refusal.value.argument == argument
    assert str(refusal.value).startswith(argument)


def test_the_largest_feasible_correlation_is_accepted():
    law = bivariate_poisson(mean_advance=1, mean_same_day=4, correlation=0.5)
    assert law.correlation == pytest.approx(0.5)
    assert law.mass[3, 2] == 0  # d1 = X0 ≤ d2


@pytest.mark.parametrize(
    ("mass", "reason"),
    [
        ([0.5, 0.5], "must be a table with a row per d1 and a column per d2, not of shape (2,)"),
        (1.0, "must be a table with a row per d1 and a column per d2, not of shape ()"),
        (np.full((2, 2, 2), 0.125), "must be a table with a row per d1 and a column per d2, not of shape (2, 2, 2)"),
        (np.zeros((0, 2)), "must be a table with a row per d1 and a column per d2, not of shape (0, 2)"),
        ([[0.5, 0.25], [0.25]], "must be a table with a row per d1 and a column per d2, all numbers and rows of one length"),
        ([["half", "half"]], "must be a table with a row per d1 and a column per d2, all numbers and rows of one length"),
        ([[0.6, 0.5], [-0.1, 0.0]], "must hold probabilities from 0 to 1, not -0.1 at 1, 0"),
        ([[0.5, math.nan]], "must hold probabilities from 0 to 1, not nan at 0, 1"),
        ([[math.inf]], "must hold probabilities from 0 to 1, not inf at 0, 0"),
        ([[0.7], [0.7]], "must sum to 1, not to 1.4"),
        ([[0.4], [0.5]], "must sum to 1, not to 0.9"),
        (np.zeros((3, 3)), "must sum to 1, not to 0"),
    ],
)
def test_a_table_that_is_no_law_is_refused_in_one_sentence(mass, reason):
    with pytest.raises(InvalidDemand) as refusal:
        DemandLaw(mass)
    assert (refusal.value.argument, refusal.value.reason) == ("mass", reason)


@pytest.mark.parametrize("tail_mass", [-0.1, 1.0, math.nan])
def test_what_a_table_leaves_out_is_a_probability(tail_mass):
    with pytest.raises(InvalidDemand) as refusal:
        DemandLaw([[1.0]], tail_mass=tail_mass)
    assert refusal.value.argument == "tail_mass"


def test_a_table_keeps_its_own_copy_and_names_what_it_leaves_out():
    table = np.array([[0.5, 0.25]])
    law = DemandLaw(table, tail_mass=0.25)
    table[0, 0] = 9
    assert law.mass[0, 0] == 0.5
    assert law.tail_mass == 0.25
    with pytest.raises(ValueError, match="read-only"):
        law.mass[0, 0] = 1


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"rated": 0}, "rated"),
        ({"rated": 501}, "rated"),
        ({"rated": 20.5}, "rated"),
        ({"rated": True}, "rated"),
        ({"no_show_advance": 1}, "no_show_advance"),
        ({"no_show_advance": -0.01}, "no_show_advance"),
        ({"no_show_same_day": math.nan}, "no_show_same_day"),
        ({"overload_cost": math.inf}, "overload_cost"),
        ({"overload_cost": math.nan}, "overload_cost"),
        ({"max_extra": -1}, "max_extra"),
        ({"max_extra": 1.5}, "max_extra"),
    ],
)
def test_terms_outside_the_model_are_refused_by_name(change, argument):
    good = {"rated": 20, "no_show_advance": 0.2, "no_show_same_day": 0.05, "overload_cost": 1.5}
    with pytest.raises(InvalidInput) as refusal:
        SessionTerms(**good | change)
    assert refusal.value.argument == argument


@pytest.mark.parametrize("overload_cost", [1, 0.5, 0, -3, -math.inf])
def test_overload_that_pays_for_itself_is_refused(overload_cost):
    with pytest.raises(OverloadTooCheap):
        SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=overload_cost)
