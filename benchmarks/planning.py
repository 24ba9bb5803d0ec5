"""A night's plans, estimation included: a hospital of 1,000 doctors and one of 10,000, each with a year of sessions behind it.

Every doctor has a weekly clinic: 52 sessions with some 17 appointments each and whom they turned away, and one session to come
that is not released. `YUEZHEN_BENCH_SCALE=0.1` makes it a tenth.
"""

import cProfile
import os
import pstats
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.report import Line
from benchmarks.stack.database import bench_database
from benchmarks.stack.scale import scale

FEW, MANY = 1_000, 10_000
SECONDS = 60.0
# Set to a file name, the first night of the many is profiled into it.
PROFILE = "YUEZHEN_BENCH_PROFILE"


@dataclass(frozen=True, slots=True)
class Nights:
    """Seconds of the first night, when every session gets its plan (`cpu` of them this process's own, without the database's),
    and of the next, when little has changed."""

    doctors: int
    sessions: int
    appointments: int
    planned: int
    first: float
    cpu: float
    second: float
    differing: int


def lines() -> list[Line]:
    factor = scale()
    with bench_database():
        few, many = (_nights(code, round(doctors * factor)) for code, doctors in (("few", FEW), ("many", MANY)))
    growth = many.first / few.first
    name = f"nightly plans, {many.doctors:,} doctors, {many.sessions:,} past sessions, {many.appointments:,} appointments"
    return [
        Line(
            name,
            f"{many.first:.1f} s ({many.cpu:.1f} s CPU of the worker), {many.planned:,} plans",
            "–",
            f"≤ {SECONDS:.0f} s",
            many.first <= SECONDS,
        ),
        Line(f"{name}: quotas", f"{many.differing} differ", "the plans in force", "0", many.differing == 0),
        Line(
            "the next night",
            f"{many.second:.1f} s",
            f"the first, {many.first:.1f} s",
            f"≤ {SECONDS:.0f} s",
            many.second <= SECONDS,
        ),
        Line(
            f"growth, {few.doctors:,} to {many.doctors:,} doctors",
            f"{growth:.1f}×",
            f"{few.doctors:,} doctors, {few.first:.1f} s",
            "≤ 12×",
            growth <= 12,
        ),
    ]


def _nights(code: str, doctors: int) -> Nights:
    # It needs Django, which is set up once there is a database.
    from benchmarks.stack import clinics

    now = datetime.now(UTC)
    made = clinics.write(code=code, doctors=doctors, now=now)
    started, busy = time.perf_counter(), time.process_time()
    planned = _profiled(lambda: clinics.plan(made, now)) if code == "many" else clinics.plan(made, now)
    first, cpu = time.perf_counter() - started, time.process_time() - busy
    _, _, differing = clinics.on_record(made)
    started = time.perf_counter()
    clinics.plan(made, now + timedelta(days=1))
    second = time.perf_counter() - started
    return Nights(doctors, made.sessions, made.appointments, planned, first, cpu, second, differing)


def _profiled(run: Callable[[], int]) -> int:
    path = os.environ.get(PROFILE)
    if not path:
        return run()
    with cProfile.Profile() as profile:
        result = run()
    pstats.Stats(profile).dump_stats(path)
    return result
