"""The likelihood of sold-out sessions, held to sums written out and to a search without derivatives."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

from capacity.numeric.estimation import censored
from capacity.numeric.estimation.censored import Evidence, fit_rates, hidden_demand, log_probabilities


def evidence(*rows: tuple[int, bool, int]) -> Evidence:
    """Sessions of one group: taken, sold out, traced."""
    taken, sold_out, traced = (np.array(column) for column in zip(*rows, strict=True))
    return Evidence(np.zeros(len(rows), dtype=np.int64), taken.astype(float), sold_out.astype(bool), traced.astype(float))


def demand_law(mean: float, alpha: float, demand: np.ndarray) -> np.ndarray:
    """P(d): negative binomial with variance m + α·m², Poisson at α = 0."""
    if alpha == 0:
        return stats.poisson.pmf(demand, mean)
    return stats.nbinom.pmf(demand, 1 / alpha, 1 / (1 + alpha * mean))


def probability(taken: int, sold_out: bool, traced: int, mean: float, trace: float, alpha: float = 0.0) -> float:
    """Summed over every demand, as the model is told: at least `taken` came, each one turned away left a trace or not."""
    if not sold_out:
        return float(demand_law(mean, alpha, np.array([taken]))[0])
    demand = np.arange(taken, taken + 1500)
    return float(np.sum(demand_law(mean, alpha, demand) * stats.binom.pmf(traced, demand - taken, trace)))


alphas = st.sampled_from([0.0, 0.02, 0.1])


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 40), st.integers(0, 20), st.floats(0.1, 40), st.floats(0, 0.95), alphas)
def test_the_hidden_demand_is_the_sum_over_all_demands(taken: int, traced: int, mean: float, trace: float, alpha: float) -> None:
    hidden = np.arange(800)
    # θ = 0 leaves no trace, and yet all that is hidden counts: P(traced) without its factor θ^traced.
    weights = demand_law(mean, alpha, taken + traced + hidden) * special.binom(traced + hidden, traced) * (1 - trace) ** hidden
    if weights.sum() < 1e-250:  # the sum written out has lost everything to underflow
        return
    expected = np.sum(weights * hidden) / weights.sum()
    variance = np.sum(weights * (hidden - expected) ** 2) / weights.sum()
    found = hidden_demand(
        np.array([taken * 1.0]), np.array([traced * 1.0]), np.array([mean]), trace_probability=trace, overdispersion=alpha
    )
    assert found.mean[0] == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert found.variance[0] == pytest.approx(variance, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(("alpha", "near", "far"), [(0.0, 150.0, 500.0), (0.02, 150.0, 500.0), (0.1, 150.0, 300.0)])
def test_far_beyond_the_quota_the_approximation_meets_the_sum(
    alpha: float, near: float, far: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(mean: float) -> np.ndarray:
        each = hidden_demand(np.array([40.0]), np.array([5.0]), np.array([mean]), trace_probability=0.0, overdispersion=alpha)
        return np.array([each.mean[0], each.variance[0], each.log_sum[0]])

    approximated, summed = {}, {}
    for mean in (near, far):
        monkeypatch.setattr(censored, "LARGEST_SUMMED", 10.0)
        approximated[mean] = found(mean)
        monkeypatch.setattr(censored, "LARGEST_SUMMED", 10_000.0)
        summed[mean] = found(mean)
        assert approximated[mean][0] == pytest.approx(summed[mean][0], rel=1e-4)
        assert approximated[mean][1] == pytest.approx(summed[mean][1], rel=0.15)
        assert approximated[mean][2] == pytest.approx(summed[mean][2], abs=0.02)


sessions = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 30), st.just(False), st.just(0)),
        st.tuples(st.integers(0, 30), st.just(True), st.integers(0, 12)),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=30, deadline=None)
@given(sessions, st.floats(0.05, 0.95), st.floats(0.5, 50), st.floats(1, 40), st.sampled_from([0.0, 0.1]))
def test_the_fit_is_the_maximum_of_the_likelihood_written_out(
    rows: list[tuple[int, bool, int]], trace: float, shape: float, prior_mean: float, alpha: float
) -> None:
    def minus_log_posterior(log_mean: float) -> float:
        mean = math.exp(log_mean)
        prior = shape * log_mean - shape / prior_mean * mean
        return -prior - sum(math.log(max(probability(*row, mean, trace, alpha), 1e-300)) for row in rows)

    best = optimize.minimize_scalar(minus_log_posterior, bounds=(math.log(0.05), math.log(800)), method="bounded")
    found = fit_rates(
        evidence(*rows),
        trace_probability=trace,
        overdispersion=alpha,
        prior_shape=np.array([shape]),
        prior_mean=np.array([prior_mean]),
    )
    assert found.mean[0] == pytest.approx(math.exp(best.x), rel=1e-3)
    assert found.shape[0] > 0


@settings(deadline=None, max_examples=50)
@given(sessions, st.floats(0.05, 0.95), st.floats(1, 60), alphas)
def test_probabilities_are_the_sums_written_out(
    rows: list[tuple[int, bool, int]], trace: float, mean: float, alpha: float
) -> None:
    found = log_probabilities(evidence(*rows), np.array([mean]), trace_probability=trace, overdispersion=alpha)
    for row, each in zip(rows, found, strict=True):
        written_out = probability(*row, mean, trace, alpha)
        if written_out > 1e-200:
            # Traces that left no gap to choose from are certain; the order in which they were left is no part of it.
            assert each == pytest.approx(math.log(written_out), rel=1e-6, abs=1e-6)


def test_without_censoring_it_is_the_gamma_posterior() -> None:
    found = fit_rates(
        evidence((4, False, 0), (9, False, 0), (5, False, 0)),
        trace_probability=0.0,
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
        prior_shape=np.array([1.0]),
        prior_mean=np.array([10.0]),
    )
    assert found.mean[0] == pytest.approx((1 + 15 + 10 + 7) / (0.1 + 3), rel=1e-12)
