"""Simulated sessions: what a page that compares two of them costs, and how the cost grows.

In processor seconds of one core, as the allocation's.
"""

import math
from dataclasses import replace

import numpy as np

from benchmarks.allocation import one_core, timed
from benchmarks.report import Line
from capacity.numeric.queueing import mm1
from capacity.numeric.service_times import ServiceTimes
from capacity.numeric.simulation import LongRun, SessionScenario, simulate, simulate_long_run

REPLICATIONS = 2000
SIZES = (20, 40, 80, 160)
BASE = SessionScenario(
    rated=20,
    advance=14,
    extra=4,
    mean_advance=15,
    mean_same_day=15,
    correlation=0.2,
    no_show_advance=0.2,
    no_show_same_day=0.05,
    session_minutes=240,
    service=ServiceTimes.lognormal(mean_minutes=12, cv=0.6),
)


def lines() -> list[Line]:
    with one_core():
        growth = [seconds_of(scaled(size)) for size in SIZES]
        long, long_seconds = timed(long_run)
    slopes = [
        math.log(after / before) / math.log(larger / smaller)
        for before, after, smaller, larger in zip(growth, growth[1:], SIZES, SIZES[1:], strict=False)
    ]
    told = mm1(arrivals_per_hour=4.2, service_minutes=10).wait_minutes
    assert told is not None
    assert long.wait_minutes.standard_error is not None
    off = abs(long.wait_minutes.value - told) / long.wait_minutes.standard_error
    milliseconds = ", ".join(f"{1000 * seconds:.0f}" for seconds in growth)
    return [
        Line(f"{REPLICATIONS:,} sessions, N = 20", f"{1000 * growth[0]:.0f} ms", "–", "< 500 ms", growth[0] < 0.5),
        Line(
            f"{REPLICATIONS:,} sessions, N = {', '.join(map(str, SIZES))}",
            f"{milliseconds} ms",
            f"N^{max(slopes):.2f} at most",
            "≤ N^1.5",
            max(slopes) <= 1.5,
        ),
        Line(
            "M/M/1 at 70 %, 1,200,000 patients",
            f"{long.wait_minutes.value:.2f} minutes in {long_seconds:.1f} s",
            f"{told:.2f} minutes by the formula",
            "within 4 standard errors",
            off < 4,
        ),
    ]


def seconds_of(scenario: SessionScenario) -> float:
    return timed(lambda: simulate(scenario, replications=REPLICATIONS, rng=np.random.default_rng(1)))[1]


def scaled(rated: int) -> SessionScenario:
    """The base case, `rated` / 20 times as large, with as many more rooms."""
    factor = rated // BASE.rated
    return replace(
        BASE,
        rated=rated,
        advance=BASE.advance * factor,
        extra=BASE.extra * factor,
        mean_advance=BASE.mean_advance * factor,
        mean_same_day=BASE.mean_same_day * factor,
        rooms=factor,
    )


def long_run() -> LongRun:
    return simulate_long_run(
        arrivals_per_hour=4.2,
        service=ServiceTimes.exponential(mean_minutes=10),
        servers=1,
        patients=3000,
        warm_up=500,
        replications=400,
        rng=np.random.default_rng(1),
    )
