"""How often told ranges held: the interval on simulated departments whose truth is known, and when nothing is told."""

import numpy as np
import pytest

from capacity.numeric.range_calibration import FEWEST_SESSIONS, FEWEST_WAITS, RangeCalibration, range_calibration
from capacity.numeric.wait_reach import measured_reach


def calibrated(ended: list[int] | np.ndarray, session: list[int] | np.ndarray) -> RangeCalibration | None:
    return range_calibration(scores=np.zeros(len(ended)), ended=np.array(ended), session=np.array(session), claimed=0.8)


def test_shares_and_the_reach_are_those_of_the_waits() -> None:
    scores = np.linspace(-1, 4, 100)
    ended = np.repeat([-1, 0, 1], [10, 70, 20])
    found = range_calibration(scores=scores, ended=ended, session=np.arange(100), claimed=0.8)
    assert found is not None
    assert (found.earlier, found.share, found.later) == (0.1, 0.7, 0.2)
    assert found.reach == measured_reach(scores, claimed=0.8)


def test_waits_of_their_own_give_wilsons_interval() -> None:
    # 81 of 263, as published: Newcombe, Statistics in Medicine 17, 1998, table I
    found = calibrated(np.repeat([0, 1], [81, 182]), np.arange(263))
    assert found is not None
    assert (found.lower, found.upper) == pytest.approx((0.2553, 0.3662), abs=1e-3)


@pytest.mark.parametrize(
    ("waits", "sessions"), [(0, 0), (FEWEST_WAITS - 1, FEWEST_WAITS - 1), (1000, FEWEST_SESSIONS - 1)], ids=str
)
def test_too_few_waits_or_sessions_tell_nothing(waits: int, sessions: int) -> None:
    assert calibrated(np.zeros(waits, dtype=np.int64), np.arange(waits) % max(sessions, 1)) is None


def test_just_enough_do() -> None:
    found = calibrated(np.zeros(FEWEST_WAITS, dtype=np.int64), np.arange(FEWEST_WAITS) % FEWEST_SESSIONS)
    assert found is not None
    # All held: still not certain that all will.
    assert (found.share, found.upper) == (1.0, 1.0)
    assert 0.9 < found.lower < 0.95


def test_one_bad_morning_is_no_verdict() -> None:
    # Given nine sessions of ten waits in which nine in ten held, and one in which none did
    ended = np.where(np.arange(100) % 10 == 0, 1, 0)
    ended[90:] = 1
    together, apart = calibrated(ended, np.arange(100) // 10), calibrated(ended, np.arange(100))
    assert together is not None
    assert apart is not None
    assert together.share == apart.share == pytest.approx(0.81)
    assert together.upper - together.lower > 1.8 * (apart.upper - apart.lower)


def test_the_interval_holds_the_truth_where_single_draws_would_not() -> None:
    rng = np.random.default_rng(4)
    session = np.arange(300) // 10
    covered = {"together": 0, "apart": 0}
    for _ in range(400):
        # Sessions differ: four in five hold on average
        chance = rng.beta(4, 1, 30)[session]
        ended = np.where(rng.random(300) < chance, 0, 1)
        for name, whose in (("together", session), ("apart", np.arange(300))):
            found = calibrated(ended, whose)
            assert found is not None
            covered[name] += found.lower <= 0.8 <= found.upper
    assert covered["together"] / 400 == pytest.approx(0.94, abs=0.03)
    assert covered["apart"] / 400 < 0.86
