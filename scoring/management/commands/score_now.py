"""Score a hospital's patients at once, as the night would."""

import json
from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from accounts.models import Patient
from booking.models import Standing
from hospitals.locks import TooBusy
from hospitals.models import Hospital
from hospitals.operator_command import BAD_INPUT, OperatorCommand, hospital_with_code, iso_day
from scoring.models import RunScope, RunState, ScoringRun
from scoring.run_progress import progress_of
from scoring.services.nightly import AsOfInFuture, score_hospital, score_patient

# Nobody has bookings from before; a window of years can be counted back from here.
EARLIEST_YEAR = 1900
COUNTS = ("total", "fulfilled", "unattended", "cancelled", "missed")

DESCRIPTION = """\
Score the patients of a hospital from their closed appointments and write what has changed, as the nightly run does.

The scoring window (365 days unless the hospital has its own) ends on --as-of, today at the hospital if left out.
`patients` have closed appointments in the window, `changed` is how many standings were written; under `tiers`, unrated
counts those who had a tier before and whose appointments have all left the window.

Only those are looked at for whom something may have changed since the last run, all of them where the rules have changed;
--everyone looks at all. A run that was interrupted or killed is gone on with where it stopped. --patient scores one
patient as of today and prints the standing."""


class Command(OperatorCommand):
    help = DESCRIPTION

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hospital", required=True, metavar="CODE", help="the code of the hospital")
        parser.add_argument("--as-of", type=_day, metavar="DATE", help="the last day of the window, YYYY-MM-DD")
        among = parser.add_mutually_exclusive_group()
        among.add_argument("--everyone", action="store_true", help="look at all patients although only some can have changed")
        among.add_argument("--patient", type=_key, metavar="KEY", help="score this patient alone, by the number of the record")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of text")

    def handle(
        self, *, hospital: str, as_of: date | None, everyone: bool, patient: int | None, json: bool, **options: Any
    ) -> None:
        place = hospital_with_code(hospital)
        if patient is not None:
            if as_of is not None:
                raise CommandError("--patient is scored as of today: leave --as-of out", returncode=BAD_INPUT)
            self._score_one(place, patient, json)
            return
        try:
            run = score_hospital(hospital_id=place.pk, now=timezone.now(), as_of=as_of, everyone=everyone, on_progress=self._show)
        except AsOfInFuture as refusal:
            message = "--as-of {as_of} is in the future: at the hospital it is {today}".format(**refusal.detail)
            raise CommandError(message, returncode=BAD_INPUT) from refusal
        except KeyboardInterrupt as interrupt:
            raise CommandError("interrupted; the same command goes on where this one stopped") from interrupt
        finally:
            self.show_progress("")
        if run.state != RunState.FINISHED:
            raise CommandError("another run, for another day or other rules, has overtaken this one: score again")
        self._report({"patients": run.patients, "changed": run.changed, "seconds": run.seconds, "tiers": run.tiers}, json)

    def _show(self, run: ScoringRun) -> None:
        progress = progress_of(run)
        unit = "batches" if run.scope == RunScope.FULL else "patients"
        parts = [f"scoring {progress.percent} %", f"{progress.steps_done:,} of {progress.steps_expected:,} {unit}"]
        if progress.steps_a_second is not None:
            parts.append(f"{progress.steps_a_second:,.1f} {unit} a second")
        if progress.seconds_left is not None:
            parts.append(f"{progress.seconds_left:,.0f} s left")
        self.show_progress(", ".join(parts))

    def _score_one(self, place: Hospital, patient_id: int, as_json: bool) -> None:
        if not Patient.objects.filter(pk=patient_id).exists():
            raise CommandError(f"there is no patient with the key {patient_id}", returncode=BAD_INPUT)
        try:
            standing = score_patient(hospital_id=place.pk, patient_id=patient_id, now=timezone.now())
        except TooBusy as refusal:
            raise CommandError("many standings of this hospital are being written just now: try again later") from refusal
        standing = standing or Standing(hospital=place, patient_id=patient_id)
        counts = {name: getattr(standing, name) for name in COUNTS}
        if as_json:
            score = None if standing.score is None else float(standing.score)
            self.stdout.write(json.dumps({"patient": patient_id, "tier": standing.tier, "score": score, **counts}))
            return
        told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
        score_text = "no score" if standing.score is None else f"score {standing.score}"
        self.stdout.write(f"patient {patient_id}: tier {standing.tier}, {score_text}: {told}")

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


def _key(text: str) -> int:
    """As large as a key can be."""
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 2**63):
        raise ArgumentTypeError(f"{text!r} is not the number of a patient")
    return int(text)
