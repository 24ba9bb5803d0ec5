"""The likelihood of sold-out sessions, held to sums written out and to a search without derivatives."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from capacity.numeric.estimation.censored import Evidence, fit_rates, hidden_demand, log_likelihood


def evidence(*rows: tuple[int, bool, int]) -> Evidence:
    """Sessions of one group: taken, sold out, traced."""
    taken, sold_out, traced = (np.array(column) for column in zip(*rows, strict=True))
    return Evidence(np.zeros(len(rows), dtype=np.int64), taken.astype(float), sold_out.astype(bool), traced.astype(float))


def probability(taken: int, sold_out: bool, traced: int, mean: float, trace: float) -> float:
    """Summed over every demand, as the model is told: at least `taken` came, each one turned away left a trace or not."""
    if not sold_out:
        return float(stats.poisson.pmf(taken, mean))
    demand = np.arange(taken, taken + 1500)
    return float(np.sum(stats.poisson.pmf(demand, mean) * stats.binom.pmf(traced, demand - taken, trace)))


@given(st.integers(0, 40), st.integers(0, 20), st.floats(0.1, 60), st.floats(0, 0.95))
def test_the_hidden_demand_is_the_sum_over_all_demands(taken: int, traced: int, mean: float, trace: float) -> None:
    hidden = np.arange(400)
    weights = stats.poisson.logpmf(taken + traced + hidden, mean) + stats.binom.logpmf(traced, traced + hidden, 0.5)
    weights += hidden * (math.log1p(-trace) - math.log(0.5))
    weights = np.exp(weights - weights.max())
    expected = np.sum(weights * hidden) / weights.sum()
    variance = np.sum(weights * (hidden - expected) ** 2) / weights.sum()
    found, spread = hidden_demand(np.array([taken * 1.0]), np.array([traced * 1.0]), np.array([(1 - trace) * mean]))
    assert found[0] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert spread[0] == pytest.approx(variance, rel=1e-6, abs=1e-6)


def test_far_beyond_the_quota_the_approximation_meets_the_exact_value() -> None:
    near = hidden_demand(np.array([40.0]), np.array([5.0]), np.array([699.9]))
    far = hidden_demand(np.array([40.0]), np.array([5.0]), np.array([700.1]))
    assert far[0][0] == pytest.approx(near[0][0], rel=2e-3)
    assert far[1][0] == pytest.approx(near[1][0], rel=2e-2)


sessions = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 30), st.just(False), st.just(0)),
        st.tuples(st.integers(0, 30), st.just(True), st.integers(0, 12)),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60)
@given(sessions, st.floats(0.05, 0.95), st.floats(0.5, 50), st.floats(1, 40))
def test_the_fit_is_the_maximum_of_the_likelihood_written_out(
    rows: list[tuple[int, bool, int]], trace: float, shape: float, prior_mean: float
) -> None:
    def minus_log_posterior(log_mean: float) -> float:
        mean = math.exp(log_mean)
        prior = shape * log_mean - shape / prior_mean * mean
        return -prior - sum(math.log(max(probability(*row, mean, trace), 1e-300)) for row in rows)

    best = optimize.minimize_scalar(minus_log_posterior, bounds=(math.log(0.05), math.log(800)), method="bounded")
    found = fit_rates(
        evidence(*rows),
        trace_probability=trace,
        discount=1.0,
        prior_shape=np.array([shape]),
        prior_mean=np.array([prior_mean]),
    )
    assert found.mean[0] == pytest.approx(math.exp(best.x), rel=1e-3)
    assert found.shape[0] > 0


@given(sessions, st.floats(0.05, 0.95), st.floats(1, 60), st.floats(1, 60))
def test_likelihoods_differ_as_the_sums_do(rows: list[tuple[int, bool, int]], trace: float, first: float, second: float) -> None:
    seen = evidence(*rows)

    def written_out(mean: float) -> float:
        return sum(math.log(max(probability(*row, mean, trace), 1e-300)) for row in rows)

    difference = log_likelihood(seen, np.array([first]), trace_probability=trace) - log_likelihood(
        seen, np.array([second]), trace_probability=trace
    )
    if min(written_out(first), written_out(second)) > -400:  # the sums themselves have lost nothing to underflow
        assert difference == pytest.approx(written_out(first) - written_out(second), rel=1e-6, abs=1e-6)


def test_without_censoring_it_is_the_gamma_posterior() -> None:
    found = fit_rates(
        evidence((4, False, 0), (9, False, 0), (5, False, 0)),
        trace_probability=0.0,
        discount=1.0,
        prior_shape=np.array([2.0]),
        prior_mean=np.array([8.0]),
    )
    assert found.mean[0] == pytest.approx((2 + 18) / (2 / 8 + 3), rel=1e-12)
    assert found.shape[0] == pytest.approx(20, rel=1e-9)
    assert found.quantile(0.95)[0] == pytest.approx(stats.gamma.ppf(0.95, 20, scale=found.mean[0] / 20), rel=1e-9)


def test_where_every_trace_is_seen_nothing_is_hidden() -> None:
    found = fit_rates(
        evidence((10, True, 5), (10, True, 0), (7, False, 0)),
        trace_probability=1.0,
        discount=1.0,
        prior_shape=np.array([1.0]),
        prior_mean=np.array([10.0]),
    )
    assert found.mean[0] == pytest.approx((1 + 15 + 10 + 7) / (0.1 + 3), rel=1e-12)
