"""A week of a department among a million windows, through HTTP, against one indexed row through the same stack.

Both are read by anyone, without a token, over kept-alive connections, in rounds that take turns; the middle ratio counts. The row
is a hospital, found by its unique code.
"""

import statistics
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.report import Line
from benchmarks.stack import CannotMeasure
from benchmarks.stack.clients import Load, Read, send
from benchmarks.stack.database import bench_database
from benchmarks.stack.web import web_server

CLIENTS = 8
ROUNDS = 5
READS = 400
SLOTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Round:
    days: Load
    row: Load


def lines() -> list[Line]:
    with bench_database():
        from benchmarks.stack.calendar import Calendar, queries_of

        calendar = Calendar(datetime.now(UTC), slots=SLOTS)
        queries = queries_of(calendar.days_path), queries_of(calendar.row_path)
        with web_server() as port:
            turns = [Round(_read(port, calendar.days_path), _read(port, calendar.row_path)) for _ in range(ROUNDS + 1)]
    # The first turn warms up what is prepared once a process.
    return [_line(turns[1:], f"{calendar.slots:,} windows, {calendar.sessions_of_week} sessions in the week", queries)]


def _read(port: int, path: str) -> Load:
    load = send(port=port, requests=[Read(path)] * READS, connections=CLIENTS)
    if set(load.answers) != {"200"}:
        raise CannotMeasure(f"{path} was answered {load.answers}")
    return load


def _line(turns: list[Round], what: str, queries: tuple[int, int]) -> Line:
    days, row = (statistics.median(load.per_second for load in loads) for loads in zip(*_loads(turns), strict=True))
    times = statistics.median(turn.row.per_second / turn.days.per_second for turn in turns)
    measured = f"{days:,.0f}/s = {times:.2f}× as long, {queries[0]} queries; {what}"
    return Line("7 days of a department", measured, f"one row, {row:,.0f}/s, {queries[1]} query", "≤ 3×", times <= 3)


def _loads(turns: list[Round]) -> list[tuple[Load, Load]]:
    return [(turn.days, turn.row) for turn in turns]
