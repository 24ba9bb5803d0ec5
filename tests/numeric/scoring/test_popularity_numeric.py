"""The rule of heat: where it lies, and that it neither flickers nor rewards being less wanted."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.numeric import popularity
from scoring.numeric.popularity import Ground, HotBounds, HotVerdict, judge_heat


def test_doctests() -> None:
    assert doctest.testmod(popularity).failed == 0


@pytest.mark.parametrize(
    ("sessions", "sold_out", "fill", "hours", "was_hot", "verdict"),
    [
        (4, 3, 95.0, 48.0, False, HotVerdict(True, Ground.POPULAR)),
        (3, 3, 100.0, 1.0, False, HotVerdict(False, Ground.TOO_FEW)),
        (3, 0, 10.0, None, True, HotVerdict(True, Ground.TOO_FEW)),
        (4, 3, 94.99, 1.0, False, HotVerdict(False, Ground.NOT_FULL)),
        (4, 2, 99.0, 1.0, False, HotVerdict(False, Ground.SELDOM_SOLD_OUT)),
        (4, 3, 99.0, 48.01, False, HotVerdict(False, Ground.SLOW)),
        (4, 3, 99.0, 48.01, True, HotVerdict(True, Ground.STILL_FULL)),
        (4, 0, 85.0, None, True, HotVerdict(True, Ground.STILL_FULL)),
        (4, 4, 84.99, 1.0, True, HotVerdict(False, Ground.COOLED)),
    ],
)
def test_bounds_belong_to_the_better_side(
    sessions: int, sold_out: int, fill: float, hours: float | None, was_hot: bool, verdict: HotVerdict
) -> None:
    told = judge_heat(
        sessions=sessions,
        sold_out_sessions=sold_out,
        fill_percent=fill,
        sell_out_hours=hours,
        was_hot=was_hot,
        bounds=HotBounds(),
    )
    assert told == verdict


bounds = st.builds(
    lambda low, high, least, hours: HotBounds(least, max(low, high), hours, min(low, high)),
    st.floats(0, 100),
    st.floats(0, 100),
    st.integers(1, 20),
    st.floats(0.5, 500),
)
sold = st.integers(0, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@given(bounds, sold, st.floats(0, 100), st.floats(0, 500), st.booleans())
def test_asked_twice_the_answer_is_the_same(
    limits: HotBounds, sold: tuple[int, int], fill: float, hours: float, was_hot: bool
) -> None:
    def judge(before: bool) -> bool:
        return judge_heat(
            sessions=sold[0],
            sold_out_sessions=sold[1],
            fill_percent=fill,
            sell_out_hours=hours if sold[1] else None,
            was_hot=before,
            bounds=limits,
        ).is_hot

    once = judge(was_hot)
    assert judge(once) == once


@given(bounds, sold, st.floats(0, 100), st.floats(0, 500), st.booleans(), st.floats(0, 100), st.floats(0, 500))
def test_fuller_and_faster_never_cools(
    limits: HotBounds, sold: tuple[int, int], fill: float, hours: float, was_hot: bool, more: float, less: float
) -> None:
    def judge(fill_percent: float, sell_out_hours: float) -> bool:
        return judge_heat(
            sessions=sold[0],
            sold_out_sessions=sold[1],
            fill_percent=fill_percent,
            sell_out_hours=sell_out_hours if sold[1] else None,
            was_hot=was_hot,
            bounds=limits,
        ).is_hot

    assert judge(min(100.0, fill + more), max(0.0, hours - less)) >= judge(fill, hours)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cool_fill_percent": 96},
        {"hot_fill_percent": 101},
        {"cool_fill_percent": -1},
        {"minimum_sessions": 0},
        {"sell_out_hours": 0},
    ],
)
def test_bounds_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"cool_fill_percent|positive"):
        HotBounds(**wrong)
