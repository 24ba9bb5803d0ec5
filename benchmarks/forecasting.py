"""The night's forecasts: 2,000 departments of two years each, chosen, tested and foretold; on two processes, as two workers do.

The series have a week, weekends off, holidays and a wandering level, so that every model has its work.
"""

import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context

import numpy as np

from benchmarks.report import Line
from capacity.calendar import calendar_days, kinds_of
from capacity.numeric.forecasting import DailyHistory, DayKind, foretell

SERIES = 2_000
DAYS, HORIZON = 730, 56
FIRST = date(2024, 8, 1)
PROCESSES = 2
LIMIT_SECONDS = 300
# Shares of an ordinary day, by kind.
EFFECTS = {
    DayKind.HOLIDAY: 0.1,
    DayKind.FESTIVAL: 0.05,
    DayKind.BREAK_WEEKEND: 0.8,
    DayKind.EVE: 0.8,
    DayKind.AFTER: 1.3,
}
WEEK = np.array([1.3, 1.1, 1.0, 1.0, 0.95, 0.3, 0.2])


def lines() -> list[Line]:
    started = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        made = list(pool.map(night, range(SERIES), chunksize=50))
    seconds = time.perf_counter() - started
    errors, baselines, coverage, cpu = (float(part) for part in np.mean(made, axis=0))
    name = f"{SERIES:,} series of two years, {PROCESSES} processes"
    return [
        Line(
            name,
            f"{seconds:.0f} s",
            f"{1000 * cpu:.0f} ms of one core a series",
            f"≤ {LIMIT_SECONDS} s",
            seconds <= LIMIT_SECONDS,
        ),
        Line(f"{name}: WAPE", f"{errors:.1%}", f"seasonal-naive {baselines:.1%}", "below it", errors < baselines),
        Line(f"{name}: 90 % interval", f"holds {coverage:.1%}", "–", "87–93 %", 0.87 <= coverage <= 0.93),
    ]


def night(serial: int) -> tuple[float, float, float, float]:
    """One series forecast: its WAPE over what then came, the baseline's, the share of days within the interval, seconds."""
    values, kinds = department(serial)
    started = time.process_time()
    found = foretell(DailyHistory(values[:DAYS], kinds, FIRST.weekday()))
    seconds = time.process_time() - started
    came = values[DAYS:]
    total = max(came.sum(), 1.0)
    within = np.mean((found.lower <= came) & (came <= found.upper))
    return (
        float(np.abs(came - found.mean).sum() / total),
        float(np.abs(came - found.baseline).sum() / total),
        float(within),
        seconds,
    )


def department(serial: int) -> tuple[np.ndarray, np.ndarray]:
    """(counts, kinds of day), each of shape (DAYS + HORIZON,)."""
    rng = np.random.default_rng([20261122, serial])
    kinds = kinds_of(calendar_days(first=FIRST, days=DAYS + HORIZON))
    weekday = (np.arange(DAYS + HORIZON) + FIRST.weekday()) % 7
    level = rng.uniform(10, 120)
    wander = np.cumsum(rng.normal(0, 0.01, DAYS + HORIZON))
    means = level * WEEK[weekday] * np.exp(wander - wander.mean())
    for kind, share in EFFECTS.items():
        means[kinds == kind] *= share
    means[kinds == DayKind.MAKE_UP] = level
    return rng.poisson(means).astype(float), kinds
