"""The order of calling, as a pure function: the rules one by one, and what holds for every waiting room."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.models import QueuePriority
from booking.queue_order import EMERGENCY, ORDINARY, Alternation, Place, call_order, next_call

NINE = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
TWO_TO_ONE = Alternation(2)


def place(number: int, *, due: int = 0, arrived: int = 0, **fields: object) -> Place:
    """A patient due `due` and arrived `arrived` minutes after nine."""
    values: dict = {"priority": ORDINARY, "is_return_visit": False, "is_extra": False} | fields
    return Place(id=number, due_at=NINE + timedelta(minutes=due), arrived_at=NINE + timedelta(minutes=arrived), **values)


def ids(places: list[Place], *, alternation: Alternation = TWO_TO_ONE, minutes: int = 60) -> list[int]:
    return [one.id for one in call_order(places, alternation=alternation, now=NINE + timedelta(minutes=minutes))]


def test_the_classes_are_those_of_the_model() -> None:
    assert (EMERGENCY, ORDINARY) == (QueuePriority.EMERGENCY, QueuePriority.ORDINARY)


def test_the_window_decides_then_checking_in() -> None:
    assert ids([place(1, due=30, arrived=-20), place(2, arrived=5), place(3, arrived=1)]) == [3, 2, 1]


def test_emergencies_then_statutory_priority() -> None:
    ordinary, officer, hurt = place(1), place(2, due=30, priority=1), place(3, due=60, arrived=20, priority=0)
    assert ids([ordinary, officer, hurt]) == [3, 2, 1]


def test_a_head_start_lets_pass_who_is_due_less_than_that_earlier() -> None:
    """Tier B's window begins at 9:30, called as for 9:15: after 9:00, before 9:20."""
    assert ids([place(1, due=0), place(2, due=20), place(3, due=15)]) == [1, 3, 2]


def test_extra_seats_come_after_the_numbers_of_their_window_only() -> None:
    assert ids([place(1, arrived=-30, is_extra=True), place(2, arrived=20), place(3, due=30)]) == [2, 1, 3]


class TestReturnVisits:
    def test_two_first_visits_to_one(self) -> None:
        firsts = [place(n, due=n) for n in range(1, 6)]
        returns = [place(n, due=-60, is_return_visit=True) for n in (11, 12)]
        assert ids(firsts + returns) == [1, 2, 11, 3, 4, 12, 5]

    def test_goes_on_from_the_calls_that_were_made(self) -> None:
        waiting = [place(1, due=1), place(2, due=2), place(3, due=3), place(11, is_return_visit=True)]
        assert ids(waiting, alternation=Alternation(2, 1)) == [1, 11, 2, 3]
        assert ids(waiting, alternation=Alternation(2, 2)) == [11, 1, 2, 3]
        assert ids(waiting, alternation=Alternation(1, 0)) == [1, 11, 2, 3]

    def test_nobody_waits_for_somebody_who_is_not_there(self) -> None:
        assert ids([place(11, is_return_visit=True), place(12, is_return_visit=True)]) == [11, 12]

    def test_whoever_is_early_takes_no_part(self) -> None:
        """At 9:05 a return of 9:00 does not wait for two first visits of 10:00, nor overtake one of 9:00 as one of 10:00."""
        early = [place(1, due=60), place(2, due=60)]
        assert ids([*early, place(11, is_return_visit=True)], minutes=5) == [11, 1, 2]
        assert ids([place(1), place(2), place(11, due=60, is_return_visit=True), place(3)], minutes=5) == [1, 2, 3, 11]


class TestLate:
    def test_three_places_back(self) -> None:
        line = [place(n, due=n) for n in range(1, 7)]
        assert ids([place(9, due=0, arrived=55, places_back=3), *line]) == [1, 2, 3, 9, 4, 5, 6]

    def test_two_at_once_each_let_three_pass(self) -> None:
        late = [place(8, due=-2, places_back=3), place(9, due=-1, places_back=3)]
        assert ids([*late, *(place(n, due=n) for n in range(1, 6))]) == [1, 2, 3, 8, 9, 4, 5]

    def test_to_the_end_of_the_session_even_with_priority(self) -> None:
        waiting = [place(1, due=-60, to_the_end=True), place(2, due=-60, to_the_end=True, priority=1), place(3, due=90)]
        assert ids(waiting) == [3, 2, 1]

    def test_an_emergency_is_one_however_late(self) -> None:
        assert ids([place(1), place(2, due=60, places_back=3, to_the_end=True, priority=0)]) == [2, 1]

    def test_an_empty_room_waits_for_nobody(self) -> None:
        assert ids([place(1, places_back=3)]) == [1]
        assert ids([place(1, places_back=1), place(2, due=5, places_back=3)]) == [1, 2]

    def test_whom_the_call_passes_is_told(self) -> None:
        waiting = [place(8, due=-9, places_back=2), place(1), place(2, due=1, places_back=1), place(3, due=2)]
        call = next_call(waiting, alternation=TWO_TO_ONE, now=NINE + timedelta(hours=1))
        assert call is not None
        assert (call.place.id, call.passed) == (1, (8,))


def test_nobody() -> None:
    assert next_call([], alternation=TWO_TO_ONE, now=NINE) is None
    assert ids([]) == []


PLACES = st.builds(
    Place,
    id=st.integers(1, 99),
    priority=st.sampled_from([2, 2, 2, 2, 1, 0]),
    is_return_visit=st.booleans(),
    is_extra=st.booleans(),
    due_at=st.sampled_from([NINE + timedelta(minutes=minutes) for minutes in (-60, -30, -15, 0, 30, 60)]),
    arrived_at=st.sampled_from([NINE + timedelta(minutes=minutes) for minutes in (-20, -10, 0, 10)]),
    places_back=st.sampled_from([0, 0, 0, 1, 3]),
    to_the_end=st.sampled_from([False, False, False, True]),
)
ALTERNATIONS = st.builds(Alternation, st.integers(1, 4), st.integers(0, 4))
MOMENTS = st.sampled_from([NINE + timedelta(minutes=minutes) for minutes in (-60, 0, 90)])

Room = tuple[list[Place], Alternation, datetime]


def rooms() -> st.SearchStrategy[Room]:
    return st.tuples(st.lists(PLACES, max_size=9, unique_by=lambda one: one.id), ALTERNATIONS, MOMENTS)


# Without a deadline: a busy machine is no failure.
examples = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@examples
@given(rooms())
def test_everybody_is_called_once_whatever_order_they_are_given_in(room: Room) -> None:
    places, alternation, now = room
    order = call_order(places, alternation=alternation, now=now)
    assert sorted(one.id for one in order) == sorted(one.id for one in places)
    assert call_order(places[::-1], alternation=alternation, now=now) == order


@examples
@given(rooms())
def test_the_forecast_is_what_calling_one_by_one_comes_to(room: Room) -> None:
    """As the service does it: each call counts down, in the rows, the places of those that it passes."""
    places, alternation, now = room
    expected = call_order(places, alternation=alternation, now=now)
    called = []
    while call := next_call(places, alternation=alternation, now=now):
        called.append(call.place.id)
        alternation = alternation.after(call.place)
        places = [
            replace(one, places_back=max(one.places_back - (one.id in call.passed), 0)) for one in places if one is not call.place
        ]
    assert called == [one.id for one in expected]


@examples
@given(rooms())
def test_who_must_let_some_pass_lets_no_more_pass_than_that(room: Room) -> None:
    """Against the same room without anybody pushed back: nobody loses more places than the rule takes."""
    places, alternation, now = room
    # First visits only: a return that takes its turn is no overtaking.
    places = [replace(one, is_return_visit=False) for one in places]
    straight = [one.id for one in call_order([replace(one, places_back=0) for one in places], alternation=alternation, now=now)]
    pushed = [one.id for one in call_order(places, alternation=alternation, now=now)]
    for one in places:
        behind_before = set(straight[straight.index(one.id) + 1 :])
        ahead_now = set(pushed[: pushed.index(one.id)])
        allowed = 0 if one.priority == EMERGENCY else one.places_back
        assert len(behind_before & ahead_now) <= allowed


@examples
@given(rooms())
def test_nobody_on_time_waits_for_one_of_a_later_class_or_window(room: Room) -> None:
    places, alternation, now = room
    places = [replace(one, places_back=0) for one in places]
    order = call_order(places, alternation=alternation, now=now)
    for i, later in enumerate(order):
        for earlier in order[:i]:
            if later.to_the_end == earlier.to_the_end or EMERGENCY in (later.priority, earlier.priority):
                assert earlier.priority <= later.priority
            same_line = (earlier.priority, earlier.to_the_end, earlier.is_return_visit) == (
                later.priority,
                later.to_the_end,
                later.is_return_visit,
            )
            if same_line:
                assert (earlier.due_at, earlier.is_extra, earlier.arrived_at) <= (later.due_at, later.is_extra, later.arrived_at)


@examples
@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 4))
def test_the_alternation_keeps_its_ratio_while_both_wait(firsts: int, returns: int, ratio: int) -> None:
    waiting = [place(n, due=n) for n in range(firsts)] + [place(100 + n, due=-60, is_return_visit=True) for n in range(returns)]
    line = ["R" if number >= 100 else "F" for number in ids(waiting, alternation=Alternation(ratio))]
    both = min(firsts // ratio, returns)
    assert line[: both * (ratio + 1)] == (["F"] * ratio + ["R"]) * both
