"""Waiting times of a clinic that runs all day, from numbers on the command line. Needs no database."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser

from capacity.numeric.errors import InvalidInput
from capacity.numeric.queueing import QueueEstimate, queue
from hospitals.operator_command import BAD_INPUT, OperatorCommand

DESCRIPTION = """\
How long patients wait in a clinic that runs all day: the steady state of a queue to which patients come at random.

The model follows from what is given: M/M/1; with --servers above 1, M/M/c; with --service-cv, M/G/1; with both, M/G/c by
the approximation of Lee and Longton. All rates are per hour of opening time. At a utilisation of 1 or more the queue has
no steady state: the answer says so (`stable` is false and the other numbers are null), and the exit status is 0.

Exit status 0: answered; 2: bad input."""


class Command(OperatorCommand):
    help = DESCRIPTION
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--arrivals-per-hour", type=float, required=True, help="patients an hour, on average")
        parser.add_argument("--service-minutes", type=float, required=True, help="minutes of a consultation, on average")
        parser.add_argument(
            "--service-cv", type=float, help="standard deviation / mean of a consultation (default: 1, exponential)"
        )
        parser.add_argument("--servers", type=int, default=1, help="rooms that share the queue (default: 1)")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of text")

    def handle(self, *, json: bool, **options: Any) -> None:
        names = ("arrivals_per_hour", "service_minutes", "service_cv", "servers")
        try:
            found = queue(**{name: options[name] for name in names})
        except InvalidInput as error:
            raise CommandError(f"--{error.argument.replace('_', '-')} {error.reason}", returncode=BAD_INPUT) from error
        self.stdout.write(_as_json(found) if json else _as_text(found))


def _as_json(found: QueueEstimate) -> str:
    return json.dumps(asdict(found), allow_nan=False)


def _as_text(found: QueueEstimate) -> str:
    lines = [("model", found.model), ("utilisation", f"{found.utilisation:.1%} of the servers' time")]
    if found.wait_minutes is None or found.queue_length is None or found.wait_probability is None:
        lines.append(("unstable", "more patients come than can be served: the queue grows for as long as the doors are open"))
    else:
        lines += [
            ("wait", f"{found.wait_minutes:.2f} minutes, on average, before the consultation"),
            ("queue", f"{found.queue_length:.2f} patients waiting, on average"),
            ("chance to wait", f"{found.wait_probability:.1%}"),
        ]
    width = max(len(label) for label, _ in lines) + 2
    return "\n".join(f"{label:<{width}}{value}" for label, value in lines)
