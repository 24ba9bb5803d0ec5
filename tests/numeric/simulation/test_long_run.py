"""The simulation and the formulas hold each other to account.

Bounds are four standard errors: with the seeds as they are each test always ends the same; another seed would fail one
of them once in 16,000 times.
"""

import numpy as np
import pytest

from capacity.numeric.errors import InvalidInput
from capacity.numeric.queueing import queue
from capacity.numeric.service_times import ServiceTimes
from capacity.numeric.simulation import LongRun, simulate_long_run

SIGMAS = 4


def long_run(service: ServiceTimes, servers: int, load: float, seed: int = 20261122) -> LongRun:
    return simulate_long_run(
        arrivals_per_hour=load * servers * 60 / service.mean_minutes,
        service=service,
        servers=servers,
        patients=2_000,
        warm_up=400,
        replications=300,
        rng=np.random.default_rng(seed),
    )


@pytest.mark.parametrize(
    ("service", "servers", "load"),
    [
        (ServiceTimes.exponential(mean_minutes=10), 1, 0.7),
        (ServiceTimes.exponential(mean_minutes=10), 1, 0.3),
        (ServiceTimes.lognormal(mean_minutes=12, cv=0.465), 1, 0.7),
        (ServiceTimes.lognormal(mean_minutes=12, cv=0.0), 1, 0.7),
        (ServiceTimes.empirical(samples=[4, 6, 8, 9, 11, 30]), 1, 0.6),
        (ServiceTimes.exponential(mean_minutes=10), 3, 0.75),
        (ServiceTimes.exponential(mean_minutes=8), 6, 0.8),
    ],
    ids=["M/M/1", "M/M/1 quiet", "M/G/1", "M/D/1", "M/G/1 as measured", "M/M/3", "M/M/6"],
)
def test_it_waits_as_the_exact_formulas_say(service: ServiceTimes, servers: int, load: float) -> None:
    # Given the formula
    cv = None if service.cv == 1 else service.cv
    arrivals_per_hour = load * servers * 60 / service.mean_minutes
    told = queue(arrivals_per_hour=arrivals_per_hour, service_minutes=service.mean_minutes, service_cv=cv, servers=servers)
    # When 600,000 patients are simulated
    seen = long_run(service, servers, load)
    # Then both agree within what chance allows, which is little
    for name, most in (("wait_minutes", 0.04), ("wait_probability", 0.01)):
        expected, found = getattr(told, name), getattr(seen, name)
        assert abs(found.value - expected) < SIGMAS * found.standard_error
        assert found.standard_error < most * expected


@pytest.mark.parametrize(("cv", "most"), [(0.465, 0.03), (1.5, 0.05)])
def test_the_approximation_for_several_rooms_is_off_by_little(cv: float, most: float) -> None:
    service = ServiceTimes.lognormal(mean_minutes=10, cv=cv)
    told = queue(arrivals_per_hour=0.85 * 18, service_minutes=10, service_cv=cv, servers=3)
    seen = long_run(service, 3, 0.85)
    assert told.wait_minutes is not None
    assert seen.wait_minutes.standard_error is not None
    off = abs(seen.wait_minutes.value - told.wait_minutes)
    assert off < most * told.wait_minutes + SIGMAS * seen.wait_minutes.standard_error


def test_the_wrong_formula_is_told_apart() -> None:
    """What would show if the simulation drew another law than it says: M/M/1 overstates regular service by far."""
    seen = long_run(ServiceTimes.lognormal(mean_minutes=10, cv=0.465), 1, 0.7)
    wrong = queue(arrivals_per_hour=4.2, service_minutes=10)
    assert wrong.wait_minutes is not None
    assert seen.wait_minutes.standard_error is not None
    assert wrong.wait_minutes - seen.wait_minutes.value > 20 * seen.wait_minutes.standard_error


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arrivals_per_hour": 0.0}, "arrivals_per_hour must be above 0"),
        ({"servers": 0}, "servers must be at least 1"),
        ({"patients": 0}, "patients must be at least 1"),
        ({"replications": 1}, "replications must be at least 2"),
    ],
)
def test_what_cannot_be_counted_is_refused(change: dict, message: str) -> None:
    arguments = {"arrivals_per_hour": 5.0, "servers": 1, "patients": 10, "warm_up": 0, "replications": 2} | change
    service = ServiceTimes.exponential(mean_minutes=10)
    with pytest.raises(InvalidInput, match=message):
        simulate_long_run(**arguments, service=service, rng=np.random.default_rng(1))
