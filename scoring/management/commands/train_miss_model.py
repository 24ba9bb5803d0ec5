"""Learn a hospital's chance of misses at once, as the night would."""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from hospitals.operator_command import OperatorCommand, hospital_with_code
from scoring.models import MissModel
from scoring.services.miss_model import MOST_BOOKINGS, train_miss_model
from scoring.services.miss_predictions import predict_coming

DESCRIPTION = f"""\
Learn the chance that a booking is missed from a hospital's latest closed bookings ({MOST_BOOKINGS:,} at most), test it on the
latest quarter of them, store it, and write the probability of every coming booking, as the nightly run does.

A miss is a seat that was held to the end and not used (outcomes missed and unattended); bookings withdrawn in time are left
out. `brier` is the mean squared error of the probabilities; a model that does not beat the baseline (the mean rate for
everyone) is stored but not used. With too little to learn from nothing is stored (exit status 1)."""


class Command(OperatorCommand):
    help = DESCRIPTION

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hospital", required=True, metavar="CODE", help="the code of the hospital")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of text")

    def handle(self, *, hospital: str, json: bool, **options: Any) -> None:
        place, now = hospital_with_code(hospital), timezone.now()
        try:
            training = train_miss_model(hospital_id=place.pk, now=now, on_progress=self._show_rows)
            if training.model is None:
                raise CommandError(str(training.too_little), returncode=1)
            self.show_progress("writing probabilities …")
            changed = predict_coming(hospital_id=place.pk, now=now)
        finally:
            self.show_progress("")
        self.stdout.write(_as_json(training.model, changed) if json else _as_text(training.model, changed))

    def _show_rows(self, rows: int) -> None:
        self.show_progress(f"{rows:,} bookings read, learning …")


def _as_json(model: MissModel, changed: int) -> str:
    figures = ("learnt_from", "tested_on", "miss_rate", "auc", "brier", "brier_baseline", "is_in_use", "calibration")
    return json.dumps(
        {name: getattr(model, name) for name in figures}
        | {"learnt_until": model.learnt_until.isoformat(), "kind": model.kind, "probabilities_changed": changed}
    )


def _as_text(model: MissModel, changed: int) -> str:
    auc = "-" if model.auc is None else f"{model.auc:.4f}"
    lines = [
        f"learnt from {model.learnt_from:,} bookings with visits until {model.learnt_until}",
        f"tested on {model.tested_on:,} later ones, of which {100 * model.miss_rate:.2f}% were missed",
        f"auc {auc}, brier {model.brier:.4f} against {model.brier_baseline:.4f}: {'in use' if model.is_in_use else 'not used'}",
        f"{'predicted':>9}{'missed':>9}{'low':>9}{'high':>9}{'bookings':>10}",
    ]
    for group in model.calibration:
        cells = "".join(f"{100 * group[name]:>8.1f}%" for name in ("predicted", "observed", "low", "high"))
        lines.append(f"{cells}{group['bookings']:>10}")
    lines.append(f"{changed:,} coming bookings have a new probability")
    return "\n".join(lines)
