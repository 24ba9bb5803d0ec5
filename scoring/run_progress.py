"""How far a scoring run is: what the command and the admin show while it goes on."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from scoring.models import RunState, ScoringRun

# A run without progress for so long was killed: its steps take seconds.
STALLED_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class RunProgress:
    """`percent` is a whole number, 100 only at the end; the rate and what is left are None where nothing is done yet."""

    percent: int
    steps_done: int
    steps_expected: int
    steps_a_second: float | None
    seconds_left: float | None


def progress_of(run: ScoringRun) -> RunProgress:
    """By the steps done so far and the seconds that they took; more may have become due since the run was laid out."""
    if run.state == RunState.FINISHED:
        return RunProgress(100, run.steps_done, run.steps_expected, _rate(run), 0)
    expected = max(run.steps_expected, run.steps_done)
    percent = min(run.steps_done * 100 // expected, 99) if expected else 0
    rate = _rate(run)
    left = (expected - run.steps_done) / rate if rate and run.state == RunState.RUNNING else None
    return RunProgress(percent, run.steps_done, expected, rate, left)


def _rate(run: ScoringRun) -> float | None:
    return run.steps_done / run.seconds if run.steps_done and run.seconds else None


def is_stalled(run: ScoringRun, *, now: datetime) -> bool:
    """Whether a run that is not over was killed, by the time since its last step."""
    return run.state == RunState.RUNNING and (run.advanced_at or run.started_at) < now - STALLED_AFTER


class RunClock:
    """The time as one process goes on with a run: `began_at` is when it began, and others may have spent seconds before."""

    def __init__(self, *, now: datetime, run: ScoringRun) -> None:
        self.began_at = now
        self._before, self._started = run.seconds or 0, time.perf_counter()

    def read(self) -> tuple[datetime, float]:
        """The moment, and the seconds that the run has taken until it."""
        passed = time.perf_counter() - self._started
        return self.began_at + timedelta(seconds=passed), round(self._before + passed, 3)
