"""Writing all batches of a run, on several connections: counting and writing keep a processor each busy."""

import threading
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import connection, connections

from scoring.models import ScoringPolicy, ScoringRun
from scoring.services.batches import write_batch


def write_all_batches(*, run: ScoringRun, policy: ScoringPolicy, now: datetime, on_batch: Callable[[], None]) -> None:
    """Write whatever batches of the run are not done, also those that somebody else is at and does not end.

    `on_batch` is called after each of one's own. Whatever it raises, or writing does, ends the others as well.
    """
    is_enough = threading.Event()
    others: list[_BatchWriter] = []
    if run.batches.filter(is_done=False).count() > 1 and not connection.in_atomic_block:
        others = [_BatchWriter(run, policy, now, is_enough) for _ in range(settings.SCORING_CONNECTIONS - 1)]
    for other in others:
        other.start()
    try:
        while write_batch(run=run, policy=policy, now=now):
            on_batch()
    except BaseException:
        is_enough.set()
        raise
    finally:
        for other in others:
            other.join()
    # What somebody else is still at: waited for, and done here where they were killed.
    while write_batch(run=run, policy=policy, now=now, waits=True):
        on_batch()
    for other in others:
        if other.error is not None:
            raise other.error


class _BatchWriter(threading.Thread):
    """Writes batches of a run beside the one who began it, until none is left or it `is_enough`. Its error is raised there."""

    def __init__(self, run: ScoringRun, policy: ScoringPolicy, now: datetime, is_enough: threading.Event) -> None:
        super().__init__(name=f"scoring-run-{run.pk}")
        self._run, self._policy, self._now, self._is_enough = run, policy, now, is_enough
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._is_enough.is_set() and write_batch(run=self._run, policy=self._policy, now=self._now):
                pass
        except BaseException as error:  # noqa: BLE001 (kept for the thread that waits for this one)
            self.error = error
        finally:
            connections.close_all()
