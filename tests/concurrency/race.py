"""Starting several things at the same moment, each on a connection of its own."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, connections

# Far above what any race here takes: a deadlock fails the test instead of hanging the run.
PATIENCE_SECONDS = 30


def race(*runners: Callable[[], Any]) -> list[Any]:
    """Run all at once; each one's result, or the exception that it raised, in the order given."""
    barrier = threading.Barrier(len(runners))

    def run(runner: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(PATIENCE_SECONDS)
            return runner()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(runners)) as pool:
        futures = [pool.submit(run, runner) for runner in runners]
        return [future.exception(PATIENCE_SECONDS) or future.result() for future in futures]


def kinds(results: Sequence[Any]) -> list[str]:
    """The sorted class names of what came out."""
    return sorted(type(result).__name__ for result in results)


def until_somebody_waits() -> None:
    """For a lock, on whatever connection."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            if cursor.fetchone() == (True,):
                return
        time.sleep(0.005)
    raise AssertionError("nobody waits")
