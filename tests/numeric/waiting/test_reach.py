"""A range that claims four waits of five, on simulated mornings whose truth is known."""

import doctest

import numpy as np
import pytest

from booking.queue_wait import CLAIMED_SHARE, Pace, Reach, WaitForecast, pace_today, planned_pace, wait_forecast
from capacity.numeric import wait_reach
from capacity.numeric.service_times import ServiceTimes
from capacity.numeric.simulation.line import first_come_first_served
from capacity.numeric.wait_reach import FURTHEST, measured_reach

PATIENTS, PLANNED = 24, Pace(10.0, 2.0)
Told = tuple[WaitForecast, float]


def mornings(count: int, *, service: ServiceTimes, late_minutes: float, seed: int) -> list[Told]:
    """What patients were told on arriving, and how long they then waited. The doctor opens `late_minutes` after the plan."""
    rng = np.random.default_rng(seed)
    arrives = np.sort(rng.uniform(-20, 200, (PATIENTS, count)), axis=0)
    takes = service.draw(rng, (PATIENTS, count))
    opens = np.maximum(arrives, late_minutes)
    calls = first_come_first_served(arrives=opens, service=takes, rooms=1)
    return [
        (told_at_arrival(now, calls[:, day], calls[:, day] + takes[:, day], place), calls[place, day] - now)
        for day in range(count)
        for place, now in enumerate(arrives[:, day])
    ]


def told_at_arrival(now: float, calls: np.ndarray, ends: np.ndarray, place: int) -> WaitForecast:
    before = slice(0, place)
    called, ended = calls[before] <= now, ends[before] <= now
    return wait_forecast(
        people_ahead=int((~called).sum()),
        pace=pace_today(seen_minutes=(ends - calls)[before][ended].tolist(), before=PLANNED),
        is_room_busy=bool((called & ~ended).any()),
        minutes_to_start=0.0 if called.any() else max(-now, 0.0),
    )


def held_share(told: list[Told], reach: Reach) -> float:
    ranges = [(forecast.range(reach), waited) for forecast, waited in told]
    return float(np.mean([one.low_minutes <= waited <= one.high_minutes for one, waited in ranges]))


def reach_of(told: list[Told]) -> Reach:
    scores = [(waited - forecast.mean_minutes) / forecast.deviation_minutes for forecast, waited in told]
    return Reach(*measured_reach(np.array(scores), claimed=CLAIMED_SHARE))


@pytest.mark.parametrize(
    ("service", "late_minutes", "unlearnt"),
    [
        (ServiceTimes.lognormal(mean_minutes=12, cv=1.2), 0.0, 0.72),
        (ServiceTimes.lognormal(mean_minutes=15, cv=0.6), 20.0, 0.68),
    ],
    ids=["far less regular than assumed", "late and slower than planned"],
)
def test_it_learns_to_hold_four_times_of_five(service: ServiceTimes, late_minutes: float, unlearnt: float) -> None:
    # Given a hospital whose mornings are not as the formula takes them: what it tells holds too seldom
    past = mornings(80, service=service, late_minutes=late_minutes, seed=1)
    assert held_share(past, Reach()) < unlearnt
    # When its last 1,900 waits set the reach
    reach = reach_of(past)
    # Then on other mornings of the same hospital the range holds as often as it claims, or a little more (whole minutes outwards,
    # and nobody waits less than nothing)
    coming = mornings(80, service=service, late_minutes=late_minutes, seed=2)
    assert 0.78 <= held_share(coming, reach) <= 0.9


def test_a_hospital_that_is_as_assumed_stays_as_it_is() -> None:
    service = ServiceTimes.lognormal(mean_minutes=10, cv=0.6)
    past, coming = (mornings(80, service=service, late_minutes=0.0, seed=seed) for seed in (1, 2))
    assert 0.78 <= held_share(coming, Reach()) <= 0.92
    assert 0.78 <= held_share(coming, reach_of(past)) <= 0.9


def test_the_documented_example_holds() -> None:
    assert doctest.testmod(wait_reach) == (0, 2)


def test_few_waits_move_little_and_many_speak_for_themselves() -> None:
    few, many = np.full(3, 5.0), np.full(4_000, 5.0)
    low, high = measured_reach(few, claimed=0.8)
    assert -1.3 < low < -1.1
    assert 1.3 < high < 2.5
    assert measured_reach(many, claimed=0.8) == (4.5, 5.0)
    scores = np.random.default_rng(1).normal(1.0, 3.0, 20_000)
    assert measured_reach(scores, claimed=0.8) == pytest.approx((1 - 3 * 1.2816, 1 + 3 * 1.2816), abs=0.1)


def test_one_absurd_wait_is_no_rule() -> None:
    low, high = measured_reach(np.array([1e6]), claimed=0.8)
    assert -1.4 < low < high < 1.6
    assert measured_reach(np.full(10_000, 1e6), claimed=0.8)[1] == FURTHEST


def test_what_is_no_share_and_no_score() -> None:
    for claimed in (0.0, 1.0, float("nan")):
        with pytest.raises(ValueError, match="claimed must be"):
            measured_reach(np.array([]), claimed=claimed)
    with pytest.raises(ValueError, match="scores must be finite"):
        measured_reach(np.array([np.nan]), claimed=0.8)


def test_the_plan_is_two_consultations() -> None:
    assert planned_pace(session_minutes=200, rated_capacity=20) == PLANNED
