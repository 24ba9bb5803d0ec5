"""Whoever needs several locks takes them in one order (booking/locks.py): no mix of services ever waits in a circle."""

from datetime import datetime
from typing import Any

import pytest

from booking.services import appointments
from hospitals.locks import lock_session_in_time
from tests.concurrency.mixes import ACTIONS, make_small_world, run_mix
from wechat.emulator.testing import Emulator

THREADS, STEPS = 10, 40
SEEDS = (1, 2, 3)
# Of one thread's: together they reach everything. Where a change of the actions makes that untrue, others are tried.
QUICKEST = (12, 21, 0)


@pytest.fixture(autouse=True)
def _statements_as_text(settings: Any) -> None:
    """So that it can be seen which of them lock."""
    settings.DATABASE_PREPARES = False


@pytest.mark.parametrize("seed", SEEDS)
def test_no_mix_deadlocks(now: datetime, emulator: Emulator, seed: int) -> None:
    found = run_mix(make_small_world(now), seed=seed, threads=THREADS, steps=STEPS)
    assert (found.deadlocks, found.faults) == ([], [])
    assert sorted(set(found.unbounded)) == []
    assert sum(found.done.values()) + sum(found.refused.values()) == THREADS * STEPS


def test_the_mixes_reach_everything(now: datetime, emulator: Emulator) -> None:
    """One thread, so that it is the same each time: nothing is only ever refused."""
    done: set[str] = set()
    for seed in (*QUICKEST, *range(16)):
        found = run_mix(make_small_world(now), seed=seed, threads=1, steps=120)
        assert (found.faults, found.unbounded) == ([], [])
        done |= found.done.keys()
        if done == ACTIONS.keys():
            break
    assert ACTIONS.keys() - done == set()


def test_control_with_the_locks_taken_in_the_wrong_order_a_circle_is_found(
    now: datetime, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bookings that lock the session first meet moves and joins that lock the patient first."""

    in_order = appointments.lock_wanted

    def session_first(**wanted: Any) -> Any:
        lock_session_in_time(wanted["slot"].session_id)
        return in_order(**wanted)

    monkeypatch.setattr(appointments, "lock_wanted", session_first)
    mixes = (run_mix(make_small_world(now), seed=seed, threads=THREADS, steps=STEPS) for seed in SEEDS)
    assert any(found.deadlocks for found in mixes)
