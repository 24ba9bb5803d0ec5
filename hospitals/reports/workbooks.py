"""Tables as an Excel workbook, such as a spreadsheet opens without asking and without running anything."""

import io
from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from hospitals.reports.exports import flat
from hospitals.reports.tables import Kind, Table

FORMATS: dict[Kind, str] = {
    "text": "@",
    "count": "#,##0",
    "share": "0.0%",
    "points": "+0.0;-0.0;0.0",
    "number": "0.0",
    "decimal": "0.00",
}
HEADING = PatternFill("solid", start_color="14584F")
# Excel counts in widths of a digit: a Chinese character takes two, and a column beyond this is a nuisance.
WIDEST = 40


def workbook(tables: Iterable[Table], *, about: Iterable[tuple[str, str]]) -> bytes:
    """An xlsx file: a sheet 说明 of names and values, then one sheet a table, numbers as numbers."""
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "说明"
    for place, (name, value) in enumerate(about, start=1):
        _write(first.cell(place, 1), name, "text").font = Font(bold=True)
        _write(first.cell(place, 2), value, "text").alignment = Alignment(wrap_text=True, vertical="top")
    first.column_dimensions["A"].width, first.column_dimensions["B"].width = 16, 90
    for table in tables:
        _fill(book.create_sheet(table.title), table)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _fill(sheet: Worksheet, table: Table) -> None:
    columns, rows = flat(table)
    for place, column in enumerate(columns, start=1):
        heading = _write(sheet.cell(1, place), column.name, "text")
        heading.font, heading.fill = Font(bold=True, color="FFFFFF"), HEADING
        heading.alignment = Alignment(wrap_text=True, vertical="center")
        longest = max([_width(column.name) / 2, *(_width(row[place - 1]) for row in rows if column.kind == "text")], default=0)
        sheet.column_dimensions[get_column_letter(place)].width = min(WIDEST, max(10, longest + 2))
    for line, row in enumerate(rows, start=2):
        for place, (column, value) in enumerate(zip(columns, row, strict=True), start=1):
            _write(sheet.cell(line, place), value, column.kind)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"


def _write(cell: Cell, value: Any, kind: Kind) -> Cell:
    """Put a value with its type: a text stays a text, however much it looks like a formula."""
    if kind == "text":
        cell.value = None if value is None else ILLEGAL_CHARACTERS_RE.sub("", str(value))
        if cell.value is not None:
            cell.data_type = "s"
    else:
        cell.value = value
    cell.number_format = FORMATS[kind]
    return cell


def _width(value: Any) -> int:
    return sum(1 if character.isascii() else 2 for character in str(value or ""))
