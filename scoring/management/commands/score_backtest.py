"""Does the tier tell who will miss? The share missed by the tier that patients had when they booked."""

import json
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from hospitals.operator_command import BAD_INPUT, OperatorCommand, hospital_with_code, iso_day
from scoring.management.backtest_plot import FORMATS, save_plot
from scoring.numeric import Tier
from scoring.services.backtest import HospitalBacktest, backtest_hospital

DESCRIPTION = """\
Check the tiers against what came: for every closed booking of a hospital (void ones do not count) the tier that its
patient had when it was made, and by tier the share that was missed, with 95 % Wilson intervals.

The tier is that of the morning of the day on which the booking was made: from the visits before that day and within the
hospital's scoring window, by its bounds and minimum number of appointments. Nothing later is looked at. `unrated` had no
visits then (or fewer than the minimum). --since and --until limit the visit dates that are judged; earlier visits still
count as history. If the tiers mean something, the share rises from A to D.

`auc` is how often, of two rated bookings of which one was missed, that one's patient had the lower score (0.5 is chance)."""

VERDICTS = {
    True: "the share rises from A to D",
    False: "the share does not rise from A to D",
    None: "a tier has no bookings to compare",
}


class Command(OperatorCommand):
    help = DESCRIPTION

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hospital", required=True, metavar="CODE", help="the code of the hospital")
        parser.add_argument("--since", type=iso_day, metavar="DATE", help="the first visit date to judge, YYYY-MM-DD")
        parser.add_argument("--until", type=iso_day, metavar="DATE", help="the last visit date to judge, YYYY-MM-DD")
        parser.add_argument("--plot", type=_plot_file, metavar="FILE", help="also draw it, to FILE.png or FILE.svg")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of text")

    def handle(
        self, *, hospital: str, since: date | None, until: date | None, plot: Path | None, json: bool, **options: Any
    ) -> None:
        if since and until and since > until:
            raise CommandError(f"--since {since} is after --until {until}", returncode=BAD_INPUT)
        place = hospital_with_code(hospital)
        try:
            found = backtest_hospital(hospital=place, since=since, until=until, on_progress=self._show_rows)
        finally:
            self.show_progress("")
        if not found.result.bookings:
            raise CommandError(f"{hospital} has no closed bookings in that time to judge", returncode=1)
        if plot:
            self._draw(found, plot, hospital)
        if json:
            self.stdout.write(_as_json(hospital, found))
        else:
            self._report(found)

    def _show_rows(self, rows: int) -> None:
        self.show_progress(f"{rows:,} bookings read")

    def _draw(self, found: HospitalBacktest, plot: Path, hospital: str) -> None:
        try:
            save_plot(found.result, plot, title=f"Missed by the tier at booking: {hospital}, {found.since} to {found.until}")
        except OSError as error:
            raise CommandError(f"cannot write {plot}: {error.strerror or error}", returncode=BAD_INPUT) from error

    def _report(self, found: HospitalBacktest) -> None:
        result, policy = found.result, found.policy
        self.stdout.write(
            f"{result.bookings:,} bookings with visits from {found.since} to {found.until}; window of {policy.window_days} days,"
            f" at least {policy.minimum_appointments} appointments for a tier"
        )
        if result.booked_too_late:
            self.stdout.write(f"{result.booked_too_late:,} left out: booked after their visit date")
        self.stdout.write(f"{'tier':<8}{'bookings':>10}{'missed':>9}{'share':>9}{'low':>9}{'high':>9}{'patients':>11}")
        for tier in result.tiers:
            missed = tier.missed
            percents = "".join(f"{_percent(part):>9}" for part in (missed.share, missed.low, missed.high))
            self.stdout.write(f"{tier.tier:<8}{missed.total:>10}{missed.count:>9}{percents}{tier.patients:>11}")
        auc = "-" if result.auc is None else f"{result.auc:.3f}"
        self.stdout.write(f"{VERDICTS[result.is_rising]}; auc of the score among rated bookings: {auc}")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}%"


def _as_json(hospital: str, found: HospitalBacktest) -> str:
    result, policy = found.result, found.policy
    rated = sum(tier.missed.total for tier in result.tiers if tier.tier != Tier.UNRATED)
    return json.dumps(
        {
            "hospital": hospital,
            "since": found.since and found.since.isoformat(),
            "until": found.until and found.until.isoformat(),
            "window_days": policy.window_days,
            "minimum_appointments": policy.minimum_appointments,
            "bookings": result.bookings,
            "rated": rated,
            "booked_too_late": result.booked_too_late,
            "tiers": found.tiers_as_json(),
            "is_rising": result.is_rising,
            "auc": result.auc,
        }
    )


def _plot_file(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in FORMATS:
        raise ArgumentTypeError(f"{text!r} ends neither in {' nor in '.join(FORMATS)}")
    return path
