"""Tables as an Excel workbook and as CSV, such as a spreadsheet opens without asking and without running anything."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from hospitals.reports.tables import Column, Kind, Table

FORMATS: dict[Kind, str] = {
    "text": "@",
    "count": "#,##0",
    "share": "0.0%",
    "points": "+0.0;-0.0;0.0",
    "number": "0.0",
    "decimal": "0.00",
}
HEADING = PatternFill("solid", start_color="14584F")
# What makes spreadsheets take a text for a formula, the wide forms that Chinese input methods give included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Excel counts in widths of a digit: a Chinese character takes two, and a column beyond this is a nuisance.
WIDEST = 40
BOM = "\ufeff"


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


def csv_file(table: Table) -> bytes:
    """UTF-8 led by a byte order mark, without which Excel reads Chinese as something else; lines end as RFC 4180 says."""
    columns, rows = _flat(table)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([guarded(column.name) for column in columns])
    writer.writerows([_cell(value, column.kind) for column, value in zip(columns, row, strict=True)] for row in rows)
    return (BOM + file.getvalue()).encode()


def guarded(text: str) -> str:
    """A text that no spreadsheet runs: one that looks like a formula is led by an apostrophe."""
    plain = text.replace("\x00", "")
    return f"'{plain}" if plain.lstrip(" ").startswith(FORMULA_STARTS) else plain


def _flat(table: Table) -> tuple[list[Column], list[list[Any]]]:
    """Intervals become two columns of their own."""
    columns: list[Column] = []
    for column in table.columns:
        if column.kind == "interval":
            columns += [Column(f"{column.name}下限", "share"), Column(f"{column.name}上限", "share")]
        else:
            columns.append(column)
    rows = [
        [
            part
            for c, v in zip(table.columns, row, strict=True)
            for part in ((v or (None, None)) if c.kind == "interval" else (v,))
        ]
        for row in table.rows
    ]
    return columns, rows


def _cell(value: Any, kind: Kind) -> str:
    if value is None:
        return ""
    match kind:
        case "text":
            return guarded(str(value))
        case "share":
            return f"{value:.2%}"
        case "points" | "number":
            return f"{value:.2f}"
        case "decimal":
            return f"{value:.4f}"
        case _:
            return str(value)


def _fill(sheet: Worksheet, table: Table) -> None:
    columns, rows = _flat(table)
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
