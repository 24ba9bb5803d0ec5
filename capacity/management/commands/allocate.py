"""Solve one session's quotas from numbers on the command line. Needs no database."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from capacity.numeric.allocation import allocate
from capacity.numeric.errors import InvalidInput
from capacity.numeric.problem import LARGEST_RATED, AllocationProblem, AllocationResult, SessionTerms

BAD_INPUT = 2

OPTIONS: tuple[tuple[str, type[int] | type[float], str], ...] = (
    ("--rated", int, f"N, patients the doctor serves in a session, 1 to {LARGEST_RATED}"),
    ("--mean-advance", float, "E[d1], patients a session who want an advance number"),
    ("--mean-same-day", float, "E[d2], patients a session who want a same-day number"),
    ("--correlation", float, "ρ of the two demands, 0 to √(smaller mean / larger mean)"),
    ("--no-show-advance", float, "δ1, probability that an advance patient does not come, 0 ≤ δ1 < 1"),
    ("--no-show-same-day", float, "δ2, probability that a same-day patient does not come, 0 ≤ δ2 < 1"),
    ("--overload-cost", float, "β, cost of one patient above N in incomes of one patient, above 1"),
)


class Command(BaseCommand):
    help = (
        "Find the number of extra seats and of advance numbers that maximise a session's expected net income "
        "(two-tier enumeration, Jiang, Tang, Yan 2017). Exit status 0: solved; 2: bad input."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        for option, kind, meaning in OPTIONS:
            parser.add_argument(option, type=kind, required=True, help=meaning)
        parser.add_argument("--max-extra", type=int, help="the most extra seats the doctor accepts (default: no cap)")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")

    def handle(self, *, json: bool, **options: Any) -> None:
        try:
            problem = AllocationProblem(
                terms=SessionTerms(
                    rated=options["rated"],
                    no_show_advance=options["no_show_advance"],
                    no_show_same_day=options["no_show_same_day"],
                    overload_cost=options["overload_cost"],
                    max_extra=options["max_extra"],
                ),
                mean_advance=options["mean_advance"],
                mean_same_day=options["mean_same_day"],
                correlation=options["correlation"],
            )
            result = allocate(problem)
        except InvalidInput as error:
            option = "--" + error.argument.replace("_", "-")
            raise CommandError(f"{option} {error.reason}", returncode=BAD_INPUT) from error
        for warning in result.warnings:
            self.stderr.write(f"Warning: {warning}")
        self.stdout.write(_as_json(result) if json else _as_table(result))


def _as_json(result: AllocationResult) -> str:
    fields = {name: getattr(result, name) for name in result.__slots__ if name != "surface"}
    fields["runners_up"] = [asdict(candidate) for candidate in result.runners_up]
    return json.dumps(fields, ensure_ascii=False, allow_nan=False)


def _as_table(result: AllocationResult) -> str:
    lines = [
        ("extra seats", f"{result.extra}"),
        ("advance numbers", f"{result.advance}"),
        ("net income", f"{result.objective:.4f}"),
        ("advance patients attended", f"{result.advance_attended:.4f}"),
        ("same-day patients attended", f"{result.same_day_attended:.4f}"),
        ("overload", f"{result.overload:.4f}"),
        ("turned away", f"{result.turned_away:.4f}"),
        ("without extra seats", f"{result.advance_without_extra} advance, net income {result.objective_without_extra:.4f}"),
    ]
    lines += [
        ("next best", f"{other.extra} extra, {other.advance} advance, net income {other.objective:.4f}")
        for other in result.runners_up
    ]
    lines.append(("search stops, per n1", " ".join(map(str, result.stop_points))))
    width = max(len(label) for label, _ in lines) + 2
    return "\n".join(f"{label:<{width}}{value}" for label, value in lines)
