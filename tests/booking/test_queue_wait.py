"""The range of waiting time: hand-computed values, what must hold always, and a simulation that knows nothing of the formula."""

import doctest
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking import queue_wait
from booking.queue_wait import (
    COEFFICIENT_OF_VARIATION,
    Pace,
    Reach,
    WaitForecast,
    WaitRange,
    pace_today,
    planned_pace,
    wait_forecast,
)

KNOWN = math.inf


def test_the_documented_examples_hold() -> None:
    assert doctest.testmod(queue_wait) == (0, 5)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        # Nobody ahead: a door takes a minute or two.
        ({"people_ahead": 0, "pace": Pace(12, KNOWN)}, WaitRange(0, 2)),
        # The rest of a consultation: 12·1.36/2 = 8.16, ± 1.28·12·√(1.36·(1.72/3 − 0.34)) = 8.16 ± 8.66
        ({"people_ahead": 0, "pace": Pace(12, KNOWN), "is_room_busy": True}, WaitRange(0, 17)),
        # 9·10 ± 1.28·0.6·10·3 = 90 ± 23.04
        ({"people_ahead": 9, "pace": Pace(10, KNOWN)}, WaitRange(66, 114)),
        # … and of a mean of nine consultations: 90 ± 1.28·0.6·10·√(9 + 81/9) = 90 ± 32.6
        ({"people_ahead": 9, "pace": Pace(10, 9)}, WaitRange(57, 123)),
        # … of regular ones: 90 ± 1.28·0.3·10·3 = 90 ± 11.52
        ({"people_ahead": 9, "pace": Pace(10, KNOWN, 0.3)}, WaitRange(78, 102)),
        ({"people_ahead": 9, "pace": Pace(10, KNOWN), "rooms": 3}, WaitRange(22, 38)),
        ({"people_ahead": 1, "pace": Pace(10, KNOWN), "minutes_to_start": 20}, WaitRange(22, 38)),
    ],
)
def test_by_hand(arguments: dict, expected: WaitRange) -> None:
    assert wait_forecast(**arguments).range() == expected


def test_a_hospitals_own_reach() -> None:
    forecast = WaitForecast(mean_minutes=30, deviation_minutes=10)
    assert forecast.range(Reach(low=-0.5, high=2.25)) == WaitRange(25, 53)
    assert forecast.range(Reach(low=-4, high=-3.5)) == WaitRange(0, 0)


def test_today_takes_the_plans_place_one_consultation_after_the_other() -> None:
    plan = planned_pace(session_minutes=240.0, rated_capacity=20)
    assert pace_today(seen_minutes=[], before=plan) == plan == Pace(12.0, 2.0)
    assert pace_today(seen_minutes=[6.0], before=plan) == Pace(10.0, 3.0)
    # The last ten, and the plan as two more.
    assert pace_today(seen_minutes=[60.0] * 5 + [6.0] * 10, before=plan) == Pace(7.0, 12.0)
    assert pace_today(seen_minutes=[6.0], before=Pace(9.0, 5.0, 0.4)) == Pace(8.5, 6.0, 0.4)
    assert planned_pace(session_minutes=240, rated_capacity=0).minutes == 240


@settings(deadline=None, derandomize=True)
@given(st.integers(0, 60), st.floats(0.5, 60), st.floats(2, 40), st.integers(1, 5), st.booleans())
def test_more_people_take_longer_and_are_told_less_surely(
    ahead: int, minutes: float, rests_on: float, rooms: int, is_busy: bool
) -> None:
    def told(people: int) -> WaitForecast:
        return wait_forecast(people_ahead=people, pace=Pace(minutes, rests_on), rooms=rooms, is_room_busy=is_busy)

    assert told(ahead).mean_minutes < told(ahead + 1).mean_minutes
    assert told(ahead).deviation_minutes <= told(ahead + 1).deviation_minutes
    assert 0 <= told(ahead).range().low_minutes < told(ahead).range().high_minutes


@pytest.mark.parametrize("ahead", [3, 8, 20])
@pytest.mark.parametrize("timed", [4, 12])
def test_four_of_five_simulated_waits_end_within_it(ahead: int, timed: int) -> None:
    """Consultations drawn from a gamma distribution of the stated variation, right-skewed as real ones are, with a mean that
    is known from a few of them."""
    shape = 1 / COEFFICIENT_OF_VARIATION**2
    draws = np.random.default_rng(20260312).gamma(shape, 10 / shape, size=(10_000, timed + ahead))
    within = 0
    for seen, waited in zip(draws[:, :timed].mean(axis=1), draws[:, timed:].sum(axis=1), strict=True):
        told = wait_forecast(people_ahead=ahead, pace=Pace(seen, timed)).range()
        within += told.low_minutes <= waited <= told.high_minutes
    # Too few consultations to know the mean by make the estimate of the spread too small as often as too large.
    assert 0.76 <= within / len(draws) <= 0.86


def test_what_is_left_of_a_consultation() -> None:
    """Looked into at a random moment of a long morning."""
    shape = 1 / 0.6**2
    rng = np.random.default_rng(5)
    ends = rng.gamma(shape, 10 / shape, size=200_000).cumsum()
    moments = rng.uniform(0, ends[-1] * 0.99, 50_000)
    left = ends[ends.searchsorted(moments)] - moments
    told = wait_forecast(people_ahead=0, pace=Pace(10, KNOWN), is_room_busy=True)
    assert told.mean_minutes == pytest.approx(left.mean(), rel=0.02)
    assert told.deviation_minutes == pytest.approx(left.std(), rel=0.02)
