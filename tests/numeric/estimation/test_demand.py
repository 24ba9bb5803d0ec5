"""Demand behind quotas, on simulated histories of which the truth is known."""

import numpy as np
import pytest

from capacity.numeric.errors import InvalidInput
from capacity.numeric.estimation import Sessions, estimate_demand
from tests.numeric.estimation.worlds import estimated, records, world


def relative_error(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(np.mean((found / truth - 1) ** 2)))


@pytest.mark.parametrize("trace", [0.0, 0.3, 0.9, 1.0])
def test_demand_beyond_the_quota_is_found_where_the_mean_of_bookings_is_far_off(trace: float) -> None:
    # Given a year of sessions, about half of them sold out at 15, with this share of the refused recorded
    history = world(seed=1, quota=15, trace=trace)
    assert 0.4 < history.sessions.sold_out.mean() < 0.6
    # When
    found = estimated(seed=1, quota=15, trace=trace)
    # Then each clinic's mean is within some 5 %, without bias; the mean of bookings is three times as far off and low
    assert relative_error(found.clinics.mean, history.truth) < 0.06
    assert abs(np.mean(found.clinics.mean / history.truth) - 1) < 0.015
    assert relative_error(history.naive(), history.truth) > 0.16
    assert np.mean(history.naive() / history.truth) < 0.9
    # and the share of the refused that were recorded is found as well
    assert found.trace_probability == pytest.approx(trace, abs=0.03)
    assert found.freak_sessions <= 3


def test_taking_the_refused_for_a_plain_lower_bound_would_overstate_demand() -> None:
    # Given a history with a part of the refused recorded
    history = world(seed=1, quota=15, trace=0.3)
    # When the bound "taken + refused" is given as if it were a quota of the day
    seen = history.sessions
    bounds = Sessions.from_records(
        clinic=seen.clinic, taken=seen.taken + seen.refused, sold_out=seen.sold_out, refused=0 * seen.refused, clinics=60
    )
    naive_bound = estimate_demand(sessions=bounds, department=history.department, departments=4, prior_mean=10.0)
    # Then means come out too high, by a multiple of what is left with the refused as evidence
    overstated = np.mean(naive_bound.clinics.mean / history.truth) - 1
    left = abs(np.mean(estimated(seed=1, quota=15, trace=0.3).clinics.mean / history.truth) - 1)
    assert left < 0.015
    assert overstated > 3 * 0.015


def test_intervals_hold_the_truth_nine_times_in_ten() -> None:
    inside = []
    for seed in range(3):
        history = world(seed=seed, quota=18, trace=0.4)
        found = estimated(seed=seed, quota=18, trace=0.4).clinics
        inside.append((found.lower < history.truth) & (history.truth < found.upper))
    assert 0.84 < np.mean(inside) < 0.96


def test_shrinkage_helps_short_histories() -> None:
    history = world(seed=5, quota=100, trace=0.0, weeks=2, alike=60.0)
    assert relative_error(history.estimate().clinics.mean, history.truth) < 0.75 * relative_error(history.naive(), history.truth)


def with_an_extra_clinic(department: int) -> tuple[Sessions, np.ndarray]:
    """A simulated year and one more clinic without a session."""
    history = world(seed=2, quota=15, trace=0.3)
    return history.sessions, np.append(history.department, department)


def test_a_doctor_without_history_gets_the_departments_numbers() -> None:
    sessions, department = with_an_extra_clinic(3)
    found = estimate_demand(sessions=sessions, department=department, departments=5, prior_mean=10.0)
    assert found.clinics.mean[60] == pytest.approx(found.departments.mean[3], rel=1e-9)
    assert found.clinics.sample_size[60] == 0
    # The truth of any clinic of the department is to be expected in it: wider than the department's own interval
    assert found.clinics.lower[60] < found.departments.lower[3]
    assert found.clinics.upper[60] > found.departments.upper[3]


def test_a_department_without_history_gets_the_hospitals() -> None:
    sessions, department = with_an_extra_clinic(4)
    found = estimate_demand(sessions=sessions, department=department, departments=5, prior_mean=10.0)
    assert found.departments.sample_size.tolist() == [750, 750, 750, 750, 0]
    assert found.departments.mean[4] == pytest.approx(found.hospital.mean[0], rel=1e-9)
    assert found.clinics.mean[60] == pytest.approx(found.hospital.mean[0], rel=1e-9)


@pytest.mark.parametrize(("days_before", "most"), [(50, 0.05), (3, 0.4)])
@pytest.mark.parametrize("freak", [0, 150])
def test_one_freak_day_does_not_swing_a_clinic(days_before: int, most: float, freak: int) -> None:
    # Given departments of ordinary clinics and one clinic with this much history of its own
    rest = world(seed=3, quota=100, trace=0.0)
    clinic = np.append(rest.sessions.clinic, np.full(days_before, 60))
    taken = np.append(rest.sessions.taken, np.resize([15, 13, 17], days_before))
    department = np.append(rest.department, 1)

    def mean_of_clinic(clinic: np.ndarray, taken: np.ndarray) -> tuple[float, int]:
        none = np.zeros(clinic.size, dtype=int)
        sessions = Sessions.from_records(clinic=clinic, taken=taken, sold_out=none > 0, refused=none, clinics=61)
        found = estimate_demand(sessions=sessions, department=department, departments=4, prior_mean=10.0)
        return float(found.clinics.mean[60]), found.freak_sessions

    ordinary, freaks_before = mean_of_clinic(clinic, taken)
    # When one day is like no other
    swung, freaks = mean_of_clinic(np.append(clinic, 60), np.append(taken, freak))
    # Then that day is drawn in, and the mean stays about where it was (of 15, 15, 13, 17 and 150 it would be three times that)
    assert freaks == freaks_before + 1
    assert abs(swung / ordinary - 1) < most


def test_a_doctor_whose_quota_changed_keeps_the_same_demand() -> None:
    # Given quotas of 12 in the first half of the year and of 22 in the second, and a demand of 16 in both
    rng = np.random.default_rng(8)
    clinic, quota = np.repeat(np.arange(12), 48), np.tile(np.repeat([12, 22], 24), 12)
    demand = rng.poisson(16.0, clinic.size)
    sessions = records(clinic, demand, quota=quota, refused=np.zeros_like(demand), clinics=12)
    found = estimate_demand(sessions=sessions, department=np.zeros(12, dtype=int), departments=1, prior_mean=10.0)
    # Then the sessions that were cut off lower nothing
    assert np.mean(found.clinics.mean) == pytest.approx(16, rel=0.03)
    assert np.mean(sessions.taken) < 14.2


def test_a_change_that_lasts_is_believed() -> None:
    rest = world(seed=3, quota=100, trace=0.0)
    clinic = np.append(rest.sessions.clinic, np.full(20, 60))
    taken = np.append(rest.sessions.taken, np.full(20, 60))
    none = np.zeros(clinic.size, dtype=int)
    sessions = Sessions.from_records(clinic=clinic, taken=taken, sold_out=none > 0, refused=none, clinics=61)
    found = estimate_demand(sessions=sessions, department=np.append(rest.department, 1), departments=4, prior_mean=10.0)
    assert found.clinics.mean[60] == pytest.approx(60, rel=0.08)


def test_when_everything_sold_out_the_estimate_is_above_the_quota_finite_and_unsure() -> None:
    clinic = np.repeat([0, 1], 30)
    sessions = Sessions.from_records(
        clinic=clinic, taken=np.full(60, 20), sold_out=np.full(60, True), refused=np.zeros(60, dtype=int), clinics=2
    )
    found = estimate_demand(sessions=sessions, department=[0, 0], departments=1, prior_mean=15.0)
    assert (found.clinics.mean > 24).all()
    assert (found.clinics.mean < 200).all()
    assert (found.clinics.upper / found.clinics.lower > 1.2).all()
    assert found.sold_out_sessions.tolist() == [30, 30]


def test_without_any_history_the_prior_mean_stands() -> None:
    empty = np.array([], dtype=int)
    sessions = Sessions.from_records(clinic=empty, taken=empty, sold_out=empty > 0, refused=empty, clinics=2)
    found = estimate_demand(sessions=sessions, department=[0, 1], departments=2, prior_mean=12.0)
    assert found.clinics.mean == pytest.approx([12, 12], rel=1e-9)
    assert found.clinics.sample_size.tolist() == [0, 0]
    assert found.clinics.upper[0] > 2 * found.clinics.lower[0]


def test_quotas_of_zero_say_nothing() -> None:
    clinic = np.zeros(10, dtype=int)
    sessions = Sessions.from_records(clinic=clinic, taken=clinic, sold_out=clinic == 0, refused=clinic, clinics=1)
    found = estimate_demand(sessions=sessions, department=[0], departments=1, prior_mean=12.0)
    assert found.clinics.mean == pytest.approx([12], rel=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clinic": [2]}, "clinic must be below 2, not 2"),
        ({"taken": [-1]}, "taken must be at least 0"),
        ({"refused": [-1]}, "refused must be at least 0"),
        ({"refused": [0, 0]}, "refused must have 1 elements"),
        ({"sold_out": [1]}, "sold_out must be 1 booleans"),
        ({"taken": [1.5]}, "taken must be a one-dimensional array of integers"),
    ],
)
def test_impossible_sessions_are_refused(change: dict, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Sessions.from_records(**{"clinic": [0], "taken": [3], "sold_out": [False], "refused": [0], "clinics": 2} | change)


@pytest.mark.parametrize("prior_mean", [0.0, -1.0, float("nan"), float("inf")])
def test_a_prior_mean_that_is_none_is_refused(prior_mean: float) -> None:
    sessions = Sessions.from_records(clinic=[0], taken=[3], sold_out=[False], refused=[0], clinics=1)
    with pytest.raises(InvalidInput, match="prior_mean must be above 0"):
        estimate_demand(sessions=sessions, department=[0], departments=1, prior_mean=prior_mean)
