"""Compare a hospital's past sessions with what the model would have expected of them."""

import json as jsons
from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from capacity.selectors.looking_back import COUNTS, JUDGED, LookingBack, Tally
from capacity.services.walk_forward import compare_past
from hospitals.operator_command import OperatorCommand, hospital_with_code

MOST_MONTHS = 36

DESCRIPTION = """\
Compare the closed sessions of the last months, of before plans were made, with what the capacity model would have expected
of the quotas they had: each month with estimates from the history before it. The admin shows the comparisons as plots.
Beside what was expected of patients seen and missed stands how far chance takes the difference where the model is right.

Sessions that had a plan are compared by the nightly run; imported ones are left out, as nobody knows their quotas.
Running it again writes the same.

Exit status: 0 compared (there may be nothing to compare), 2 a bad number of months or hospital."""


class Command(OperatorCommand):
    help = DESCRIPTION

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hospital", required=True, metavar="CODE", help="the code of the hospital")
        parser.add_argument(
            "--months", type=_months, default=3, metavar="N", help=f"full months, 1 to {MOST_MONTHS} (default: 3)"
        )
        parser.add_argument("--json", action="store_true", help="JSON instead of a table")

    def handle(self, *, hospital: str, months: int, json: bool, **options: Any) -> None:
        place = hospital_with_code(hospital)
        now = timezone.now()
        self.show_progress("comparing …")
        try:
            compared = compare_past(hospital=place, now=now, months=months)
        finally:
            self.show_progress("")
        today = now.astimezone(place.zone).date()
        report = LookingBack(place, today - timedelta(days=31 * (months + 1)), today, today)
        rows = [_row(f"{month:%Y-%m}", tally) for month, tally in report.months.items()]
        self.stdout.write(jsons.dumps({"compared": compared, "months": rows}) if json else _as_table(compared, rows))


def _months(text: str) -> int:
    """An argument's type."""
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST_MONTHS:
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 to {MOST_MONTHS}")
    return int(text)


def _row(month: str, tally: Tally) -> dict[str, Any]:
    """Patients per session."""
    row: dict[str, Any] = {"month": month, "sessions": tally.sessions}
    for name in COUNTS:
        row[f"expected_{name}"] = round(tally.each(tally.expected, name), 4)
        row[name] = round(tally.each(tally.came, name), 4)
        if name in JUDGED:
            row[f"{name}_margin"] = round(tally.margin(name), 4)
    return row


def _as_table(compared: int, rows: list[dict[str, Any]]) -> str:
    lines = [f"{compared} sessions compared. Patients per session, expected / came; +/- holds 19 of 20 differences by chance:"]
    lines.append(f"{'month':8}  {'sessions':>8}" + "".join(f"  {name.replace('_', ' '):>21}" for name in COUNTS))
    for row in rows:
        pairs = (f"{row[f'expected_{name}']:.2f}{_margin(row, name)} / {row[name]:.2f}" for name in COUNTS)
        lines.append(f"{row['month']:8}  {row['sessions']:8}" + "".join(f"  {pair:>21}" for pair in pairs))
    return "\n".join(lines)


def _margin(row: dict[str, Any], name: str) -> str:
    return f" +/- {row[f'{name}_margin']:.2f}" if name in JUDGED else ""
