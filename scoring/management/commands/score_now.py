"""Score a hospital's patients at once, as the night would."""

import json
from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from hospitals.operator_command import BAD_INPUT, OperatorCommand, hospital_with_code, iso_day
from scoring.services.nightly import AsOfInFuture, score_hospital

# Nobody has bookings from before; a window of years can be counted back from here.
EARLIEST_YEAR = 1900

DESCRIPTION = """\
Score the patients of a hospital from their closed appointments and write what has changed, as the nightly run does.

The scoring window (365 days unless the hospital has its own) ends on --as-of, today at the hospital if left out.
`patients` have closed appointments in the window, `changed` is how many standings were written; under `tiers`, unrated
counts those who had a tier before and whose appointments have all left the window."""


class Command(OperatorCommand):
    help = DESCRIPTION

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hospital", required=True, metavar="CODE", help="the code of the hospital")
        parser.add_argument("--as-of", type=_day, metavar="DATE", help="the last day of the window, YYYY-MM-DD")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of text")

    def handle(self, *, hospital: str, as_of: date | None, json: bool, **options: Any) -> None:
        place = hospital_with_code(hospital)
        self.show_progress("scoring …")
        try:
            run = score_hospital(hospital_id=place.pk, now=timezone.now(), as_of=as_of)
        except AsOfInFuture as refusal:
            message = "--as-of {as_of} is in the future: at the hospital it is {today}".format(**refusal.detail)
            raise CommandError(message, returncode=BAD_INPUT) from refusal
        finally:
            self.show_progress("")
        self._report({"patients": run.patients, "changed": run.changed, "seconds": run.seconds, "tiers": run.tiers}, json)

    def _report(self, result: dict[str, Any], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(result))
            return
        tiers = ", ".join(f"{tier} {count:,}" for tier, count in result["tiers"].items())
        self.stdout.write(
            f"{result['patients']:,} patients scored, {result['changed']:,} changed in {result['seconds']:.1f} s: {tiers}"
        )


def _day(text: str) -> date:
    day = iso_day(text)
    if day.year < EARLIEST_YEAR:
        raise ArgumentTypeError(f"{text!r} is before {EARLIEST_YEAR}")
    return day
