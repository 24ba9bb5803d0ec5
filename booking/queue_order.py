"""In what order a waiting room is called: one pure function, so that the rule can be read and proven by itself.

The order (domain-rules.md, "On the day"):

1. emergencies, then statutory priority, then everybody else;
2. whoever came too late for the grace period is at the end of the session;
3. within these, the window's start less the tier's head start, 加号 after the numbered patients of their window, then check-in;
4. of those whose time has come, `first_visits_per_return` first visits alternate with one returning patient (回诊), who was due
   hours ago and would otherwise pass everybody; whoever is early waits for the own time and takes no part;
5. who was late, or did not answer a call, lets the next `places_back` patients pass who would have come after. The places are
   counted down as others are called: a fixed place in a queue that moves up would never be reached.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

EMERGENCY = 0
ORDINARY = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A waiting patient, as far as the order of calling looks. Smaller `priority` is called earlier."""

    id: int
    priority: int
    is_return_visit: bool
    is_extra: bool
    due_at: datetime
    arrived_at: datetime
    places_back: int = 0
    to_the_end: bool = False


@dataclass(frozen=True, slots=True)
class Alternation:
    """How many first visits go before a return, and how many ordinary ones were called since the last return."""

    first_visits_per_return: int
    first_visits_since_return: int = 0

    def after(self, place: Place) -> "Alternation":
        """The count once `place` has been called; priority patients stand outside of it."""
        if place.priority != ORDINARY:
            return self
        since = 0 if place.is_return_visit else self.first_visits_since_return + 1
        return Alternation(self.first_visits_per_return, since)


@dataclass(frozen=True, slots=True)
class NextCall:
    """Who is called next, and the ids of those pushed back whom that one passes: each has a place less to go."""

    place: Place
    passed: tuple[int, ...]


def next_call(places: Iterable[Place], *, alternation: Alternation, now: datetime) -> NextCall | None:
    """Return whom to call, or None where nobody waits."""
    return _next(sorted(places, key=_turn), {}, alternation, now)


def call_order(places: Iterable[Place], *, alternation: Alternation, now: datetime) -> list[Place]:
    """Return everybody in the order in which they would be called if nobody else came: `next_call` over and over."""
    waiting = sorted(places, key=_turn)
    gone_by: dict[int, int] = {}
    order: list[Place] = []
    while call := _next(waiting, gone_by, alternation, now):
        order.append(call.place)
        waiting.remove(call.place)
        alternation = alternation.after(call.place)
        for place_id in call.passed:
            gone_by[place_id] = gone_by.get(place_id, 0) + 1
    return order


def _turn(place: Place) -> tuple[bool, int, datetime, bool, datetime, int]:
    return (_is_at_the_end(place), place.priority, place.due_at, place.is_extra, place.arrived_at, place.id)


def _is_at_the_end(place: Place) -> bool:
    # An emergency is one however late it comes.
    return place.to_the_end and place.priority != EMERGENCY


def _next(waiting: Sequence[Place], gone_by: dict[int, int], alternation: Alternation, now: datetime) -> NextCall | None:
    """The first in line who need let nobody pass; where all must, the first of all."""
    if not waiting:
        return None

    def may_go(place: Place) -> bool:
        return place.priority == EMERGENCY or place.places_back <= gone_by.get(place.id, 0)

    chosen = next((place for place in _line(waiting, alternation, now) if may_go(place)), None)
    if chosen is None:
        return NextCall(next(_line(waiting, alternation, now)), ())
    passed = takewhile(lambda place: place is not chosen, _line(waiting, alternation, now))
    return NextCall(chosen, tuple(place.id for place in passed))


def _line(waiting: Sequence[Place], alternation: Alternation, now: datetime) -> Iterator[Place]:
    """The line as it would stand if nobody had been pushed back. `waiting` is sorted by `_turn`."""
    due = [place for place in waiting if place.priority == ORDINARY and not place.to_the_end and place.due_at <= now]
    yield from (place for place in waiting if place.priority != ORDINARY and not _is_at_the_end(place))
    yield from _alternate(due, alternation)
    yield from (place for place in waiting if place.priority == ORDINARY and not place.to_the_end and place.due_at > now)
    yield from (place for place in waiting if _is_at_the_end(place))


def _alternate(due: Sequence[Place], alternation: Alternation) -> Iterator[Place]:
    firsts = [place for place in reversed(due) if not place.is_return_visit]
    returns = [place for place in reversed(due) if place.is_return_visit]
    while firsts or returns:
        is_returns_turn = alternation.first_visits_since_return >= alternation.first_visits_per_return
        place = returns.pop() if returns and (is_returns_turn or not firsts) else firsts.pop()
        alternation = alternation.after(place)
        yield place
