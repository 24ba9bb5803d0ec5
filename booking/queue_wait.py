"""How long a waiting patient still waits, as a range: pure arithmetic.

With n patients ahead, R rooms and consultations of mean m minutes and coefficient of variation c that do not depend on each
other, the time until the own call has the mean n·m / R and the variance n·(c·m / R)². The mean m itself is known from k
consultations only and is off by c·m / √k for all n at once, which adds (n / R)²·(c·m)² / k. Who is in the room now keeps it for
the rest of a consultation: m·(1 + c²) / 2 on average, with the third moment of a gamma law for its variance (the residual life
of a renewal process; Ross, *Stochastic Processes*, 2nd ed. (1996), section 3.6). A session that has not begun adds the time until
it does.

The range reaches from some standard deviations below that mean to some above, by default 1.28: four waits of five end within
it where the sum is near normal. A hospital whose waits were seen to end elsewhere has its own two numbers (WaitCalibration):
they hold what no model knows, patients who come later and are called earlier, doctors who are late. It is told in whole minutes,
rounded outwards.

c = 0.6 is the middle of what outpatient clinics observe, 0.35 to 0.85 (Cayirli & Veral, "Outpatient scheduling in health care: a
review of literature", Production and Operations Management 12(4), 2003); where consultations were timed, theirs is taken.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

COEFFICIENT_OF_VARIATION = 0.6
DEVIATIONS = 1.28
# The share of waits that a range claims to hold.
CLAIMED_SHARE = 0.8
# More than the last ten consultations say less about now.
LAST_SEEN = 10
# What is known before anybody was seen today, in consultations that say as much: a plan is a wish; a doctor's own mean of many
# days is right but for what makes today different.
PLAN_WORTH = 2.0
HISTORY_WORTH = 5.0
# Opening the door, walking in, pressing the button: no range is a single minute.
LEAST_DEVIATION_MINUTES = 1.5


@dataclass(frozen=True, slots=True)
class WaitRange:
    low_minutes: int
    high_minutes: int


@dataclass(frozen=True, slots=True)
class Pace:
    """Consultations of `minutes` on average, as far as `rests_on` of them tell, and their coefficient of variation."""

    minutes: float
    rests_on: float
    cv: float = COEFFICIENT_OF_VARIATION


@dataclass(frozen=True, slots=True)
class Reach:
    """How many standard deviations below (negative) and above the mean a range goes."""

    low: float = -DEVIATIONS
    high: float = DEVIATIONS


@dataclass(frozen=True, slots=True)
class WaitForecast:
    mean_minutes: float
    deviation_minutes: float

    def range(self, reach: Reach = Reach()) -> WaitRange:
        """The minutes between which the call is expected.

        >>> WaitForecast(40, 12.5).range()
        WaitRange(low_minutes=24, high_minutes=56)
        """
        low = max(self.mean_minutes + reach.low * self.deviation_minutes, 0.0)
        high = max(self.mean_minutes + reach.high * self.deviation_minutes, 0.0)
        return WaitRange(math.floor(low), math.ceil(high))


def planned_pace(*, session_minutes: float, rated_capacity: int) -> Pace:
    """What a plan says of a doctor nobody has timed.

    >>> planned_pace(session_minutes=240, rated_capacity=20)
    Pace(minutes=12.0, rests_on=2.0, cv=0.6)
    """
    return Pace(session_minutes / max(rated_capacity, 1), PLAN_WORTH)


def pace_today(*, seen_minutes: Sequence[float], before: Pace) -> Pace:
    """What was known `before` today, corrected by the last ten consultations of today (oldest first).

    >>> pace_today(seen_minutes=[5, 6, 10, 9], before=Pace(12, 2.0))
    Pace(minutes=9.0, rests_on=6.0, cv=0.6)
    """
    last = seen_minutes[-LAST_SEEN:]
    rests_on = before.rests_on + len(last)
    return Pace((before.minutes * before.rests_on + sum(last)) / rests_on, rests_on, before.cv)


def wait_forecast(
    *, people_ahead: int, pace: Pace, rooms: int = 1, is_room_busy: bool = False, minutes_to_start: float = 0.0
) -> WaitForecast:
    """The mean and standard deviation of the minutes until the call.

    >>> wait_forecast(people_ahead=4, pace=Pace(10, math.inf))
    WaitForecast(mean_minutes=40.0, deviation_minutes=12.0)
    >>> wait_forecast(people_ahead=0, pace=Pace(10, 2), minutes_to_start=20)
    WaitForecast(mean_minutes=20.0, deviation_minutes=1.5)
    """
    each, square = pace.minutes / rooms, pace.cv**2
    mean = people_ahead * each
    variance = square * each**2 * (people_ahead + people_ahead**2 / pace.rests_on)
    if is_room_busy:
        mean += each * (1 + square) / 2
        variance += each**2 * (1 + square) * ((1 + 2 * square) / 3 - (1 + square) / 4)
    return WaitForecast(minutes_to_start + mean, max(math.sqrt(variance), LEAST_DEVIATION_MINUTES))
