"""Import a hospital's past appointments from a CSV file."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from booking.imports import (
    BadImportFile,
    BadLayout,
    ImportRefused,
    ImportResult,
    Progress,
    import_history,
    load_layout,
    shipped_layouts,
)
from booking.imports.storing import SessionTaken, TooManySeats
from hospitals.operator_command import BAD_INPUT, OperatorCommand, hospital_with_code

REFUSED = 1

DESCRIPTION = f"""\
Import a hospital's past appointments from a CSV file (plain or .gz; UTF-8 or GB18030) as closed appointments.

Each row needs an id, a patient, when it was booked, the day of the visit, a department and its outcome (fulfilled,
unattended, cancelled, missed or void); doctor, channel, sex and age are read where the file has them. --columns says
which column is what: the name of a layout that comes with the product ({", ".join(shipped_layouts())})
or a TOML file like those in booking/imports/layouts/, whose standard.toml documents the default.

Ids and patients are text. Departments and patients that the hospital does not know are added. A row that was imported
before is left alone, so that a file can be imported again. Bad rows are listed with their line and the reason and
skipped; what is odd but can be kept is listed as a warning. The import is one transaction.

Exit status: 0 imported (rows may have been skipped), 1 refused, 2 a bad file, map or hospital."""


class Command(OperatorCommand):
    help = DESCRIPTION

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="the CSV file")
        parser.add_argument("--hospital", required=True, metavar="CODE", help="the code of the hospital")
        parser.add_argument("--columns", default="standard", metavar="MAP", help="a layout's name or a TOML file (standard)")
        parser.add_argument("--strict", action="store_true", help="import nothing if any row is bad")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of text")

    def handle(self, *, file: Path, hospital: str, columns: str, strict: bool, json: bool, **options: Any) -> None:
        place = hospital_with_code(hospital)
        started = time.monotonic()

        def show(progress: Progress) -> None:
            rate = progress.rows / max(time.monotonic() - started, 0.001)
            self.show_progress(f"{progress.step}: {progress.rows:,} rows, {progress.share:.0%}, {rate:,.0f} rows/s")

        try:
            result = import_history(
                hospital=place,
                path=file,
                layout=load_layout(columns),
                now=timezone.now(),
                strict=strict,
                on_progress=show if self.stderr.isatty() else None,
            )
        except (BadImportFile, BadLayout) as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        except ImportRefused as refusal:
            self._report(refusal.result, json)
            raise CommandError(
                f"refused: {refusal.result.skipped:,} of {refusal.result.rows:,} rows are bad; nothing was imported",
                returncode=REFUSED,
            ) from refusal
        except SessionTaken as refusal:
            raise CommandError(
                "refused: {department} already has a session from midnight on {visit_date}; nothing was imported".format(
                    **refusal.detail
                ),
                returncode=REFUSED,
            ) from refusal
        except TooManySeats as refusal:
            raise CommandError(
                "refused: {department} has more appointments on {visit_date} than a session can count; "
                "nothing was imported".format(**refusal.detail),
                returncode=REFUSED,
            ) from refusal
        finally:
            self.show_progress("")
        self._report(result, json)
        if result.rows and result.skipped == result.rows:
            raise CommandError(f"none of the {result.rows:,} rows could be imported", returncode=REFUSED)

    def _report(self, result: ImportResult, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(result), ensure_ascii=False))
            return
        for kind, remarks in (("warning", result.warnings), ("skipped", result.errors)):
            for remark in remarks:
                self.stderr.write(f"line {remark.line}: {kind}: {remark.message}", style_func=str)
        self.stdout.write(
            f"{result.rows:,} rows: {result.imported:,} imported, {result.already_present:,} already present, "
            f"{result.skipped:,} skipped, {len(result.warnings):,} with warnings; {result.patients:,} patients and "
            f"{result.sessions:,} sessions added in {result.seconds:.1f} s"
        )
