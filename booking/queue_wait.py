"""How long a waiting patient still waits, as a range: pure arithmetic.

With n patients ahead, R rooms and consultations of mean m minutes and coefficient of variation c that do not depend on each
other, the time until the own call has the mean n·m / R and the standard deviation c·m·√n / R. The range is that mean ± z standard
deviations with z = 1.28: four waits of five end within it where the sum is near normal. Who is in the room now needs anything
from nothing to one consultation more, which the upper end adds; a session that has not begun adds the time until it does. It is
told in whole minutes, rounded outwards.

c = 0.6 is the middle of what outpatient clinics observe, 0.35 to 0.85 (Cayirli & Veral, "Outpatient scheduling in health care: a
review of literature", Production and Operations Management 12(4), 2003).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

COEFFICIENT_OF_VARIATION = 0.6
DEVIATIONS = 1.28
# Fewer consultations than this say less about today than the plan does; more than the last ten say less about now.
FEWEST_SEEN = 3
LAST_SEEN = 10


@dataclass(frozen=True, slots=True)
class WaitRange:
    low_minutes: int
    high_minutes: int


def service_minutes(*, seen_minutes: Sequence[float], session_minutes: float, rated_capacity: int) -> float:
    """Mean minutes of a consultation: of today's last ten (oldest first), or as planned while fewer than three are known.

    >>> service_minutes(seen_minutes=[], session_minutes=240, rated_capacity=20)
    12.0
    >>> service_minutes(seen_minutes=[5, 6, 10], session_minutes=240, rated_capacity=20)
    7.0
    """
    if len(seen_minutes) < FEWEST_SEEN:
        return session_minutes / max(rated_capacity, 1)
    last = seen_minutes[-LAST_SEEN:]
    return sum(last) / len(last)


def wait_range(
    *, people_ahead: int, minutes_each: float, rooms: int = 1, is_room_busy: bool = False, minutes_to_start: float = 0.0
) -> WaitRange:
    """The range in minutes until the call.

    >>> wait_range(people_ahead=4, minutes_each=10)
    WaitRange(low_minutes=24, high_minutes=56)
    >>> wait_range(people_ahead=0, minutes_each=10, is_room_busy=True)
    WaitRange(low_minutes=0, high_minutes=10)
    """
    mean = people_ahead * minutes_each / rooms
    reach = DEVIATIONS * COEFFICIENT_OF_VARIATION * minutes_each * math.sqrt(people_ahead) / rooms
    in_the_room = minutes_each / rooms if is_room_busy else 0.0
    return WaitRange(
        low_minutes=math.floor(minutes_to_start + max(mean - reach, 0.0)),
        high_minutes=math.ceil(minutes_to_start + mean + reach + in_the_room),
    )
