"""Queues held to a published value, to theory and to an independent simulation."""

import doctest
import heapq
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.numeric import queueing
from capacity.numeric.errors import InvalidInput
from capacity.numeric.queueing import QueueEstimate, erlang_b, mg1, mgc, mm1, mmc, queue

loads = st.floats(0.01, 0.98)
minutes = st.floats(0.5, 60)


def test_the_documented_examples_hold() -> None:
    result = doctest.testmod(queueing)
    assert result.attempted == 10
    assert result.failed == 0


def test_the_sources_example_by_its_own_formula() -> None:
    # The source prints 5.5 minutes and a queue of 0.1; at µ = 6 an hour and ρ = 100/360 its formulas give these.
    result = mm1(arrivals_per_hour=6 * 100 / 360, service_minutes=10)
    assert result.utilisation == pytest.approx(100 / 360, rel=1e-15)
    assert result.wait_minutes == pytest.approx(50 / 13, rel=1e-12)  # 3.846…
    assert result.queue_length == pytest.approx((100 / 360) ** 2 / (1 - 100 / 360), rel=1e-12)  # 0.1068…
    assert result.wait_probability == result.utilisation
    assert result.model == "M/M/1"


@pytest.mark.parametrize(
    ("servers", "load", "expected"),
    # Σ a^k/k! written out by hand: a = 2, c = 3: (8/6)·3 / ((8/6)·3 + (1 + 2 + 2)) = 4/9, and so on.
    [(3, 2.0, 4 / 9), (2, 1.0, 1 / 3), (2, 1.5, 9 / 14), (1, 0.7, 0.7)],
)
def test_the_chance_to_wait_by_hand(servers: int, load: float, expected: float) -> None:
    result = mmc(arrivals_per_hour=load * 6, service_minutes=10, servers=servers)
    assert result.wait_probability == pytest.approx(expected, rel=1e-12)


@given(loads, minutes)
def test_one_server_is_one_server_in_every_model(load: float, service: float) -> None:
    arrivals = load * 60 / service
    single = mm1(arrivals_per_hour=arrivals, service_minutes=service)
    for other in (
        mmc(arrivals_per_hour=arrivals, service_minutes=service, servers=1),
        mg1(arrivals_per_hour=arrivals, service_minutes=service, service_cv=1.0),
    ):
        assert other.wait_minutes == pytest.approx(single.wait_minutes, rel=1e-9)
        assert other.queue_length == pytest.approx(single.queue_length, rel=1e-9)
        assert other.wait_probability == pytest.approx(single.wait_probability, rel=1e-9)


@given(loads, minutes, st.floats(0, 3))
def test_regular_service_halves_the_wait_and_cv_adds_its_square(load: float, service: float, cv: float) -> None:
    arrivals = load * 60 / service
    regular = mg1(arrivals_per_hour=arrivals, service_minutes=service, service_cv=0.0)
    result = mg1(arrivals_per_hour=arrivals, service_minutes=service, service_cv=cv)
    exponential = mm1(arrivals_per_hour=arrivals, service_minutes=service)
    assert regular.wait_minutes is not None
    assert exponential.wait_minutes == pytest.approx(2 * regular.wait_minutes, rel=1e-9)
    assert result.wait_minutes == pytest.approx(regular.wait_minutes * (1 + cv**2), rel=1e-9)


@given(loads, minutes, st.floats(0, 3))
def test_the_approximation_is_exact_for_one_server(load: float, service: float, cv: float) -> None:
    arguments = {"arrivals_per_hour": load * 60 / service, "service_minutes": service, "service_cv": cv}
    exact, approximate = mg1(**arguments), mgc(**arguments, servers=1)
    assert approximate.wait_minutes == pytest.approx(exact.wait_minutes, rel=1e-9)
    assert approximate.queue_length == pytest.approx(exact.queue_length, rel=1e-9)
    assert approximate.wait_probability == pytest.approx(exact.wait_probability, rel=1e-9)


@given(loads, minutes, st.integers(1, 40))
def test_the_approximation_is_exact_for_exponential_service(load: float, service: float, servers: int) -> None:
    arguments = {"arrivals_per_hour": load * servers * 60 / service, "service_minutes": service, "servers": servers}
    exact, approximate = mmc(**arguments), mgc(**arguments, service_cv=1.0)
    assert approximate.wait_minutes == pytest.approx(exact.wait_minutes, rel=1e-12)
    assert approximate.queue_length == pytest.approx(exact.queue_length, rel=1e-12)
    assert approximate.wait_probability == exact.wait_probability


def test_the_approximation_stays_close_to_the_exact_solution_of_regular_service() -> None:
    # Half of M/M/2's 2ρ³/(1 − ρ²). The exact queue is longer by 6 % at ρ = 0.5, 3 % at 0.7 and 1 % at 0.9.
    for load in (0.5, 0.7, 0.9):
        told = mgc(arrivals_per_hour=12 * load, service_minutes=10, service_cv=0.0, servers=2)
        assert told.queue_length == pytest.approx(load**3 / (1 - load**2), rel=1e-12)
        assert told.queue_length == pytest.approx(exact_md2_queue(load), rel=0.07)


def exact_md2_queue(load: float) -> float:
    """Crommelin: the number present one service time later is who came meanwhile, plus all present now beyond two."""
    size, offered = 400, 2 * load
    arrivals = [math.exp(k * math.log(offered) - offered - math.lgamma(k + 1)) for k in range(size)]
    step = np.zeros((size, size))
    for present in range(size):
        left = max(present - 2, 0)
        step[present, left:] = arrivals[: size - left]
    matrix = (step / step.sum(axis=1, keepdims=True)).T - np.eye(size)
    matrix[-1] = 1.0
    present = np.linalg.solve(matrix, np.eye(size)[-1])
    return float(np.maximum(np.arange(size) - 2, 0) @ present)


@pytest.mark.parametrize(
    ("given", "model"),
    [
        ({}, "M/M/1"),
        ({"servers": 3}, "M/M/c"),
        ({"service_cv": 0.5}, "M/G/1"),
        ({"service_cv": 1.0, "servers": 3}, "M/G/c (Lee-Longton approximation)"),
    ],
)
def test_the_model_follows_from_what_is_known(given: dict, model: str) -> None:
    result = queue(arrivals_per_hour=4, service_minutes=10, **given)
    assert result.model == model
    overloaded = queue(arrivals_per_hour=40, service_minutes=10, **given)
    assert (overloaded.model, overloaded.stable, overloaded.wait_minutes) == (model, False, None)


@given(st.floats(0.05, 0.95), st.integers(1, 60))
def test_the_recursion_agrees_with_the_factorials(load: float, servers: int) -> None:
    offered = load * servers
    terms = [math.exp(k * math.log(offered) - math.lgamma(k + 1)) for k in range(servers + 1)]
    assert erlang_b(offered_load=offered, servers=servers) == pytest.approx(terms[-1] / sum(terms), rel=1e-9)


@given(st.floats(0.05, 0.95), st.integers(1, 30))
def test_one_shared_queue_beats_separate_ones(load: float, servers: int) -> None:
    shared = mmc(arrivals_per_hour=6 * load * servers, service_minutes=10, servers=servers)
    alone = mm1(arrivals_per_hour=6 * load, service_minutes=10)
    assert shared.wait_minutes is not None
    assert alone.wait_minutes is not None
    assert shared.wait_minutes <= alone.wait_minutes * (1 + 1e-12)


def test_thousands_of_servers_do_not_overflow() -> None:
    result = mmc(arrivals_per_hour=6 * 4_900, service_minutes=10, servers=5_000)
    assert result.wait_probability is not None
    assert 0.05 < result.wait_probability < 0.2


@pytest.mark.parametrize("arrivals_per_hour", [6.0, 6.0001, 600.0])
@pytest.mark.parametrize(
    "model",
    [
        lambda arrivals: mm1(arrivals_per_hour=arrivals, service_minutes=10),
        lambda arrivals: mmc(arrivals_per_hour=3 * arrivals, service_minutes=10, servers=3),
        lambda arrivals: mg1(arrivals_per_hour=arrivals, service_minutes=10, service_cv=0.5),
        lambda arrivals: mgc(arrivals_per_hour=2 * arrivals, service_minutes=10, service_cv=0.5, servers=2),
    ],
)
def test_a_full_load_is_unstable_not_a_number(model: Callable[[float], QueueEstimate], arrivals_per_hour: float) -> None:
    result = model(arrivals_per_hour)
    assert result.stable is False
    assert result.utilisation == pytest.approx(arrivals_per_hour / 6)
    assert result.wait_minutes is result.queue_length is result.wait_probability is None


def test_nobody_coming_means_nobody_waiting() -> None:
    for result in (
        mm1(arrivals_per_hour=0, service_minutes=10),
        mmc(arrivals_per_hour=0, service_minutes=10, servers=2),
        mg1(arrivals_per_hour=0, service_minutes=10, service_cv=0.4),
        mgc(arrivals_per_hour=0, service_minutes=10, service_cv=0.4, servers=3),
    ):
        assert (result.stable, result.wait_minutes, result.queue_length, result.wait_probability) == (True, 0, 0, 0)


@pytest.mark.parametrize(
    ("arrivals", "service", "message"),
    [
        (-1.0, 10.0, "arrivals_per_hour must be at least 0"),
        (1.0, 0.0, "service_minutes must be above 0"),
        (1.0, -5.0, "service_minutes must be above 0"),
        (math.nan, 10.0, "arrivals_per_hour must be finite"),
        (1.0, math.inf, "service_minutes must be finite"),
        (1e10, 10.0, "arrivals_per_hour must be at least 0 and at most 1e"),
        (1.0, 1e7, "service_minutes must be above 0 and at most 1e"),
    ],
)
def test_impossible_input_is_refused(arrivals: float, service: float, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        mm1(arrivals_per_hour=arrivals, service_minutes=service)
    with pytest.raises(InvalidInput, match=message):
        mmc(arrivals_per_hour=arrivals, service_minutes=service, servers=2)
    with pytest.raises(InvalidInput, match=message):
        mg1(arrivals_per_hour=arrivals, service_minutes=service, service_cv=0.5)


def test_impossible_servers_and_variation_are_refused() -> None:
    for servers in (0, -1, 1.5, True, 100_001):
        with pytest.raises(InvalidInput, match="servers must be"):
            mmc(arrivals_per_hour=1, service_minutes=10, servers=servers)  # type: ignore[arg-type]
    for cv in (-0.1, math.nan, 101.0):
        with pytest.raises(InvalidInput, match="service_cv must be"):
            mg1(arrivals_per_hour=1, service_minutes=10, service_cv=cv)
        with pytest.raises(InvalidInput, match="service_cv must be"):
            mgc(arrivals_per_hour=1, service_minutes=10, service_cv=cv, servers=2)


def simulated_wait_minutes(arrivals_per_hour: float, services: np.ndarray, servers: int, rng: np.random.Generator) -> float:
    """First come first served, patient by patient: each takes the server that is free first."""
    arrives = np.cumsum(rng.exponential(60 / arrivals_per_hour, len(services))).tolist()
    free_at = [0.0] * servers
    waited = 0.0
    for at, service in zip(arrives, services.tolist(), strict=True):
        starts = max(at, free_at[0])
        heapq.heapreplace(free_at, starts + service)
        waited += starts - at
    return waited / len(services)


@pytest.mark.parametrize(
    ("servers", "cv", "arrivals_per_hour"),
    [(1, 1.0, 4.2), (1, 0.465, 4.2), (3, 1.0, 14.0)],
    ids=["M/M/1", "M/G/1", "M/M/c"],
)
def test_a_simulated_clinic_waits_as_predicted(servers: int, cv: float, arrivals_per_hour: float) -> None:
    # Given 200,000 patients with gamma service times of mean 10 minutes (exponential at CV 1)
    rng = np.random.default_rng(20)
    services = rng.gamma(1 / cv**2, 10 * cv**2, 200_000)
    # When they pass through the clinic one by one
    seen = simulated_wait_minutes(arrivals_per_hour, services, servers, rng)
    # Then they wait as the formula says, and not as the other one does
    if servers == 1:
        predicted = mg1(arrivals_per_hour=arrivals_per_hour, service_minutes=10, service_cv=cv)
    else:
        predicted = mmc(arrivals_per_hour=arrivals_per_hour, service_minutes=10, servers=servers)
    assert predicted.wait_minutes == pytest.approx(seen, rel=0.04)
