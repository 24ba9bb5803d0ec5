"""Reading patients' counts from a CSV file, as hospitals export it: UTF-8 or GB18030, English or Chinese headers."""

import codecs
import csv
import io
import unicodedata
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.numeric import MAX_COUNT, OUTCOMES
from scoring.numeric.counts import impossible

COUNTS = ("total", *OUTCOMES)
COLUMNS = ("patient", *COUNTS)
CHINESE_HEADERS = {
    "用户编号": "patient",
    "总预约次数": "total",
    "履约数": "fulfilled",
    "预约未到数": "unattended",
    "取消预约数": "cancelled",
    "失约数": "missed",
}
ENCODINGS = ("utf-8", "gb18030")
PROGRESS_EVERY_ROWS = 20_000
# Rows of plain digits, no longer than this together, are read without looking at each count: nearly every row.
FEW_DIGITS = 60


class BadCountsFile(Exception):
    """The file cannot be scored; the message is one line that names the line of the file, and the column if it is one."""

    def __init__(self, line: int, reason: str, *, column: str | None = None) -> None:
        super().__init__(f"line {line}{f', column {column}' if column else ''}: {reason}")


@dataclass(frozen=True, slots=True)
class CountsFile:
    """The rows of a file in its order: n patients and, by name in `COUNTS`, their counts of shape (n,)."""

    patients: list[str]
    counts: dict[str, npt.NDArray[np.int64]]


def read_counts(content: bytes, *, encoding: str | None = None, on_progress: Callable[[int], None] | None = None) -> CountsFile:
    """All rows of a CSV file, or BadCountsFile at the first thing wrong with it.

    Columns are found by their headers in any order, others are left alone, empty lines are skipped. Without `encoding`
    it is found out. `on_progress` is called with the number of rows read so far.
    """
    encoding = encoding or _detect_encoding(content)
    _refuse_undecodable(content, encoding)
    content = content.removeprefix(codecs.BOM_UTF8)
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    rows = _numbered_rows(text)
    header_line, header = next(rows, (1, []))
    if not header:
        raise BadCountsFile(1, "the file is empty")
    places = _places(header, header_line)

    line_of_patient: dict[str, int] = {}
    counts = {name: array("q") for name in COUNTS}
    for line, row in rows:
        if len(row) != len(header):
            raise BadCountsFile(line, f"{len(row)} fields where the header has {len(header)}")
        patient = _patient(row[places["patient"]], line, line_of_patient)
        line_of_patient[patient] = line
        for name, value in zip(COUNTS, _counts([row[places[name]] for name in COUNTS], line), strict=True):
            counts[name].append(value)
        if on_progress and len(line_of_patient) % PROGRESS_EVERY_ROWS == 0:
            on_progress(len(line_of_patient))
    return CountsFile(
        patients=list(line_of_patient),
        counts={name: np.array(values, dtype=np.int64) for name, values in counts.items()},
    )


def _detect_encoding(content: bytes) -> str:
    """UTF-8 where the bytes allow it, else GB18030, which decodes nearly anything and so must not hide a damaged file."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        intact = content[: error.start].decode("utf-8")
        # Chinese characters that decode as UTF-8 before the first bad byte, or a UTF-8 mark: a damaged UTF-8 file.
        if content.startswith(codecs.BOM_UTF8) or any(character >= "\u0800" for character in intact):
            return "utf-8"
        return "gb18030"
    return "utf-8"


def _refuse_undecodable(content: bytes, encoding: str) -> None:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        verdict = "not UTF-8" if encoding == "utf-8" else "neither UTF-8 nor GB18030"
        raise BadCountsFile(line, f"the text is {verdict} (byte {content[error.start]:#04x})") from error


def _numbered_rows(text: io.TextIOWrapper) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with the number of the line it starts on."""
    reader = csv.reader(text, strict=True)
    first_line = 1
    try:
        for row in reader:
            if row:
                yield first_line, row
            first_line = reader.line_num + 1
    except csv.Error as error:
        raise BadCountsFile(first_line, f"not readable as CSV: {error}") from error


def _places(header: list[str], line: int) -> dict[str, int]:
    """Where each of `COLUMNS` stands in a row."""
    places: dict[str, int] = {}
    for place, title in enumerate(header):
        title = title.strip().removeprefix("\ufeff")
        name = CHINESE_HEADERS.get(title, title.lower())
        if name not in COLUMNS:
            continue
        if name in places:
            raise BadCountsFile(line, "the header names it twice", column=name)
        places[name] = place
    for name in COLUMNS:
        if name not in places:
            raise BadCountsFile(line, "missing from the header", column=name)
    return places


def _patient(text: str, line: int, line_of_patient: dict[str, int]) -> str:
    patient = text.strip()
    if not patient:
        raise BadCountsFile(line, "blank", column="patient")
    if not patient.isprintable() and any(unicodedata.category(character) == "Cc" for character in patient):
        raise BadCountsFile(line, f"{_quoted(patient)} contains a control character", column="patient")
    if patient in line_of_patient:
        reason = f"{_quoted(patient)} is on line {line_of_patient[patient]} already"
        raise BadCountsFile(line, reason, column="patient")
    return patient


def _counts(texts: list[str], line: int) -> list[int]:
    """The numbers of one row, in the order of `COUNTS`."""
    joined = "".join(texts)
    if joined.isdigit() and joined.isascii() and len(joined) <= FEW_DIGITS and "" not in texts:
        values = [int(text) for text in texts]
    else:
        values = [_whole_number(text.strip(), line, name) for name, text in zip(COUNTS, texts, strict=True)]
    total = values[0]
    if total > MAX_COUNT or max(values) > total or min(values) < 0:
        for name, value in zip(COUNTS, values, strict=True):
            if reason := impossible(value=value, total=total):
                raise BadCountsFile(line, reason, column=name)
    return values


def _whole_number(text: str, line: int, column: str) -> int:
    digits = text.removeprefix("-")
    # int() alone would take 1_000, full-width digits and, slowly, thousands of digits.
    if not (digits.isascii() and digits.isdigit()):
        raise BadCountsFile(line, f"{_quoted(text)} is not a whole number" if text else "blank", column=column)
    digits = digits.lstrip("0") or "0"
    if len(digits) > len(str(MAX_COUNT)):
        raise BadCountsFile(line, f"{_quoted(text)} is beyond {MAX_COUNT}", column=column)
    return -int(digits) if text.startswith("-") else int(digits)


def _quoted(text: str, longest: int = 40) -> str:
    """As it stands in the file, on one line and not endless."""
    return repr(text if len(text) <= longest else text[: longest - 1] + "…")
