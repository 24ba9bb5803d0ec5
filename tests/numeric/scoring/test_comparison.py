"""Shares against the rest, many at once, and quartiles that are nobody's own number."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, fisher_exact

from scoring.numeric import comparison
from scoring.numeric.comparison import against_the_rest, blended_quartiles, discoveries

# Y. Benjamini, Y. Hochberg, J. R. Statist. Soc. B 57 (1995) 289-300, section 3.2: at 0.05 the first four are rejected.
PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0
]  # fmt: skip

groups = st.lists(
    st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(groups)
def test_each_group_is_tested_against_the_sum_of_the_others(sample: list[tuple[int, int]]) -> None:
    counts, totals = (np.array(column) for column in zip(*sample, strict=True))
    found = against_the_rest(counts, totals)
    for i, (count, total) in enumerate(sample):
        hits, rest = counts.sum() - count, totals.sum() - total
        table = [[count, total - count], [hits, rest - hits]]
        assert found.p_greater[i] == pytest.approx(fisher_exact(table, alternative="greater").pvalue, abs=1e-9)
        less = fisher_exact(table, alternative="less").pvalue
        assert found.p_two_sided[i] == pytest.approx(min(1, 2 * min(found.p_greater[i], less)), abs=1e-9)


def test_a_lone_group_has_nothing_to_differ_from() -> None:
    found = against_the_rest([7], [10])
    assert (found.p_greater.tolist(), found.p_two_sided.tolist()) == ([1.0], [1.0])


def test_published_discoveries() -> None:
    assert discoveries(PUBLISHED, false_share=0.05).tolist() == [True] * 4 + [False] * 11
    shuffled = np.random.default_rng(1).permutation(PUBLISHED)
    assert discoveries(shuffled, false_share=0.05).tolist() == (shuffled <= 0.0095).tolist()


def test_no_tests_no_discoveries() -> None:
    assert discoveries([], false_share=0.05).tolist() == []


def test_where_nothing_differs_little_is_believed() -> None:
    """400 hospitals of eight departments with one and the same rate: at most about 5 % of them believe anything."""
    rng = np.random.default_rng(20261122)
    totals = np.full(8, 200)
    believed = [
        discoveries(against_the_rest(rng.binomial(totals, 0.12), totals).p_greater, false_share=0.05).any() for _ in range(400)
    ]
    assert np.mean(believed) < 0.08


def test_quartiles_are_beta_weighted_sums() -> None:
    """The definition of Harrell and Davis (1982), written out."""
    values = np.array([0.31, 0.02, 0.17, 0.11, 0.09, 0.25, 0.08])
    n, ordered = len(values), np.sort(values)
    for found, q in zip(blended_quartiles(values), (0.25, 0.5, 0.75), strict=True):
        steps = beta.cdf(np.arange(n + 1) / n, (n + 1) * q, (n + 1) * (1 - q))
        assert found == pytest.approx(float(np.diff(steps) @ ordered), abs=1e-12)


def test_no_quartile_is_one_hospitals_number() -> None:
    rng = np.random.default_rng(20261122)
    for _ in range(200):
        values = rng.random(5)
        found = blended_quartiles(values)
        assert found == tuple(sorted(found))
        assert min(abs(q - value) for q in found for value in values) > 1e-9


@pytest.mark.parametrize("values", [[], [0.5], [0.5, np.nan], [[0.1, 0.2]]])
def test_too_little_for_quartiles(values: list[float]) -> None:
    with pytest.raises(ValueError, match="at least two finite values"):
        blended_quartiles(values)


def test_the_documented_example_holds() -> None:
    result = doctest.testmod(comparison)
    assert (result.attempted, result.failed) == (2, 0)
