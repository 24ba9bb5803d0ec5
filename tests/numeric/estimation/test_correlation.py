"""The correlation of advance and same-day demand, on simulated sessions of which the truth is known."""

import doctest

import numpy as np
import pytest

from capacity.numeric.errors import InvalidInput
from capacity.numeric.estimation import CorrelationEstimate, Sessions, correlation, estimate_correlation
from tests.numeric.estimation.worlds import records

CLINICS, WEEKS, QUOTA = 40, 40, 12


def channels(rho: float, seed: int) -> tuple[Sessions, Sessions, np.ndarray, np.ndarray]:
    """Both channels of 1,600 sessions with about half of each sold out, and the true means."""
    rng = np.random.default_rng(seed)
    first, second = rng.gamma(40, 12 / 40, CLINICS), rng.gamma(40, 12 / 40, CLINICS)
    shared = np.minimum(rho * np.sqrt(first * second), np.minimum(first, second))
    clinic = np.repeat(np.arange(CLINICS), WEEKS)
    both = rng.poisson(shared[clinic])
    sessions = []
    for mean in (first, second):
        demand = both + rng.poisson((mean - shared)[clinic])
        sessions.append(records(clinic, demand, quota=QUOTA, refused=np.zeros_like(demand), clinics=CLINICS))
    return sessions[0], sessions[1], first, second


def fit(rho: float, seed: int) -> CorrelationEstimate:
    advance, same_day, first, second = channels(rho, seed)
    return estimate_correlation(advance=advance, same_day=same_day, mean_advance=first, mean_same_day=second)


def test_the_documented_example_holds() -> None:
    result = doctest.testmod(correlation)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("rho", [0.0, 0.2, 0.5])
def test_the_correlation_is_found_behind_quotas(rho: float) -> None:
    found = [fit(rho, seed) for seed in range(3)]
    assert np.mean([each.correlation for each in found]) == pytest.approx(rho, abs=0.035)
    # Of three intervals of 90 %, two hold the truth in all but three cases of a hundred.
    assert sum(each.lower <= rho <= each.upper for each in found) >= 2
    assert all(0 <= each.lower <= each.correlation <= each.upper <= each.highest_feasible for each in found)
    assert {each.sessions for each in found} == {CLINICS * WEEKS}


def test_the_moment_estimate_from_unsold_sessions_is_too_low() -> None:
    advance, same_day, first, second = channels(0.5, 0)
    open_in_both = ~advance.sold_out & ~same_day.sold_out
    left = (advance.taken - first[advance.clinic])[open_in_both]
    right = (same_day.taken - second[same_day.clinic])[open_in_both]
    assert np.corrcoef(left, right)[0, 1] < 0.4
    assert fit(0.5, 0).correlation > 0.45


def test_it_never_exceeds_what_the_means_allow() -> None:
    # Given channels that move together as far as they can, one three times as large as the other
    rng = np.random.default_rng(4)
    small = rng.poisson(4, 400)
    large = small + rng.poisson(8, 400)
    clinic = np.zeros(400, dtype=int)
    none = np.zeros(400, dtype=int)
    found = estimate_correlation(
        advance=Sessions.from_records(clinic=clinic, taken=large, sold_out=none > 0, refused=none, clinics=1),
        same_day=Sessions.from_records(clinic=clinic, taken=small, sold_out=none > 0, refused=none, clinics=1),
        mean_advance=[12.0],
        mean_same_day=[4.0],
    )
    assert found.highest_feasible == pytest.approx((4 / 12) ** 0.5)
    assert 0.9 * found.highest_feasible < found.correlation <= found.highest_feasible


def test_without_sessions_the_prior_stands_and_is_unsure() -> None:
    empty = np.array([], dtype=int)
    none = Sessions.from_records(clinic=empty, taken=empty, sold_out=empty > 0, refused=empty, clinics=1)
    found = estimate_correlation(advance=none, same_day=none, mean_advance=[10.0], mean_same_day=[10.0], prior_correlation=0.2)
    assert found.correlation == pytest.approx(0.2, abs=1e-4)
    assert found.upper - found.lower > 0.5
    assert found.sessions == 0


def test_channels_of_different_sessions_and_impossible_means_are_refused() -> None:
    advance, same_day, first, second = channels(0.2, 0)
    other = Sessions(same_day.clinic[::-1], same_day.taken, same_day.sold_out, same_day.refused)
    with pytest.raises(InvalidInput, match="same_day must hold the same sessions"):
        estimate_correlation(advance=advance, same_day=other, mean_advance=first, mean_same_day=second)
    with pytest.raises(InvalidInput, match="mean_advance must be above 0"):
        estimate_correlation(advance=advance, same_day=same_day, mean_advance=first * 0, mean_same_day=second)
    with pytest.raises(InvalidInput, match="prior_correlation must be from 0 to 1"):
        estimate_correlation(advance=advance, same_day=same_day, mean_advance=first, mean_same_day=second, prior_correlation=1.5)
