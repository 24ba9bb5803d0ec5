"""Import one file of past appointments: everything that can be kept, or nothing."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from accounts.errors import Refusal
from booking.imports.csv_file import CsvFile, open_csv
from booking.imports.layout import Layout
from booking.imports.rows import BadRow, PastAppointment, Remark, RowReader
from booking.imports.staging import drop_already_present, drop_repeated, stage
from booking.imports.storing import Stored, store_staged
from hospitals.models import Doctor, Hospital

ROWS_PER_REPORT = 1_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. `share` (0 to 1) is of the file's bytes: the number of its rows is not known before its end."""

    step: str
    rows: int
    share: float


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Rows of the file by what became of them: `rows = imported + already_present + skipped`.

    `errors` has one remark per skipped row, `warnings` those on rows that were kept, both by line. `patients` and `sessions`
    are how many were added.
    """

    rows: int
    imported: int
    already_present: int
    skipped: int
    warnings: list[Remark]
    errors: list[Remark]
    patients: int
    sessions: int
    seconds: float


class ImportRefused(Refusal):
    """A strict import met rows that cannot be kept; nothing was imported. `result` tells which."""

    def __init__(self, result: ImportResult) -> None:
        super().__init__(bad_rows=result.skipped, rows=result.rows)
        self.result = result


def import_history(
    *,
    hospital: Hospital,
    path: Path,
    layout: Layout,
    now: datetime,
    strict: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> ImportResult:
    """Store the file's rows as closed appointments of the hospital; rows that an earlier import stored are left as they are.

    One transaction. Raises BadImportFile or BadLayout where the file cannot be read by the layout, ImportRefused where `strict`
    and a row is bad, SessionTaken or TooManySeats; nothing is stored then.
    """
    started = time.perf_counter()
    with transaction.atomic(), open_csv(path) as file, connection.cursor() as cursor:
        reading = _Reading(hospital=hospital, file=file, layout=layout, now=now, on_progress=on_progress)
        stage(cursor, reading.rows())
        # Held until the end: of two imports of one file the second sees what the first has stored.
        Hospital.objects.select_for_update(no_key=True).get(pk=hospital.pk)
        repeated = drop_repeated(cursor)
        errors = sorted(reading.errors + repeated)
        stored, already_present = Stored(0, 0, 0), 0
        if not (strict and errors):
            already_present = drop_already_present(cursor, hospital_id=hospital.pk)
            reading.report("storing", 1.0)
            if reading.count > len(errors) + already_present:
                stored = store_staged(cursor, hospital=hospital, source=path, now=now)
        result = ImportResult(
            rows=reading.count,
            imported=stored.appointments,
            already_present=already_present,
            skipped=len(errors),
            warnings=_of_kept_rows(reading.warnings, errors),
            errors=errors,
            patients=stored.patients,
            sessions=stored.sessions,
            seconds=round(time.perf_counter() - started, 3),
        )
        if strict and errors:
            raise ImportRefused(result)
    return result


class _Reading:
    """One pass over the file: yields what can be kept and notes the rest."""

    def __init__(
        self,
        *,
        hospital: Hospital,
        file: CsvFile,
        layout: Layout,
        now: datetime,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self.count = 0
        self.errors: list[Remark] = []
        self.warnings: list[Remark] = []
        self._file = file
        self._on_progress = on_progress
        self._reader = RowReader(
            layout=layout,
            positions=layout.positions(file.header),
            zone=hospital.zone,
            doctors=_doctors_by_code_or_name(hospital),
            today=now.astimezone(hospital.zone).date(),
            warn=self.warnings.append,
        )

    def rows(self) -> Iterator[PastAppointment]:
        for record in self._file.records():
            self.count += 1
            if self.count % ROWS_PER_REPORT == 0:
                self.report("reading", self._file.share_read)
            if record.problem:
                self.errors.append(Remark(record.line, record.problem))
                continue
            try:
                yield self._reader.read(record.line, record.fields)
            except BadRow as error:
                self.errors.append(Remark(record.line, str(error)))

    def report(self, step: str, share: float) -> None:
        if self._on_progress is not None:
            self._on_progress(Progress(step, self.count, share))


def _doctors_by_code_or_name(hospital: Hospital) -> dict[str, int]:
    """A name that two doctors share names neither."""
    doctors = list(Doctor.objects.filter(hospital=hospital).values_list("code", "name", "pk"))
    shared = Counter(name for _, name, _ in doctors)
    by_name = {name: pk for _, name, pk in doctors if shared[name] == 1}
    return by_name | {code: pk for code, _, pk in doctors}


def _of_kept_rows(warnings: list[Remark], errors: list[Remark]) -> list[Remark]:
    """A row that is skipped is listed once, with what is wrong with it."""
    bad_lines = {error.line for error in errors}
    return [warning for warning in warnings if warning.line not in bad_lines]
