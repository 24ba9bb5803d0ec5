"""The two-tier enumeration: one doctor against the paper's literal sums, 10,000 distinct doctors, growth with N; other laws of
demand, the pairs beside each plan, and 10,000 mornings.

All in processor seconds of one core, so that the figures hold on a busy machine.
"""

import math
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import numpy as np

from benchmarks.report import Line
from capacity.numeric import reference
from capacity.numeric.allocation import allocate, allocate_for_law, allocate_many
from capacity.numeric.demand import DemandLaw, bivariate_poisson
from capacity.numeric.joint_tables import empirical_law
from capacity.numeric.morning import resolve_mornings
from capacity.numeric.morning_problem import MorningProblem
from capacity.numeric.neighbours import neighbours_of_many
from capacity.numeric.problem import AllocationProblem, SessionTerms
from capacity.numeric.same_day import same_day_given_advance_many

BASE = AllocationProblem(
    terms=SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5),
    mean_advance=15,
    mean_same_day=15,
    correlation=0.2,
)
T = TypeVar("T")

DOCTORS = 10_000
LARGE = 200
SIZES = (10, 20, 40, 80, 160)


def lines() -> list[Line]:
    with one_core():
        literal, literal_seconds = timed(lambda: reference.solve(BASE.terms, base_law()))
        fast = allocate(BASE)
        fast_seconds = typical_seconds(lambda: allocate(BASE))
        same = (fast.extra, fast.advance) == (literal.extra, literal.advance)
        difference = abs(fast.objective - literal.objective)
        doctors = distinct_doctors(DOCTORS)
        results, batch_seconds = timed(lambda: allocate_many(doctors))
        alone, alone_seconds = timed(lambda: [allocate(problem) for problem in doctors])
        beside, beside_seconds = timed(lambda: neighbours_of_many(doctors, [(r.extra, r.advance) for r in results]))
        wide = [replace(problem, dispersion_advance=1.8, dispersion_same_day=1.8) for problem in doctors]
        _, wide_seconds = timed(lambda: allocate_many(wide))
        observed = observed_law()
        table_seconds = typical_seconds(lambda: allocate_for_law(BASE.terms, observed))
        mornings, law_seconds = timed(lambda: distinct_mornings(doctors, [r.extra for r in results]))
        resolved, morning_seconds = timed(lambda: resolve_mornings(mornings))
        seconds_by_size = [growth_seconds(rated) for rated in SIZES]
        large_seconds = growth_seconds(LARGE)
    slopes = [
        math.log(after / before) / math.log(larger / smaller)
        for before, after, smaller, larger in zip(seconds_by_size, seconds_by_size[1:], SIZES, SIZES[1:], strict=False)
    ]
    ratio = literal_seconds / fast_seconds
    one = "two-tier enumeration, N = 20"
    many = f"{DOCTORS:,} distinct doctors, N = 10–40"
    sizes = ", ".join(map(str, SIZES))
    milliseconds = ", ".join(f"{1000 * seconds:.2f}" for seconds in seconds_by_size)
    steepest = max(slopes)
    furthest = max(abs(b.chosen.objective - r.objective) for b, r in zip(beside, results, strict=True))
    gain = statistics.fmean(r.gain for r in resolved)
    return [
        Line(one, f"{1000 * fast_seconds:.3f} ms", "–", "< 1 ms", fast_seconds < 1e-3),
        Line(one, f"{ratio:,.0f}×", f"the paper's sums, {literal_seconds:.1f} s", "≥ 10,000×", ratio >= 10_000),
        Line(
            f"{one}: the optimum",
            f"({fast.extra}, {fast.advance}), R differs by {difference:.0e}",
            f"({literal.extra}, {literal.advance})",
            "the same",
            same and difference < 1e-9,  # the literal sums leave out demand of probability 1e-12
        ),
        Line(many, f"{batch_seconds:.2f} s", "–", "≤ 10 s on one core", batch_seconds <= 10),
        Line(f"{many}, one by one", f"{alone_seconds:.2f} s", "the batch, bit for bit", "the same", alone == results),
        Line(
            f"{DOCTORS:,} doctors, overdispersed demand",
            f"{wide_seconds:.2f} s",
            f"Poisson, {batch_seconds:.2f} s",
            "≤ 10 s on one core",
            wide_seconds <= 10,
        ),
        Line(
            f"{DOCTORS:,} plans, what one number more or fewer does",
            f"{beside_seconds:.2f} s",
            f"the plans, off by {furthest:.0e}",
            "≤ 10 s on one core",
            beside_seconds <= 10 and furthest < 1e-9,
        ),
        Line("250 observed sessions as a table, N = 20", f"{1000 * table_seconds:.3f} ms", "–", "< 5 ms", table_seconds < 5e-3),
        Line(
            f"{DOCTORS:,} mornings, each patient's own chance",
            f"{morning_seconds:.2f} s, same-day laws {law_seconds:.2f} s",
            f"the night's extra seats: {gain:+.2f} incomes a session",
            "≤ 10 s on one core, never worse",
            morning_seconds + law_seconds <= 10 and all(r.gain >= -1e-12 for r in resolved),
        ),
        Line(f"one doctor, N = {LARGE}", f"{1000 * large_seconds:.1f} ms", "–", "< 1 s", large_seconds < 1),
        Line(f"growth, N = {sizes}", f"{milliseconds} ms; steepest N^{steepest:.2f}", "–", "≤ N^2", steepest <= 2),
    ]


@contextmanager
def one_core() -> Iterator[None]:
    """Keeps this process on one core, where the system can; the thread settings of `python -m benchmarks` do so elsewhere."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def base_law() -> DemandLaw:
    return bivariate_poisson(mean_advance=BASE.mean_advance, mean_same_day=BASE.mean_same_day, correlation=BASE.correlation)


def distinct_doctors(count: int) -> list[AllocationProblem]:
    """No two alike: each has its own N, no-show rates, cost, means and correlation."""
    random = np.random.default_rng(20171215)
    doctors = []
    for _ in range(count):
        rated = int(random.integers(10, 41))
        no_show_same_day = random.uniform(0, 0.2)
        terms = SessionTerms(
            rated=rated,
            no_show_advance=no_show_same_day + random.uniform(0, 0.3),
            no_show_same_day=no_show_same_day,
            overload_cost=random.uniform(1.1, 2.5),
        )
        mean_advance, mean_same_day = random.uniform(0.4, 1.2, 2) * rated
        doctors.append(
            AllocationProblem(
                terms=terms,
                mean_advance=mean_advance,
                mean_same_day=mean_same_day,
                correlation=random.uniform(0, 0.5),
            )
        )
    return doctors


def observed_law() -> DemandLaw:
    """A year of sessions of the base experiment, as a table of what was seen."""
    random = np.random.default_rng(20171215)
    shared = random.poisson(3, 250)
    return empirical_law(shared + random.poisson(12, 250), shared + random.poisson(12, 250))


def distinct_mornings(doctors: Sequence[AllocationProblem], extras: Sequence[int]) -> list[MorningProblem]:
    """A morning for each doctor: some of the advance numbers are booked, each patient has a chance of their own."""
    random = np.random.default_rng(20171216)
    booked = [int(random.integers(0, problem.terms.rated + 1)) for problem in doctors]
    demands = same_day_given_advance_many(doctors, booked, (random.random(len(doctors)) < 0.5).tolist())
    return [
        MorningProblem(terms=problem.terms, show_up=random.beta(8, 2, count), demand=demand, extra_now=extra)
        for problem, count, demand, extra in zip(doctors, booked, demands, extras, strict=True)
    ]


def growth_seconds(rated: int) -> float:
    """The base experiment with its demand of 1.5·N at another N."""
    problem = replace(BASE, terms=replace(BASE.terms, rated=rated), mean_advance=0.75 * rated, mean_same_day=0.75 * rated)
    return typical_seconds(lambda: allocate(problem))


def timed(run: Callable[[], T]) -> tuple[T, float]:
    """What came out, and the processor seconds that it took."""
    started = time.process_time()
    result = run()
    return result, time.process_time() - started


def typical_seconds(run: Callable[[], object]) -> float:
    """The median of 200 runs after 20 to warm up."""
    for _ in range(20):
        run()
    return statistics.median(timed(run)[1] for _ in range(200))
