"""First witness: what Jiang, Tang, Yan (2017) print, to every digit (capacity-model.md, "What must come out")."""

from dataclasses import replace

import numpy as np
import pytest

from capacity.numeric import reference
from capacity.numeric.allocation import allocate
from capacity.numeric.stop_points import thresholds


def test_base_experiment(base_result):
    assert (base_result.extra, base_result.advance, base_result.advance_without_extra) == (4, 14, 9)
    assert round(base_result.advance_attended, 4) == 10.3433
    assert round(base_result.same_day_attended, 4) == 10.0593
    assert round(base_result.overload, 4) == 0.9946
    assert base_result.warnings == ()


def test_base_experiment_by_the_papers_own_sums(base_terms, base_law):
    assert round(reference.advance_attended(14, base_terms, base_law), 4) == 10.3433
    assert round(reference.same_day_attended(4, 14, base_terms, base_law), 4) == 10.0593
    assert round(reference.overload(4, 14, base_terms, base_law), 4) == 0.9946


@pytest.mark.parametrize(("no_show", "published"), [(0, 1), (0.05, 1), (0.1, 2.3712), (0.15, 4.1276)])
def test_table_1_thresholds_over_same_day_no_show(base_terms, no_show, published):
    terms = replace(base_terms, no_show_same_day=no_show)
    for n1 in range(21):
        assert round(reference.threshold(n1, terms) - n1, 4) == published
    assert np.round(thresholds(20, np.array(no_show)) - np.arange(21), 4).tolist() == [published] * 21


@pytest.mark.parametrize(
    ("rated", "published"),
    [(12, 1), (16, 1), (20, 1), (24, 1.02), (28, 1.3158), (32, 1.6065), (36, 1.8929), (40, 2.1756)],
)
def test_table_2_thresholds_over_rated(base_terms, rated, published):
    terms = replace(base_terms, rated=rated)
    for n1 in range(rated + 1):
        assert round(reference.threshold(n1, terms) - n1, 4) == published
    found = thresholds(rated, np.array(0.05)) - np.arange(rated + 1)
    assert np.round(found, 4).tolist() == [published] * (rated + 1)


def test_stop_points_of_the_base_experiment(base_result, base_terms):
    """The first point after the threshold, which is n1 + 1."""
    expected = tuple(n1 + 2 for n1 in range(21))
    assert base_result.stop_points == expected
    assert tuple(reference.stop_point(n1, base_terms) for n1 in range(21)) == expected


def test_stop_points_with_cheap_overload(base_problem, base_terms):
    """β = 1.1: n1 = 0 needs a second test, every other n1 does not."""
    terms = replace(base_terms, overload_cost=1.1)
    expected = (3, *(n1 + 2 for n1 in range(1, 21)))
    assert allocate(replace(base_problem, terms=terms)).stop_points == expected
    assert tuple(reference.stop_point(n1, terms) for n1 in range(21)) == expected


@pytest.mark.parametrize("overload_cost", [1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9])
def test_stop_points_over_overload_cost(base_problem, base_terms, overload_cost):
    result = allocate(replace(base_problem, terms=replace(base_terms, overload_cost=overload_cost)))
    assert result.stop_points == tuple(n1 + 2 for n1 in range(21))


@pytest.mark.parametrize("no_show", [0.1, 0.15, 0.2, 0.25, 0.3])
def test_stop_points_over_advance_no_show(base_problem, base_terms, no_show):
    result = allocate(replace(base_problem, terms=replace(base_terms, no_show_advance=no_show)))
    assert result.stop_points == tuple(n1 + 2 for n1 in range(21))


@pytest.mark.parametrize(("no_show", "beyond"), [(0, 2), (0.05, 2), (0.1, 3), (0.15, 5)])
def test_stop_points_over_same_day_no_show(base_problem, base_terms, no_show, beyond):
    result = allocate(replace(base_problem, terms=replace(base_terms, no_show_same_day=no_show)))
    assert result.stop_points == tuple(n1 + beyond for n1 in range(21))


@pytest.mark.parametrize(("rated", "beyond"), [(12, 2), (16, 2), (24, 2), (28, 2), (32, 2), (36, 2), (40, 3)])
def test_stop_points_over_rated(base_problem, base_terms, rated, beyond):
    """The paper keeps demand at 1.5·N; stop points do not depend on demand."""
    problem = replace(base_problem, terms=replace(base_terms, rated=rated), mean_advance=0.75 * rated, mean_same_day=0.75 * rated)
    assert allocate(problem).stop_points == tuple(n1 + beyond for n1 in range(rated + 1))
