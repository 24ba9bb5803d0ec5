"""The sheet of a workbook that holds the counts."""

import math
import re
from collections.abc import Iterator, Sequence
from itertools import chain

from scoring.counts_files.layout import COLUMNS, column_named
from scoring.counts_files.problems import BadCountsFile, Problem, ProblemKind
from scoring.counts_files.sheet_xml import RawCell, RawRow
from scoring.counts_files.tables import BadCell, is_blank
from scoring.counts_files.workbook import BROKEN, Sheet, Workbook, damaged

# Excel keeps fifteen digits of a number and makes zeros of the others.
KEPT_DIGITS = 15
_PLAIN = re.compile(r"-?[0-9]+")
_ZEROS = re.compile(r"0+")


class XlsxTable:
    """Of several visible sheets, the only one whose first row names all columns. Raises BadCountsFile."""

    def __init__(self, content: bytes) -> None:
        self._workbook = Workbook(content)
        try:
            sheet, first, self._rest = self._choose()
            cells = self._cells(first, range(max(first.elements) + 1))
        except BROKEN as error:
            damaged(error)
        self.sheet = sheet.name if len(self._workbook.sheets) > 1 else None
        self.header_line, self.header = first.line, cells

    def rows(self, places: Sequence[int]) -> Iterator[tuple[int, list[str] | Problem]]:
        try:
            for row in self._rest:
                cells = self._cells(row, places)
                if cells[0].strip() or not is_blank(self._cells(row, list(row.elements))):
                    yield row.line, cells
        except BROKEN as error:
            damaged(error)

    def _choose(self) -> tuple[Sheet, RawRow, Iterator[RawRow]]:
        with_content, whole = [], []
        for sheet in self._workbook.sheets:
            rows = self._workbook.rows(sheet)
            first = next((row for row in rows if not is_blank(self._cells(row, list(row.elements)))), None)
            if first is None:
                continue
            found = (sheet, first, rows)
            with_content.append(found)
            if set(COLUMNS) <= {column_named(title) for title in self._cells(first, list(first.elements))}:
                whole.append(found)
        if len(whole) > 1:
            names = "”“".join(sheet.name for sheet, _, _ in whole)
            raise BadCountsFile([Problem(ProblemKind.SEVERAL_SHEETS, detail={"sheets": names})])
        # Where none has all the columns, what is missing is said of the first.
        for found in chain(whole, with_content):
            return found
        raise BadCountsFile([Problem(ProblemKind.EMPTY)])

    def _cells(self, row: RawRow, places: Sequence[int]) -> list[str]:
        return ["" if (cell := row.cell(place)) is None else self._text(cell) for place in places]

    def _text(self, cell: RawCell) -> str:
        """What a person sees in the cell, of a number all its digits."""
        kind, text = cell.kind, cell.text
        if kind == "s":
            return self._workbook.text(int(text))
        if kind == "n":
            return self._number(cell) if text else _absent(cell)
        if kind == "e":
            return BadCell(ProblemKind.ERROR_VALUE, text)
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        # str, inlineStr, and d, which is a date written as text.
        return text

    def _number(self, cell: RawCell) -> str:
        text, formats = cell.text, self._workbook.formats
        code = formats[cell.style] if 0 <= cell.style < len(formats) else "General"
        if not _PLAIN.fullmatch(text):
            number = float(text)
            if not math.isfinite(number):
                return text
            if abs(number) >= 10**KEPT_DIGITS:
                return BadCell(ProblemKind.DIGITS_LOST, text)
            text = str(int(number)) if number == int(number) else repr(number)
        elif len(text.lstrip("-0")) > KEPT_DIGITS:
            return BadCell(ProblemKind.DIGITS_LOST, text)
        if code == "General":
            return text
        if code == "date":
            return BadCell(ProblemKind.IS_A_DATE, text)
        # A format of zeros alone shows leading ones, as card numbers have them.
        return text.zfill(len(code)) if _ZEROS.fullmatch(code) else text


def _absent(cell: RawCell) -> str:
    return BadCell(ProblemKind.FORMULA_WITHOUT_VALUE) if cell.is_formula else ""
