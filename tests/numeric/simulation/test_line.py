"""Who is called when: by hand, and the two ways of computing it against each other."""

import numpy as np
import pytest

from capacity.numeric.simulation.line import called_by_turn, first_come_first_served

NEVER = np.inf


def turn(arrives: list[float], due: list[float], service: list[float], *, extra: tuple[int, ...] = (), rooms: int = 1) -> list:
    is_extra = np.zeros((len(arrives), 1), dtype=bool)
    is_extra[list(extra)] = True
    column = [np.array(values, dtype=float)[:, np.newaxis] for values in (arrives, due, service)]
    calls = called_by_turn(arrives=column[0], due=column[1], is_extra=is_extra, service=column[2], rooms=rooms)
    return calls[:, 0].tolist()


def test_whose_window_began_first_goes_first_among_those_who_are_there() -> None:
    # At minute 0 only the patient of the second window is there; from then on the first window's go first.
    assert turn([5, 0, 6], [0, 30, 0], [10, 10, 10]) == [10, 0, 20]


def test_a_room_waits_for_nobody_who_is_not_there() -> None:
    assert turn([0, 40], [0, 30], [10, 10]) == [0, 40]


def test_an_extra_comes_after_its_windows_numbers_and_before_the_next_window() -> None:
    assert turn([0, 1, 2, 2], [0, 0, 0, 30], [10, 10, 10, 10], extra=(1,)) == [0, 20, 10, 30]


def test_nobody_comes_early_enough_to_open_the_doors() -> None:
    assert turn([-20, -10], [0, 0], [5, 5]) == [0, 5]


def test_who_does_not_come_is_not_called() -> None:
    assert turn([0, NEVER, 3], [0, 0, 0], [10, 10, 10]) == [0, NEVER, 10]
    assert turn([NEVER, NEVER], [0, 0], [10, 10]) == [NEVER, NEVER]
    assert turn([], [], []) == []


def test_two_rooms_share_the_line() -> None:
    assert turn([0, 0, 0, 0], [0, 0, 0, 0], [10, 4, 3, 5], rooms=2) == [0, 0, 4, 7]


@pytest.mark.parametrize("rooms", [1, 2, 5])
def test_without_windows_both_ways_are_one(rooms: int) -> None:
    rng = np.random.default_rng(3)
    arrives = rng.exponential(3, (80, 40)).cumsum(axis=0)
    service = rng.exponential(3 * rooms, (80, 40))
    by_turn = called_by_turn(
        arrives=arrives, due=np.zeros_like(arrives), is_extra=np.zeros(arrives.shape, dtype=bool), service=service, rooms=rooms
    )
    np.testing.assert_allclose(by_turn, first_come_first_served(arrives=arrives, service=service, rooms=rooms), rtol=0, atol=1e-9)


def test_a_rooms_consultations_never_overlap() -> None:
    rng = np.random.default_rng(4)
    arrives, service = rng.uniform(0, 200, (30, 50)), rng.exponential(10, (30, 50))
    due = np.floor(rng.uniform(0, 200, (30, 50)) / 30) * 30
    calls = called_by_turn(arrives=arrives, due=due, is_extra=rng.random((30, 50)) < 0.1, service=service, rooms=1)
    order = calls.argsort(axis=0)
    starts = np.take_along_axis(calls, order, axis=0)
    ends = starts + np.take_along_axis(service, order, axis=0)
    assert (starts[1:] >= ends[:-1]).all()
    assert (calls >= arrives).all()
