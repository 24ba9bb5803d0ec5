"""Wilson's interval: published values, properties, and how often it covers."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from scoring.numeric import intervals
from scoring.numeric.intervals import wilson_intervals


def test_published_values() -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3 (score, no continuity correction)."""
    found = wilson_intervals([81, 15, 0, 1], [263, 148, 20, 29])
    assert np.round(found.low, 4).tolist() == [0.2553, 0.0624, 0.0, 0.0061]
    assert np.round(found.high, 4).tolist() == [0.3662, 0.1605, 0.1611, 0.1718]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_it_agrees_with_an_independent_implementation(sample: tuple[int, int], confidence: float) -> None:
    count, total = sample
    found = wilson_intervals([count], [total], confidence=confidence)
    expected = binomtest(count, total).proportion_ci(confidence, method="wilson")
    assert found.low[0] == pytest.approx(expected.low, abs=1e-12)
    assert found.high[0] == pytest.approx(expected.high, abs=1e-12)
    assert 0 <= found.low[0] <= count / total <= found.high[0] <= 1


def test_nothing_counted_is_no_interval_and_excludes_nothing() -> None:
    found = wilson_intervals([0], [0])
    assert np.isnan(found.low[0])
    assert np.isnan(found.high[0])
    assert found.exclude([0.5]).tolist() == [False]


def test_excluding_is_lying_outside() -> None:
    found = wilson_intervals([10, 10, 10], [100, 100, 100])
    assert found.exclude([0.05, 0.10, 0.20]).tolist() == [True, False, True]


def test_about_95_of_100_samples_cover_the_truth() -> None:
    rng = np.random.default_rng(20261122)
    for truth in (0.02, 0.1, 0.5):
        counts = rng.binomial(60, truth, size=20_000)
        covered = ~wilson_intervals(counts, np.full(counts.shape, 60)).exclude(truth)
        assert 0.92 < covered.mean() < 0.98


@pytest.mark.parametrize(
    ("counts", "totals", "says"),
    [
        ([-1], [5], "between 0 and its total"),
        ([6], [5], "between 0 and its total"),
        ([np.nan], [5], "between 0 and its total"),
        ([1, 2], [5], "counts have shape"),
    ],
)
def test_impossible_counts_are_refused(counts: list[float], totals: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        wilson_intervals(counts, totals)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_a_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence must lie between"):
        wilson_intervals([1], [2], confidence=confidence)


def test_the_documented_example_holds() -> None:
    result = doctest.testmod(intervals)
    assert (result.attempted, result.failed) == (2, 0)
