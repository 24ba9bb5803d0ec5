"""CSV in UTF-8, with or without its mark, or in GB18030."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

from scoring.counts_files.problems import BadCountsFile, Problem, ProblemKind
from scoring.counts_files.tables import is_blank

ENCODINGS = ("utf-8", "gb18030")


class CsvTable:
    """Raises BadCountsFile where the content is no text or has no header."""

    sheet: str | None = None

    def __init__(self, content: bytes, *, encoding: str | None) -> None:
        encoding = encoding or _detect_encoding(content)
        _refuse_undecodable(content, encoding)
        if (zero := content.find(b"\0")) >= 0:
            raise BadCountsFile([Problem(ProblemKind.NOT_TEXT, content.count(b"\n", 0, zero) + 1)])
        text = io.TextIOWrapper(io.BytesIO(content.removeprefix(codecs.BOM_UTF8)), encoding=encoding, newline="")
        self._rows = _numbered_rows(text)
        self.header_line, self.header = next(self._rows, (1, []))
        if not self.header:
            raise BadCountsFile([Problem(ProblemKind.EMPTY)])

    def rows(self, places: Sequence[int]) -> Iterator[tuple[int, list[str] | Problem]]:
        expected, first = len(self.header), places[0]
        for line, row in self._rows:
            if len(row) != expected:
                if not is_blank(row):
                    yield line, Problem(ProblemKind.FIELDS, line, detail={"found": len(row), "expected": expected})
            elif row[first].strip() or not is_blank(row):
                yield line, [row[place] for place in places]


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
        detail = {
            "verdict": "not UTF-8" if encoding == "utf-8" else "neither UTF-8 nor GB18030",
            "byte": content[error.start],
            "looks_like_utf_16": content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)),
        }
        line = content.count(b"\n", 0, error.start) + 1
        raise BadCountsFile([Problem(ProblemKind.UNDECODABLE, line, detail=detail)]) from error


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
        raise BadCountsFile([Problem(ProblemKind.NOT_CSV, first_line, detail={"reason": str(error)})]) from error
