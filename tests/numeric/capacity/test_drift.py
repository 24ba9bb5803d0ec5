"""The drift warning: rare where the model is right, near certain where it is off."""

import math

import numpy as np
import pytest

from capacity.numeric.courses import course
from capacity.numeric.drift import FALSE_ALARM, FEWEST_SESSIONS, MOST_SESSIONS, Drift, drift, threshold
from capacity.numeric.problem import AllocationProblem, SessionTerms

DOCTORS = 4000
PROBLEM = AllocationProblem(
    terms=SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5),
    mean_advance=15,
    mean_same_day=15,
    correlation=0.2,
)


def warnings(*, sessions: int, no_show: float = 0.2, demand: float = 15.0, bias: float = 0.0, stated_error: float = 0.0) -> float:
    """The share of simulated doctors with a warning, where the model says 20 % and 15 and reality is what is given."""
    rng = np.random.default_rng(11)
    expected = course(PROBLEM, extra=4, advance=14)
    shape = (DOCTORS, sessions)
    shared = rng.poisson(0.2 * demand, shape)
    given = np.minimum(rng.poisson(0.8 * demand, shape) + shared, 14)
    of_day = np.minimum(rng.poisson(0.8 * demand, shape) + shared, 24 - given)
    seen = rng.binomial(given, 1 - no_show) + rng.binomial(of_day, 0.95)
    missed = given + of_day - seen
    wrong_by = rng.normal(0, bias, (DOCTORS, 1)) if bias else 0.0
    found = [
        (
            drift(differences=s, deviations=[expected.seen_deviation] * sessions, errors=[stated_error] * sessions),
            drift(differences=m, deviations=[expected.missed_deviation] * sessions, errors=[stated_error] * sessions),
        )
        for s, m in zip((seen - expected.seen + wrong_by).tolist(), (missed - expected.missed - wrong_by).tolist(), strict=True)
    ]
    return sum(one.is_warning or other.is_warning for one, other in found) / DOCTORS


@pytest.mark.parametrize("sessions", [FEWEST_SESSIONS, MOST_SESSIONS])
def test_a_model_that_is_right_is_seldom_warned_of(sessions):
    """8 of 4000 are what was said; above 20 would be, with probability 1 − 3e-4, another rate."""
    assert warnings(sessions=sessions) <= 20 / DOCTORS


def test_a_model_that_is_off_is_warned_of():
    assert warnings(sessions=MOST_SESSIONS, no_show=0.35) > 0.99
    assert warnings(sessions=MOST_SESSIONS, demand=10.0) > 0.99
    # Two misses more in fourteen bookings: three doctors of four after a dozen sessions.
    assert warnings(sessions=FEWEST_SESSIONS, no_show=0.35) > 0.7


def test_estimates_that_err_as_they_say_are_no_drift():
    """Expected numbers that are off by one patient, and say so; without saying so they are warned of."""
    assert warnings(sessions=MOST_SESSIONS, bias=1.0, stated_error=1.0) <= 20 / DOCTORS
    assert warnings(sessions=MOST_SESSIONS, bias=1.0, stated_error=0.0) > 0.1


def test_the_threshold_is_the_quantile_of_the_false_alarm():
    assert math.erfc(threshold() / math.sqrt(2)) == pytest.approx(FALSE_ALARM / 2)


def test_few_sessions_warn_of_nothing():
    few, enough = (drift(differences=[10.0] * n, deviations=[1.0] * n, errors=[0.0] * n) for n in (11, 12))
    assert (few.is_warning, enough.is_warning) == (False, True)


def test_nothing_is_no_drift():
    assert drift(differences=[], deviations=[], errors=[]) == Drift(0, 0.0, 0.0)
    assert drift(differences=[0.0], deviations=[0.0], errors=[0.0]).standardised == 0
    assert drift(differences=[1.0], deviations=[0.0], errors=[0.0]).standardised == math.inf
