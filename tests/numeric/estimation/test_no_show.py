"""No-show rates: alike clinics borrow from one another, different ones are left apart."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity.numeric.errors import InvalidInput
from capacity.numeric.estimation import NoShowEstimate, estimate_no_show, no_show


def estimate(missed: list[int], visits: list[int], department: list[int], departments: int = 1) -> NoShowEstimate:
    return estimate_no_show(missed=missed, visits=visits, department=department, departments=departments, prior_rate=0.2)


def test_the_documented_example_holds() -> None:
    result = doctest.testmod(no_show)
    assert result.attempted > 0
    assert result.failed == 0


def test_known_rates_are_found_again_better_than_by_each_clinics_own_share() -> None:
    # Given 200 clinics around four departments' rates, half of them with little history
    rng = np.random.default_rng(7)
    department = np.arange(200) % 4
    centre = np.array([0.05, 0.12, 0.2, 0.3])[department]
    truth = rng.beta(60 * centre, 60 * (1 - centre))
    visits = np.where(np.arange(200) < 100, 12, 400)
    missed = rng.binomial(visits, truth)
    # When
    found = estimate_no_show(missed=missed, visits=visits, department=department, departments=4, prior_rate=0.2)
    # Then the error of the short histories is less than half of what their own shares make
    short = visits == 12
    own_error = np.sqrt(np.mean((missed / visits - truth)[short] ** 2))
    error = np.sqrt(np.mean((found.clinics.mean - truth)[short] ** 2))
    assert error < own_error / 2
    assert np.sqrt(np.mean((found.clinics.mean - truth)[~short] ** 2)) < 0.02
    # and the intervals hold the truth about nine times in ten, the prior is worth about the 60 visits it was made with
    inside = (found.clinics.lower < truth) & (truth < found.clinics.upper)
    assert 0.84 < inside.mean() < 0.95
    assert 40 < found.clinic_prior_visits < 90
    assert np.allclose(found.departments.mean, [0.05, 0.12, 0.2, 0.3], atol=0.02)
    assert found.clinics.sample_size.tolist() == visits.tolist()
    assert found.hospital.sample_size.tolist() == [visits.sum()]


def test_a_clinic_without_history_gets_its_departments_rate_and_a_department_its_hospitals() -> None:
    found = estimate([40, 60, 0, 90, 0], [400, 400, 0, 300, 0], [0, 0, 0, 1, 2], departments=3)
    assert found.clinics.mean[2] == pytest.approx(found.departments.mean[0], rel=1e-12)
    assert found.clinics.sample_size[2] == 0
    assert found.departments.mean[2] == pytest.approx(found.hospital.mean[0], rel=1e-12)
    # Not knowing a clinic leaves more open than knowing it
    width = found.clinics.upper - found.clinics.lower
    assert width[2] > width[0]


def test_one_freak_day_moves_a_long_history_little_and_a_short_one_less_than_its_own_share() -> None:
    # Given ten doctors of a department with no-show 10 % over 1,000 visits; one day nobody comes to two of the doctors,
    # of whom the second has had no other day yet
    visits, missed = [1000] * 9 + [0], [100] * 9 + [0]
    before = estimate(missed, visits, [0] * 10)
    after = estimate([120, *missed[1:-1], 20], [1020, *visits[1:-1], 20], [0] * 10)
    assert abs(after.clinics.mean[0] - before.clinics.mean[0]) < 0.02
    assert after.clinics.mean[9] < 0.3  # its own share is 100 %
    assert abs(after.clinics.mean[5] - before.clinics.mean[5]) < 0.01


def test_without_any_history_the_prior_rate_stands_and_the_interval_is_wide() -> None:
    found = estimate([0, 0], [0, 0], [0, 0])
    assert found.clinics.mean == pytest.approx([0.2, 0.2], rel=1e-12)
    assert found.clinics.upper[0] - found.clinics.lower[0] > 0.4


@given(st.lists(st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=20))
def test_every_estimate_lies_between_its_own_share_and_what_the_others_say(rows: list[tuple[int, int]]) -> None:
    found = estimate([row[0] for row in rows], [row[1] for row in rows], [0] * len(rows))
    shares = [x / n for x, n in rows if n] + [0.2]
    for i in range(len(rows)):
        assert min(shares) - 1e-12 <= found.clinics.mean[i] <= max(shares) + 1e-12
        assert 0 < found.clinics.mean[i] < 1
        assert found.clinics.lower[i] < found.clinics.upper[i]
        assert found.clinics.shares[i].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("missed", "visits", "department", "message"),
    [
        ([5], [4], [0], "missed must be at most visits, but clinic 0 has 5 of 4"),
        ([-1], [4], [0], "missed must be at least 0"),
        ([1], [4], [1], "department must be below 1, not 1"),
        ([1, 1], [4], [0], "missed must have 1 elements, not 2"),
        ([0.5], [4], [0], "missed must be a one-dimensional array of integers"),
    ],
)
def test_impossible_input_is_refused(missed: list, visits: list, department: list, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        estimate(missed, visits, department)


@pytest.mark.parametrize("prior_rate", [0.0, 1.0, -0.1, float("nan")])
def test_a_prior_rate_that_is_no_rate_is_refused(prior_rate: float) -> None:
    with pytest.raises(InvalidInput, match="prior_rate must be above 0 and below 1"):
        estimate_no_show(missed=[0], visits=[0], department=[0], departments=1, prior_rate=prior_rate)


def test_a_single_clinic_keeps_its_own_rate_and_never_becomes_certain() -> None:
    # Given the only clinic of a hospital, to which everybody came
    found = estimate([0], [104], [0])
    assert 0.0005 < found.clinics.mean[0] < 0.01
    assert found.clinics.upper[0] > 0.005
    # and one with a rate like any other
    assert estimate([26], [104], [0]).clinics.mean[0] == pytest.approx(0.25, abs=0.01)
