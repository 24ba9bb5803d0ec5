"""A hospital's nightly scoring, against one GROUP BY that writes the same counts; and the next night, when little has changed.

50,000 patients with 500,000 closed appointments; `YUEZHEN_BENCH_SCALE=20` makes it the full million with ten million.
"""

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.report import Line
from benchmarks.stack.database import bench_database
from benchmarks.stack.scale import scale

PATIENTS, APPOINTMENTS_EACH = 50_000, 10
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Night:
    """One round from empty standings: seconds of the GROUP BY and of the scoring."""

    group_by: float
    scoring: float


def lines() -> list[Line]:
    patients = round(PATIENTS * scale())
    with bench_database():
        # It needs Django, which is set up once there is a database.
        from benchmarks.stack import history

        now = datetime.now(UTC)
        hospital_id = history.write(patients=patients, appointments_each=APPOINTMENTS_EACH, now=now)
        before = _peak_mebibytes()
        nights = [_first_night(hospital_id, now) for _ in range(ROUNDS)]
        grown = _peak_mebibytes() - before
        differing = history.standings_that_differ(hospital_id)
        changed_rows = history.change_one_in_a_hundred(hospital_id)
        second = _seconds(lambda: history.score(hospital_id, now))
        changed = history.changed_in_last_run(hospital_id)
    first = statistics.median(night.scoring for night in nights)
    group_by = statistics.median(night.group_by for night in nights)
    ratio = statistics.median(night.scoring / night.group_by for night in nights)
    name = f"nightly scoring, {patients:,} patients, {patients * APPOINTMENTS_EACH:,} appointments"
    return [
        Line(name, f"{first:.2f} s = {ratio:.2f}×", f"one GROUP BY into a table, {group_by:.2f} s", "≤ 2×", ratio <= 2),
        Line(f"{name}: the counts", f"{differing} patients differ", "the GROUP BY's", "0", differing == 0),
        Line(f"{name}: memory", f"{grown:.0f} MiB more in this process", "before the first night", "–", None),
        Line(
            f"the next night, {changed_rows:,} outcomes changed",
            f"{second:.2f} s = {second / first:.2f}×, {changed:,} standings written",
            f"the first night, {first:.2f} s",
            "–",
            None,
        ),
    ]


def _first_night(hospital_id: int, now: datetime) -> Night:
    from benchmarks.stack import history

    history.forget_standings()
    group_by = _seconds(lambda: history.group_by(hospital_id))
    return Night(group_by, _seconds(lambda: history.score(hospital_id, now)))


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _peak_mebibytes() -> float:
    """The most this process has ever held, in MiB; Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
