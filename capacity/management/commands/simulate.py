"""Simulate a clinic's session from numbers on the command line. Needs no database."""

import json
from argparse import ArgumentTypeError
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandError, CommandParser

from capacity.management.plot_file import check_plot, write_plot
from capacity.numeric.errors import InvalidInput
from capacity.numeric.service_times import ServiceLaw, ServiceTimes
from capacity.numeric.simulation import Measure, Punctuality, SessionOutcome, SessionScenario, simulate
from capacity.numeric.simulation.outcome import CURVE, QUANTILES
from capacity.numeric.simulation.scenario import LARGEST_SEATS, LARGEST_SESSION_MINUTES
from hospitals.operator_command import BAD_INPUT, OperatorCommand

DESCRIPTION = """\
Simulate a session again and again: who asks for a number, who comes and when, how long each consultation takes; what
patients wait, how much overtime and idle time there is, how many are seen, too many, and turned away.

Either the demand is random (--mean-advance, --mean-same-day, --correlation: the bivariate Poisson law of the allocation)
or whole numbers of patients ask each time (--booked-advance, --booked-same-day). Advance patients come by their windows,
patients of the day at random during the session. The same seed gives the same answer. +/- is a standard error.

Exit status 0: simulated; 2: bad input."""

# How the numeric core names what an option gives.
OPTION_OF = {
    "lateness_mean": "--lateness-mean",
    "lateness_deviation": "--lateness-sd",
    "earliest_minutes": "--earliest",
    "samples": "--service-samples",
}
# A file of consultations that is larger than this is not one.
LARGEST_FILE_BYTES = 10_000_000


class Command(OperatorCommand):
    help = DESCRIPTION
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        quotas = parser.add_argument_group("quotas")
        quotas.add_argument("--rated", type=int, required=True, help=f"N, patients the doctor serves, 1 to {LARGEST_SEATS}")
        quotas.add_argument("--advance", type=int, help="n1, numbers given in advance (default: N)")
        quotas.add_argument("--extra", type=int, default=0, help="nA, numbers beyond N on the day (default: 0)")
        demand = parser.add_argument_group("demand")
        demand.add_argument("--mean-advance", type=float, help="E[d1], patients a session who want an advance number")
        demand.add_argument("--mean-same-day", type=float, help="E[d2], patients a session who want a number on the day")
        demand.add_argument("--correlation", type=float, default=0.0, help="of the two demands (default: 0)")
        demand.add_argument("--booked-advance", type=int, help="instead: this many advance patients each time")
        demand.add_argument("--booked-same-day", type=int, help="instead: this many patients of the day each time")
        demand.add_argument("--no-show-advance", type=float, default=0.0, help="chance that an advance patient stays away")
        demand.add_argument("--no-show-same-day", type=float, default=0.0, help="chance that a patient of the day stays away")
        times = parser.add_argument_group("times, in minutes")
        times.add_argument("--session-minutes", type=float, default=240.0, help="length of the session (default: 240)")
        times.add_argument("--window-minutes", type=float, help="length of a window (default: 30, or the session)")
        times.add_argument("--lateness-mean", type=float, default=0.0, help="against the window's start; below 0 is early")
        times.add_argument("--lateness-sd", type=float, default=0.0, help="its standard deviation (default: 0)")
        times.add_argument("--earliest", type=float, default=60.0, help="nobody comes earlier before the window (default: 60)")
        times.add_argument(
            "--service-minutes", type=float, help="mean of a consultation (default: session / N; the samples' own)"
        )
        times.add_argument("--service-cv", type=float, help="its standard deviation / mean (log-normal; default: 0.6)")
        times.add_argument("--law", choices=[law.value for law in ServiceLaw], help="of consultations (default: lognormal)")
        times.add_argument(
            "--service-samples", type=Path, metavar="FILE", help="minutes of real consultations, one a line: empirical"
        )
        times.add_argument("--rooms", type=int, default=1, help="rooms that share the queue (default: 1)")
        parser.add_argument("--replications", type=int, default=2_000, help="sessions to simulate (default: 2000)")
        parser.add_argument("--seed", type=_seed, default=1, help="of the random numbers, a whole number from 0 (default: 1)")
        parser.add_argument("--plot", type=Path, metavar="FILE.png|svg", help="draw the waits, and replace a file of that name")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of text")

    def handle(self, *, replications: int, seed: int, plot: Path | None, json: bool, **options: Any) -> None:
        check_plot(plot)
        try:
            scenario = _scenario(options)
            outcome = simulate(
                scenario,
                replications=replications,
                rng=np.random.default_rng(seed),
                on_progress=lambda done: self.show_progress(f"{done:,} of {replications:,} sessions simulated"),
            )
        except InvalidInput as error:
            raise CommandError(f"{_option(error.argument, options)} {error.reason}", returncode=BAD_INPUT) from error
        finally:
            self.show_progress("")
        if plot is not None:
            _draw(outcome, plot, scenario)
        self.stdout.write(_as_json(outcome, seed) if json else _as_text(outcome))


def _draw(outcome: SessionOutcome, plot: Path, scenario: SessionScenario) -> None:
    # Loading matplotlib takes longer than everything else here.
    from capacity.management.simulation_plot import drawing

    title = f"N = {scenario.rated}, n1 = {scenario.advance}, nA = {scenario.extra}: {outcome.replications:,} sessions"
    write_plot(plot, drawing(outcome, plot, title=title))


def _scenario(options: dict[str, Any]) -> SessionScenario:
    fixed, window = _is_fixed(options), options["window_minutes"]
    return SessionScenario(
        rated=options["rated"],
        advance=options["rated"] if options["advance"] is None else options["advance"],
        extra=options["extra"],
        mean_advance=(options["booked_advance"] or 0) if fixed else options["mean_advance"],
        mean_same_day=(options["booked_same_day"] or 0) if fixed else options["mean_same_day"],
        correlation=options["correlation"],
        fixed_demand=fixed,
        no_show_advance=options["no_show_advance"],
        no_show_same_day=options["no_show_same_day"],
        session_minutes=options["session_minutes"],
        window_minutes=window if window is not None else min(30.0, options["session_minutes"]),
        service=_service(options),
        punctuality=Punctuality(
            mean_minutes=options["lateness_mean"],
            deviation_minutes=options["lateness_sd"],
            earliest_minutes=options["earliest"],
        ),
        rooms=options["rooms"],
    )


def _is_fixed(options: dict[str, Any]) -> bool:
    """Whether whole numbers of patients ask; CommandError where both or neither kind of demand is told."""
    means = [name for name in ("mean_advance", "mean_same_day") if options[name] is not None]
    booked = [name for name in ("booked_advance", "booked_same_day") if options[name] is not None]
    if means and booked:
        raise CommandError("--mean-… and --booked-… are two ways to tell the demand: give one of them", returncode=BAD_INPUT)
    if not booked and len(means) < 2:
        raise CommandError(
            "the demand is missing: give --mean-advance and --mean-same-day, or --booked-advance, --booked-same-day",
            returncode=BAD_INPUT,
        )
    return bool(booked)


def _service(options: dict[str, Any]) -> ServiceTimes:
    samples, cv, minutes = options["service_samples"], options["service_cv"], options["service_minutes"]
    law = ServiceLaw(options["law"] or (ServiceLaw.EMPIRICAL if samples else ServiceLaw.LOGNORMAL))
    if (law == ServiceLaw.EMPIRICAL) != (samples is not None):
        raise CommandError("--law empirical and --service-samples belong together", returncode=BAD_INPUT)
    if samples is not None:
        if cv is not None:
            raise CommandError("--service-cv is the samples' own with --service-samples", returncode=BAD_INPUT)
        return ServiceTimes.empirical(samples=_read_samples(samples), mean_minutes=minutes)
    if minutes is None:
        # A session of no length or size is refused under its own name.
        length = options["session_minutes"]
        minutes = length / max(options["rated"], 1) if 0 < length <= LARGEST_SESSION_MINUTES else 1.0
    default_cv = 1.0 if law == ServiceLaw.EXPONENTIAL else 0.6
    return ServiceTimes(mean_minutes=minutes, cv=default_cv if cv is None else cv, law=law)


def _read_samples(path: Path) -> list[float]:
    """One number a line; empty lines are skipped. CommandError says which line is none."""
    try:
        if path.is_file() and path.stat().st_size > LARGEST_FILE_BYTES:
            raise CommandError(f"{path} is larger than {LARGEST_FILE_BYTES:,} bytes", returncode=BAD_INPUT)
        if path.is_char_device():
            raise CommandError(f"cannot read {path}: it is a device", returncode=BAD_INPUT)
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror or error}", returncode=BAD_INPUT) from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not text in UTF-8", returncode=BAD_INPUT) from error
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(float(line))
        except ValueError as error:
            raise CommandError(f"{path}, line {number}: {line.strip()[:40]!r} is not a number", returncode=BAD_INPUT) from error
    return found


def _option(argument: str, options: dict[str, Any]) -> str:
    if argument in ("mean_advance", "mean_same_day") and options["mean_advance"] is None:
        argument = argument.replace("mean", "booked")
    return OPTION_OF.get(argument, "--" + argument.replace("_", "-"))


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def _as_json(outcome: SessionOutcome, seed: int) -> str:
    fields = asdict(outcome) | {"seed": seed}
    del fields["wait_curve"], fields["overtime_curve"], fields["wait_shares"]
    fields["wait_quantiles"] = {
        f"{share:g}": asdict(told) for share, told in zip(QUANTILES, outcome.wait_quantiles or (), strict=bool(outcome.wait))
    }
    fields["curves"] = {
        "shares": list(CURVE),
        "wait_minutes": list(outcome.wait_curve),
        "overtime_minutes": list(outcome.overtime_curve),
    }
    return json.dumps(fields, allow_nan=False)


def _as_text(outcome: SessionOutcome) -> str:
    quantiles = outcome.wait_quantiles or (None,) * len(QUANTILES)
    lines = [
        ("wait", _told(outcome.wait, "minutes")),
        *((f"  {share:.0%} wait at most", _told(told, "minutes")) for share, told in zip(QUANTILES, quantiles, strict=True)),
        ("wait after the window", _told(outcome.wait_after_window, "minutes")),
        ("overtime", _told(outcome.overtime, "minutes")),
        ("sessions with overtime", _told(outcome.overtime_share, "percent", 100)),
        ("idle", _told(outcome.idle, "room minutes")),
        ("utilisation", _told(outcome.utilisation, "percent", 100)),
        ("seen", _told(outcome.seen, "patients")),
        ("overload", _told(outcome.overload, "patients above N")),
        ("turned away", _told(outcome.turned_away, "patients")),
        ("missed", _told(outcome.missed, "patients with a number")),
    ]
    width = max(len(label) for label, _ in lines) + 2
    return "\n".join([f"{outcome.replications:,} sessions", *(f"{label:<{width}}{value}" for label, value in lines)])


def _told(measure: Measure | None, unit: str, scale: float = 1.0) -> str:
    if measure is None:
        return "nobody came"
    error = "" if measure.standard_error is None else f" +/- {scale * measure.standard_error:.2f}"
    return f"{scale * measure.value:.2f}{error} {unit}"
