"""The edges of the model: the largest sessions, means from nothing to a thousand, no-shows from never to nearly always."""

import itertools

import numpy as np
import pytest
from scipy import stats

from capacity.numeric.allocation import allocate, allocate_for_law
from capacity.numeric.demand import bivariate_poisson
from capacity.numeric.problem import AllocationProblem, SessionTerms
from capacity.numeric.stop_points import thresholds

CORNERS = list(itertools.product([1, 20, 90], [0, 0.01, 12, 1000], [0, 0.99], [0, 0.99], [1.0001, 1.5, 50]))


@pytest.mark.parametrize(("rated", "mean", "no_show_advance", "no_show_same_day", "overload_cost"), CORNERS)
def test_corners_give_a_sound_answer(rated, mean, no_show_advance, no_show_same_day, overload_cost):
    terms = SessionTerms(
        rated=rated,
        no_show_advance=no_show_advance,
        no_show_same_day=no_show_same_day,
        overload_cost=overload_cost,
    )
    for correlation in (0.0, 1.0):
        result = allocate(AllocationProblem(terms=terms, mean_advance=mean, mean_same_day=mean, correlation=correlation))
        assert np.isfinite(result.surface).all()
        assert 0 <= result.advance <= rated
        assert 0 <= result.extra <= result.stop_points[result.advance]
        assert result.objective == pytest.approx(
            result.advance_attended + result.same_day_attended - overload_cost * result.overload, abs=1e-9
        )
        assert result.objective >= result.objective_without_extra
        assert result.turned_away >= 0
        given = result.advance_attended / (1 - no_show_advance) + result.same_day_attended / (1 - no_show_same_day)
        assert given + result.turned_away == pytest.approx(2 * mean, abs=1e-8)
        check_stop_points(terms, result.stop_points)


def check_stop_points(terms: SessionTerms, stop_points: tuple[int, ...]) -> None:
    """Inequality (11) as `P(a + b < N) < (β−1)/β`: true at the stop point, and false one seat before unless that is the start."""
    N = terms.rated
    starts = np.floor(thresholds(N, np.array(terms.no_show_same_day)) + 1)
    for n1 in {0, N // 2, N}:
        for nA, holds in ((stop_points[n1], True), (stop_points[n1] - 1, False)):
            if nA < starts[n1]:
                continue
            worst = max(short_of_rated(terms, d1, N + nA - d1) for d1 in {0, n1})
            assert (terms.overload_cost * worst < terms.overload_cost - 1) == holds


def short_of_rated(terms: SessionTerms, A: int, B: int) -> float:
    a = np.arange(A + 1)
    came = stats.binom.pmf(a, A, 1 - terms.no_show_advance)
    return float(came @ stats.binom.cdf(terms.rated - 1 - a, B, 1 - terms.no_show_same_day))


def test_largest_session_with_nearly_no_one_coming():
    """δ2 = 0.99: the stop points lie near 50,000 seats, far beyond any demand; only the demanded seats are tabulated."""
    terms = SessionTerms(rated=500, no_show_advance=0.3, no_show_same_day=0.99, overload_cost=1.001)
    result = allocate(AllocationProblem(terms=terms, mean_advance=400, mean_same_day=60, correlation=0.1))
    check_stop_points(terms, result.stop_points)
    assert result.stop_points[0] > 49_000
    assert len(result.surface) < 250


@pytest.mark.parametrize(("mean_advance", "mean_same_day", "correlation"), [(450, 300, 0.3), (1000, 1000, 1.0)])
def test_largest_session_agrees_with_the_table_law(mean_advance, mean_same_day, correlation):
    """Two routes to the demand: closed tails, and a table cut at 1e-12."""
    terms = SessionTerms(rated=500, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5)
    demand = {"mean_advance": mean_advance, "mean_same_day": mean_same_day, "correlation": correlation}
    closed = allocate(AllocationProblem(terms=terms, **demand))
    table = allocate_for_law(terms, bivariate_poisson(**demand))
    assert (closed.extra, closed.advance, closed.stop_points) == (table.extra, table.advance, table.stop_points)
    assert closed.objective == pytest.approx(table.objective, abs=1e-9)


def test_a_large_session_one_pair_by_hand():
    """N = 500: R at the optimum from the definition, over every demand."""
    terms = SessionTerms(rated=500, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5)
    demand = {"mean_advance": 450, "mean_same_day": 300, "correlation": 0.3}
    result = allocate(AllocationProblem(terms=terms, **demand))
    law = bivariate_poisson(**demand, tail_mass=1e-15)
    d1, d2 = np.indices(law.mass.shape)
    A = np.minimum(d1, result.advance)
    B = np.minimum(d2, 500 + result.extra - A)
    E1, E2 = 0.8 * (law.mass * A).sum(), 0.95 * (law.mass * B).sum()
    weights = np.zeros((result.advance + 1, 501 + result.extra))
    np.add.at(weights, (A, B), law.mass)
    Ec = 0.0
    for advance, same_day in zip(*np.nonzero(weights > 1e-16), strict=True):
        if advance + same_day <= 500:
            continue
        came = np.arange(advance + 1)
        b_at_least = np.arange(501 - advance, same_day + 1)  # E(a + b − N)+ = Σ_t P(a + b ≥ N + t)
        surplus = np.cumsum(stats.binom.sf(b_at_least - 1, same_day, 0.95)[::-1])[::-1]
        tail = np.zeros(advance + 1)
        tail[advance - came[: len(surplus)]] = surplus
        Ec += weights[advance, same_day] * float(stats.binom.pmf(came, advance, 0.8) @ tail)
    assert result.advance_attended == pytest.approx(E1, abs=1e-9)
    assert result.same_day_attended == pytest.approx(E2, abs=1e-9)
    assert result.overload == pytest.approx(Ec, abs=1e-9)
