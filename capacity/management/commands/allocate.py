"""Solve one session's quotas from numbers on the command line. Needs no database."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from capacity.management.plot_file import check_plot, write_plot
from capacity.management.sweep_option import EXAMPLE, SWEEPABLE_OPTIONS, SweepOption, parse_sweep
from capacity.management.sweeping import sweep_in_pieces
from capacity.numeric.allocation import allocate
from capacity.numeric.errors import InvalidInput
from capacity.numeric.problem import LARGEST_RATED, AllocationProblem, AllocationResult, SessionTerms
from capacity.numeric.sweeps import MOST_VALUES, Sweep
from hospitals.operator_command import BAD_INPUT, OperatorCommand

OPTIONS: tuple[tuple[str, type[int] | type[float], str], ...] = (
    ("--rated", int, f"N, patients the doctor serves in a session, 1 to {LARGEST_RATED}"),
    ("--mean-advance", float, "E[d1], patients a session who want an advance number"),
    ("--mean-same-day", float, "E[d2], patients a session who want a same-day number"),
    ("--correlation", float, "ρ of the two demands, 0 to √(smaller mean / larger mean)"),
    ("--no-show-advance", float, "δ1, probability that an advance patient does not come, 0 ≤ δ1 < 1"),
    ("--no-show-same-day", float, "δ2, probability that a same-day patient does not come, 0 ≤ δ2 < 1"),
    ("--overload-cost", float, "β, cost of one patient above N in incomes of one patient, above 1"),
)
OPTIONAL: tuple[tuple[str, type[int] | type[float], str], ...] = (
    ("--dispersion-advance", float, "variance / mean of advance demand, 1 to 100 (default: 1, the paper's Poisson)"),
    ("--dispersion-same-day", float, "variance / mean of same-day demand, 1 to 100 (default: 1)"),
    ("--max-extra", int, "the most extra seats the doctor accepts (default: no cap)"),
)


DESCRIPTION = """\
Find the number of extra seats and of advance numbers that maximise a session's expected net income (two-tier enumeration,
Jiang, Tang, Yan 2017). --sweep solves it again over a range of one of its numbers, with and without extra seats; --plot
draws the net income of every pair of quotas with the best ones marked, and the sweeps.

Exit status 0: solved; 2: bad input, or a plot that cannot be written."""


class Command(OperatorCommand):
    help = DESCRIPTION
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        for option, kind, meaning in OPTIONS:
            parser.add_argument(option, type=kind, required=True, help=meaning)
        for option, kind, meaning in OPTIONAL:
            parser.add_argument(option, type=kind, help=meaning)
        parser.add_argument(
            "--sweep",
            type=parse_sweep,
            action="append",
            default=[],
            metavar="NAME=START:STOP:STEP",
            help=f"such as {EXAMPLE}: solve also for each value, the stop included, at most {MOST_VALUES}; NAME is one of "
            f"{', '.join(SWEEPABLE_OPTIONS)}. May be given for several names.",
        )
        parser.add_argument(
            "--demand-follows-rated",
            action="store_true",
            help="sweep rated with the demand per seat kept, as the paper's figure 4",
        )
        parser.add_argument("--plot", type=Path, metavar="FILE.png|svg", help="write a picture; a file of that name is replaced")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")

    def handle(self, *, json: bool, plot: Path | None, sweep: list[SweepOption], **options: Any) -> None:
        check_plot(plot)
        _check_names(sweep)
        problem, result = _solve(options)
        try:
            sweeps = [self._swept(problem, one, options["demand_follows_rated"]) for one in sweep]
        finally:
            self.show_progress("")
        if plot is not None:
            _draw(plot, problem, result, sweeps)
        for warning in result.warnings:
            self.stderr.write(f"Warning: {warning}")
        if json:
            self.stdout.write(_as_json(result, sweeps))
        else:
            self.stdout.write("\n\n".join([_as_table(result), *map(_sweep_table, sweeps)]))

    def _swept(self, problem: AllocationProblem, asked: SweepOption, demand_follows_rated: bool) -> Sweep:
        def show(solved: int) -> None:
            self.show_progress(f"{asked.option}: {solved} of {len(asked.values)} values solved")

        show(0)
        try:
            return sweep_in_pieces(
                problem, asked.parameter, asked.values, demand_follows_rated=demand_follows_rated, on_progress=show
            )
        except InvalidInput as error:
            about = "" if error.argument == asked.parameter else error.argument.replace("_", "-") + " "
            raise CommandError(f"--sweep {asked.option}: {about}{error.reason}", returncode=BAD_INPUT) from error


def _solve(options: dict[str, Any]) -> tuple[AllocationProblem, AllocationResult]:
    dispersions = {name: options[name] for name in ("dispersion_advance", "dispersion_same_day") if options[name] is not None}
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
            **dispersions,
        )
        return problem, allocate(problem)
    except InvalidInput as error:
        option = "--" + error.argument.replace("_", "-")
        raise CommandError(f"{option} {error.reason}", returncode=BAD_INPUT) from error


def _check_names(asked: Sequence[SweepOption]) -> None:
    names = [one.option for one in asked]
    for name in names:
        if names.count(name) > 1:
            raise CommandError(f"--sweep {name} is given more than once", returncode=BAD_INPUT)


def _draw(path: Path, problem: AllocationProblem, result: AllocationResult, sweeps: Sequence[Sweep]) -> None:
    # Loading matplotlib takes longer than everything else here.
    from capacity.management.allocation_plots import drawing

    write_plot(path, drawing(problem, result, sweeps, path))


def _as_json(result: AllocationResult, sweeps: Sequence[Sweep]) -> str:
    fields = {name: getattr(result, name) for name in result.__slots__ if name != "surface"}
    fields["runners_up"] = [asdict(candidate) for candidate in result.runners_up]
    if sweeps:
        fields["sweep"] = {sweep.parameter: sweep.rows() for sweep in sweeps}
    return json.dumps(fields, ensure_ascii=False, allow_nan=False)


def _sweep_table(sweep: Sweep) -> str:
    first = (sweep.parameter.replace("_", "-"), "extra", "advance", "net income", "seen", "overload", "turned away")
    head = (*first, "advance without extra", "net income", "turned away")
    rows = [
        (
            f"{row['value']:g}",
            f"{row['extra']}",
            f"{row['advance']}",
            *(f"{row[name]:.4f}" for name in ("objective", "seen", "overload", "turned_away")),
            f"{row['advance_without_extra']}",
            *(f"{row[name]:.4f}" for name in ("objective_without_extra", "turned_away_without_extra")),
        )
        for row in sweep.rows()
    ]
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows))


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
