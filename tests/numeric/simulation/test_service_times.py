"""Laws of service times: their moments, and what is no law."""

import doctest
import math

import numpy as np
import pytest

from capacity.numeric import service_times
from capacity.numeric.errors import InvalidInput
from capacity.numeric.service_times import ServiceLaw, ServiceTimes


def test_the_documented_example_holds() -> None:
    assert doctest.testmod(service_times) == (0, 2)


@pytest.mark.parametrize(
    "law",
    [
        ServiceTimes.exponential(mean_minutes=12),
        ServiceTimes.lognormal(mean_minutes=12, cv=0.465),
        ServiceTimes.empirical(samples=[2, 4, 4, 7, 9, 20], mean_minutes=12),
    ],
    ids=lambda law: law.law,
)
def test_draws_have_the_mean_and_the_variation(law: ServiceTimes) -> None:
    draws = law.draw(np.random.default_rng(5), (400, 500))
    assert draws.shape == (400, 500)
    assert (draws > 0).all()
    # Four standard errors of a mean of 200,000.
    assert draws.mean() == pytest.approx(12, abs=4 * 12 * law.cv / math.sqrt(draws.size))
    assert draws.std() / draws.mean() == pytest.approx(law.cv, rel=0.02)


def test_measured_consultations_are_drawn_as_they_were() -> None:
    law = ServiceTimes.empirical(samples=[2, 4, 9])
    assert (law.law, law.mean_minutes) == (ServiceLaw.EMPIRICAL, 5)
    assert set(law.draw(np.random.default_rng(1), (1_000,)).tolist()) == {2.0, 4.0, 9.0}


def test_no_variation_is_a_constant() -> None:
    assert set(ServiceTimes.lognormal(mean_minutes=8, cv=0).draw(np.random.default_rng(1), (50,))) == {8.0}


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: ServiceTimes.exponential(mean_minutes=0), "service_minutes"),
        (lambda: ServiceTimes.exponential(mean_minutes=math.nan), "service_minutes"),
        (lambda: ServiceTimes.lognormal(mean_minutes=5, cv=-0.1), "service_cv"),
        (lambda: ServiceTimes.lognormal(mean_minutes=5, cv=11), "service_cv"),
        (lambda: ServiceTimes(mean_minutes=5, cv=0.5), "service_cv"),
        (lambda: ServiceTimes(mean_minutes=5, samples=(1.0, 2.0)), "samples"),
        (lambda: ServiceTimes.empirical(samples=[5]), "samples"),
        (lambda: ServiceTimes.empirical(samples=[0, 0]), "samples"),
        (lambda: ServiceTimes.empirical(samples=[5, -1]), "samples"),
        (lambda: ServiceTimes.empirical(samples=[5, math.inf]), "samples"),
    ],
)
def test_what_is_no_law(make, argument: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make()
    assert refused.value.argument == argument
