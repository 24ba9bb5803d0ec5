"""The range of waiting time: hand-computed values, what must hold always, and a simulation that knows nothing of the formula."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.queue_wait import COEFFICIENT_OF_VARIATION, WaitRange, service_minutes, wait_range


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"people_ahead": 0, "minutes_each": 12}, WaitRange(0, 0)),
        ({"people_ahead": 0, "minutes_each": 12, "is_room_busy": True}, WaitRange(0, 12)),
        # 9·10 ± 1.28·0.6·10·3 = 90 ± 23.04
        ({"people_ahead": 9, "minutes_each": 10}, WaitRange(66, 114)),
        ({"people_ahead": 9, "minutes_each": 10, "rooms": 3, "is_room_busy": True}, WaitRange(22, 42)),
        ({"people_ahead": 1, "minutes_each": 10, "minutes_to_start": 20}, WaitRange(22, 38)),
    ],
)
def test_by_hand(arguments: dict, expected: WaitRange) -> None:
    assert wait_range(**arguments) == expected


def test_the_plan_speaks_until_three_were_seen_then_the_last_ten() -> None:
    planned = {"session_minutes": 240.0, "rated_capacity": 20}
    assert service_minutes(seen_minutes=[1.0, 1.0], **planned) == 12.0
    assert service_minutes(seen_minutes=[60.0] * 5 + [6.0] * 10, **planned) == 6.0


@settings(deadline=None, derandomize=True)
@given(st.integers(0, 60), st.floats(0.5, 60), st.integers(1, 5), st.booleans())
def test_more_people_never_wait_less(ahead: int, minutes: float, rooms: int, is_busy: bool) -> None:
    def told(people: int) -> WaitRange:
        return wait_range(people_ahead=people, minutes_each=minutes, rooms=rooms, is_room_busy=is_busy)

    assert 0 <= told(ahead).low_minutes <= told(ahead).high_minutes
    assert told(ahead).high_minutes <= told(ahead + 1).high_minutes
    assert told(ahead).low_minutes <= told(ahead + 1).low_minutes


@pytest.mark.parametrize("ahead", [3, 8, 20])
def test_four_of_five_simulated_waits_end_within_it(ahead: int) -> None:
    """Consultations drawn from a gamma distribution of the stated variation, right-skewed as real ones are."""
    shape = 1 / COEFFICIENT_OF_VARIATION**2
    draws = np.random.default_rng(20260312).gamma(shape, 10 / shape, size=(20_000, ahead)).sum(axis=1)
    told = wait_range(people_ahead=ahead, minutes_each=10)
    within = ((draws >= told.low_minutes) & (draws <= told.high_minutes)).mean()
    assert 0.78 <= within <= 0.86
