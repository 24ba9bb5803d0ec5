"""Whoever needs several locks takes them in one order (booking/locks.py): no mix of services ever waits in a circle."""

from datetime import datetime
from typing import Any

import pytest

from booking.locks import limit_lock_waits, lock_patient
from booking.services import appointments
from hospitals.locks import lock_session
from tests.concurrency.mixes import ACTIONS, make_small_world, run_mix
from wechat.emulator.testing import Emulator

THREADS, STEPS = 10, 40
SEEDS = (1, 2, 3)


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
    for seed in range(4):
        found = run_mix(make_small_world(now), seed=seed, threads=1, steps=150)
        assert found.faults == []
        done |= found.done.keys()
    assert ACTIONS.keys() - done == set()


def test_control_with_the_locks_taken_in_the_wrong_order_a_circle_is_found(
    now: datetime, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bookings that lock the session first meet moves and joins that lock the patient first."""

    def wrong_way_round(*, patient_id: int, session_id: int) -> Any:
        limit_lock_waits()
        session = lock_session(session_id)
        return lock_patient(patient_id), session

    monkeypatch.setattr(appointments, "lock_patient_and_session", wrong_way_round)
    mixes = (run_mix(make_small_world(now), seed=seed, threads=THREADS, steps=STEPS) for seed in SEEDS)
    assert any(found.deadlocks for found in mixes)
