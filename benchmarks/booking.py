"""Bookings through HTTP: their rate against the same rows written by `pgbench`, refusals, and the rush at a release.

The whole platform answers: web server, token, rules, locks, events, idempotency key, on PostgreSQL with its normal durability.
Rates are taken in turn, several rounds in one run, and the middle ratio counts.
"""

import itertools
import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.report import Line
from benchmarks.stack import CannotMeasure, pgbench
from benchmarks.stack.clients import Load, Request, send
from benchmarks.stack.database import Server, bench_database
from benchmarks.stack.web import web_server

CLIENTS = 32
ROUNDS = 3
# Each round takes a few seconds; bookings and refusals are told apart by what the session has left.
WARM_UP, BOOKINGS, REFUSALS, TRANSACTIONS = 320, 960, 2_560, 3_200
RUSH_SESSIONS, RUSH_PATIENTS = 20, 2_000
# What a full session may be put as: no seat is left in it, or none in the window that was asked for.
CLEAR_REFUSALS = {"409 session-full", "409 slot-full"}


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of each; `pgbench_rate` is None where there is no pgbench."""

    pgbench_rate: float | None
    bookings: Load
    refusals: Load


@dataclass(frozen=True, slots=True)
class Measured:
    rounds: list[Round]
    rush: Load
    rush_sold: int
    oversold: int
    durability: str


def lines() -> list[Line]:
    with bench_database() as server:
        measured = _measure(server)
    return [*_rate_lines(measured.rounds, measured.durability), _books_line(measured), *_rush_lines(measured)]


def _measure(server: Server) -> Measured:
    # They need Django, which is set up once there is a database.
    from benchmarks.stack import books
    from benchmarks.stack.world import World, people, requests

    now = datetime.now(UTC)
    world = World(now)
    # Two seats are sure in every window: 16 of a session's 20.
    offered = world.offer(-(-(WARM_UP + ROUNDS * BOOKINGS) // 16))
    written = world.offer(-(-ROUNDS * TRANSACTIONS // 16))
    rushed = world.offer(RUSH_SESSIONS)
    to_book = _in_turn(requests(people(WARM_UP + ROUNDS * BOOKINGS, now), offered))
    to_refuse = _in_turn(requests(people(ROUNDS * REFUSALS, now), rushed))
    rushing = requests(people(RUSH_PATIENTS, now), rushed)
    writers = people(ROUNDS * TRANSACTIONS, now)
    executable = pgbench.program(server)
    rounds = []
    with web_server() as port:
        _all_answered(send(port=port, requests=to_book(WARM_UP), connections=CLIENTS), {"201"})
        rush = send(port=port, requests=rushing, connections=RUSH_PATIENTS)
        rush_sold = books.booked(rushed)
        for number in range(ROUNDS):
            rate = None
            if executable is not None:
                script = books.writing_script(written, writers, first=number * TRANSACTIONS, clients=CLIENTS)
                each = TRANSACTIONS // CLIENTS
                rate = pgbench.rate(server=server, executable=executable, script=script, clients=CLIENTS, transactions=each)
            bookings = send(port=port, requests=to_book(BOOKINGS), connections=CLIENTS)
            refusals = send(port=port, requests=to_refuse(REFUSALS), connections=CLIENTS)
            rounds.append(Round(rate, _all_answered(bookings, {"201"}), _all_answered(refusals, CLEAR_REFUSALS)))
    return Measured(rounds, rush, rush_sold, books.oversold(), books.durability())


def _in_turn(requests: Sequence[Request]) -> Callable[[int], list[Request]]:
    """Hands out the next requests, each once."""
    rest = iter(requests)
    return lambda count: list(itertools.islice(rest, count))


def _all_answered(load: Load, wanted: set[str]) -> Load:
    """CannotMeasure where an answer was another than what this load is about: its rate would be that of something else."""
    others = {answer: count for answer, count in load.answers.items() if answer not in wanted}
    if others:
        raise CannotMeasure(f"answers other than {', '.join(sorted(wanted))}: {others}")
    return load


def _rate_lines(rounds: list[Round], durability: str) -> list[Line]:
    bookings = statistics.median(turn.bookings.per_second for turn in rounds)
    refusals = statistics.median(turn.refusals.per_second for turn in rounds)
    share = statistics.median(turn.bookings.client_share for turn in rounds)
    times = statistics.median(turn.refusals.per_second / turn.bookings.per_second for turn in rounds)
    name = f"bookings through HTTP, {CLIENTS} clients, {os.cpu_count()} cores"
    measured = f"{bookings:,.0f}/s, clients took {share:.0%} of the cores"
    return [
        _against_pgbench(name, measured, rounds, durability),
        Line(
            "refused (sold out) requests", f"{refusals:,.0f}/s = {times:.1f}×", f"{bookings:,.0f} bookings/s", "≥ 4×", times >= 4
        ),
    ]


def _against_pgbench(name: str, measured: str, rounds: list[Round], durability: str) -> Line:
    ratios = [turn.bookings.per_second / turn.pgbench_rate for turn in rounds if turn.pgbench_rate is not None]
    if not ratios:
        return Line(name, measured, "skipped: no pgbench in the wheel or on the path", "≥ 0.15", None)
    ratio = statistics.median(ratios)
    rate = statistics.median(turn.pgbench_rate for turn in rounds if turn.pgbench_rate is not None)
    compared = f"the same rows by pgbench, {rate:,.0f}/s; {durability}"
    return Line(name, f"{measured}; ratio {ratio:.3f}", compared, "≥ 0.15", ratio >= 0.15)


def _books_line(measured: Measured) -> Line:
    return Line("sessions and windows oversold", str(measured.oversold), "SQL over all rows", "0", measured.oversold == 0)


def _rush_lines(measured: Measured) -> list[Line]:
    rush = measured.rush
    unclear = {answer: count for answer, count in rush.answers.items() if answer not in {"201", *CLEAR_REFUSALS}}
    seats = RUSH_SESSIONS * 20
    name = f"release rush: {RUSH_PATIENTS:,} patients, {RUSH_SESSIONS} sessions × 20 seats"
    sold = rush.answers.get("201", 0)
    answers = ", ".join(f"{count:,} × {answer}" for answer, count in sorted(rush.answers.items()))
    is_clear = not unclear and sold == measured.rush_sold == seats
    return [
        Line(name, f"{measured.rush_sold} sold; {answers}", "–", f"{seats} sold, clear answers", is_clear),
        Line(
            "all at once, answered within",
            f"p50 {rush.percentile_ms(50):,.0f} ms, p99 {rush.percentile_ms(99):,.0f} ms, all {rush.seconds:.1f} s",
            "–",
            "–",
            None,
        ),
    ]
