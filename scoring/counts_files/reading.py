"""From the bytes of a file to counts, or to everything that is wrong with them. One set of rules for command and upload."""

import re
import unicodedata
from array import array
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.counts_files.csv_table import CsvTable
from scoring.counts_files.layout import COLUMNS, COUNTS, column_named
from scoring.counts_files.problems import BadCountsFile, Problem, ProblemKind
from scoring.counts_files.sniffing import ZIP, stranger
from scoring.counts_files.tables import BadCell, Table
from scoring.counts_files.xlsx_table import XlsxTable
from scoring.numeric import MAX_COUNT
from scoring.numeric.counts import impossible

PROGRESS_EVERY_ROWS = 20_000
# Rows of plain digits, no longer than this together, are read without looking at each count: nearly every row.
FEW_DIGITS = 60
SHOWN_CHARACTERS = 40
# What a spreadsheet makes of a long number when it saves CSV: 1.23457E+17. Different patients become one.
_ROUNDED = re.compile(r"[0-9]\.[0-9]+E\+[0-9]{2,}")
_SUMS = frozenset({"合计", "总计", "小计", "共计"})


@dataclass(frozen=True, slots=True)
class CountsFile:
    """The rows of a file in its order: n patients and, by name in `COUNTS`, their counts of shape (n,); the line of each, (n,).

    `sheet` names the one that was read of a workbook with several.
    """

    patients: list[str]
    counts: dict[str, npt.NDArray[np.int64]]
    lines: npt.NDArray[np.int64]
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is looked at: rows in all, characters of a patient's number, and problems before the reading stops."""

    problems: int = 1
    rows: int | None = None
    patient_characters: int | None = None


def read_counts(
    content: bytes,
    *,
    encoding: str | None = None,
    limits: Limits = Limits(),
    on_progress: Callable[[int], None] | None = None,
) -> CountsFile:
    """All rows of a CSV file or of a workbook (.xlsx), or BadCountsFile with what is wrong with it, up to `limits.problems`.

    What the file is tells its content, never its name. Columns are found by their headers in any order, others are left alone,
    blank rows are skipped. Without `encoding` that of a CSV file is found out. `on_progress` is called with the number of rows
    read so far.
    """
    if problem := stranger(content):
        raise BadCountsFile([problem])
    table: Table = XlsxTable(content) if content.startswith(ZIP) else CsvTable(content, encoding=encoding)
    places = _places(table)
    reading = _Reading(limits)
    try:
        for line, cells in table.rows([places[name] for name in COLUMNS]):
            if not reading.take(line, cells):
                break
            if on_progress and reading.rows % PROGRESS_EVERY_ROWS == 0:
                on_progress(reading.rows)
    except BadCountsFile as error:
        # Nothing can be read beyond it; what was wrong before is said first.
        raise BadCountsFile([*reading.problems, *error.problems], is_complete=False) from error
    return reading.result(table.sheet)


class _Reading:
    """The rows so far, and what was wrong with them."""

    def __init__(self, limits: Limits) -> None:
        self.problems: list[Problem] = []
        self.rows = 0
        self._limits = limits
        self._line_of: dict[str, int] = {}
        self._lines = array("q")
        self._counts = {name: array("q") for name in COUNTS}
        # The columns in the order of a row's counts.
        self._columns = tuple(self._counts.values())

    def take(self, line: int, cells: list[str] | Problem) -> bool:
        """Whether to go on: False where a limit is reached."""
        self.rows += 1
        if self._limits.rows is not None and self.rows > self._limits.rows:
            self.problems.append(Problem(ProblemKind.TOO_MANY_ROWS, line, detail={"limit": self._limits.rows}))
            return False
        if isinstance(cells, Problem):
            self.problems.append(cells)
            return not self._is_enough
        patient, problems = self._patient(cells[0], line)
        values, more = _counts(cells[1:], line)
        self.problems += problems + more
        # Also of a row that is wrong, so that another row of the same patient is found.
        self._line_of.setdefault(patient, line)
        if not self.problems:
            self._lines.append(line)
            for column, value in zip(self._columns, values, strict=True):
                column.append(value)
        return not self._is_enough

    def result(self, sheet: str | None) -> CountsFile:
        if self.problems:
            raise BadCountsFile(self.problems[: self._limits.problems], is_complete=not self._is_enough)
        counts = {name: np.array(values, dtype=np.int64) for name, values in self._counts.items()}
        return CountsFile(list(self._line_of), counts, np.array(self._lines, dtype=np.int64), sheet)

    @property
    def _is_enough(self) -> bool:
        return len(self.problems) >= self._limits.problems

    def _patient(self, cell: str, line: int) -> tuple[str, list[Problem]]:
        kind, detail = _of_patient(cell, self._limits.patient_characters)
        patient = cell.strip()
        if kind is None and (first := self._line_of.get(patient)) is not None:
            kind, detail = ProblemKind.REPEATED, {"value": shortened(patient), "first": first}
        return patient, [] if kind is None else [Problem(kind, line, "patient", detail)]


def _places(table: Table) -> dict[str, int]:
    """Where each of `COLUMNS` stands in a row."""
    places: dict[str, int] = {}
    line = table.header_line
    for place, title in enumerate(table.header):
        name = column_named(title)
        if name in places:
            raise BadCountsFile([Problem(ProblemKind.COLUMN_TWICE, line, name)])
        if name is not None:
            places[name] = place
    if missing := [name for name in COLUMNS if name not in places]:
        raise BadCountsFile([Problem(ProblemKind.COLUMN_MISSING, line, missing[0], {"missing": missing})])
    return places


def _of_patient(cell: str, most_characters: int | None) -> tuple[ProblemKind | None, dict[str, object]]:
    """What is wrong with a patient's number by itself."""
    patient = cell.strip()
    detail: dict[str, object] = {"value": shortened(patient)}
    if isinstance(cell, BadCell):
        return cell.kind, {"value": shortened(cell.shown)}
    if not patient:
        return ProblemKind.BLANK, {}
    if not patient.isprintable() and any(unicodedata.category(character) == "Cc" for character in patient):
        visible = "".join("□" if unicodedata.category(character) == "Cc" else character for character in patient)
        return ProblemKind.CONTROL_CHARACTER, detail | {"visible": shortened(visible)}
    if patient in _SUMS:
        return ProblemKind.SUM_ROW, detail
    if _ROUNDED.fullmatch(patient):
        return ProblemKind.DIGITS_LOST, detail
    if most_characters is not None and len(patient) > most_characters:
        limits = {"limit": f"{most_characters} characters", "limit_chinese": f"{most_characters} 个字符"}
        return ProblemKind.TOO_LONG, detail | limits
    return None, {}


def _counts(cells: list[str], line: int) -> tuple[list[int], list[Problem]]:
    """The numbers of one row, in the order of `COUNTS`, or what is wrong with them."""
    joined = "".join(cells)
    if joined.isdigit() and joined.isascii() and len(joined) <= FEW_DIGITS and "" not in cells:
        values = [int(cell) for cell in cells]
    else:
        read = [_whole_number(cell, line, name) for name, cell in zip(COUNTS, cells, strict=True)]
        if problems := [value for value in read if isinstance(value, Problem)]:
            return [], problems
        values = [value for value in read if not isinstance(value, Problem)]
    total = values[0]
    if total > MAX_COUNT or max(values) > total or min(values) < 0:
        return values, _impossible(values, line)
    return values, []


def _impossible(values: list[int], line: int) -> list[Problem]:
    total, problems = values[0], []
    for name, value in zip(COUNTS, values, strict=True):
        if impossible(value=value, total=total):
            kind = ProblemKind.NEGATIVE if value < 0 else ProblemKind.TOO_LARGE if value > MAX_COUNT else ProblemKind.ABOVE_TOTAL
            problems.append(Problem(kind, line, name, {"value": value, "total": total}))
            if name == COUNTS[0]:
                # The others were judged by a total that is none.
                break
    return problems


def _whole_number(cell: str, line: int, column: str) -> int | Problem:
    if isinstance(cell, BadCell):
        return Problem(cell.kind, line, column, {"value": shortened(cell.shown)})
    text = cell.strip()
    digits = text.removeprefix("-")
    # int() alone would take 1_000, full-width digits and, slowly, thousands of digits.
    if not (digits.isascii() and digits.isdigit()):
        kind = ProblemKind.NOT_WHOLE if text else ProblemKind.BLANK
        return Problem(kind, line, column, {"value": shortened(text)})
    digits = digits.lstrip("0") or "0"
    if len(digits) > len(str(MAX_COUNT)):
        detail = {"value": shortened(text), "limit": MAX_COUNT, "limit_chinese": MAX_COUNT}
        return Problem(ProblemKind.TOO_LONG, line, column, detail)
    return -int(digits) if text.startswith("-") else int(digits)


def shortened(text: str) -> str:
    """Not endless, as a message needs it."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
