"""Tables as an Excel workbook and as CSV, such as a spreadsheet opens without asking and without running anything."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from hospitals.reports.tables import Column, Kind, Table

# What makes spreadsheets take a text for a formula, the wide forms that Chinese input methods give included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BOM = "\ufeff"


def workbook(tables: Iterable[Table], *, about: Iterable[tuple[str, str]]) -> bytes:
    """An xlsx file: a sheet 说明 of names and values, then one sheet a table, numbers as numbers."""
    # Loaded when it is needed: it would be a good part of the start of every process.
    from hospitals.reports import workbooks

    return workbooks.workbook(tables, about=about)


def csv_file(table: Table) -> bytes:
    """UTF-8 led by a byte order mark, without which Excel reads Chinese as something else; lines end as RFC 4180 says."""
    columns, rows = flat(table)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([guarded(column.name) for column in columns])
    writer.writerows([_cell(value, column.kind) for column, value in zip(columns, row, strict=True)] for row in rows)
    return (BOM + file.getvalue()).encode()


def guarded(text: str) -> str:
    """A text that no spreadsheet runs: one that looks like a formula is led by an apostrophe."""
    plain = text.replace("\x00", "")
    return f"'{plain}" if plain.lstrip(" ").startswith(FORMULA_STARTS) else plain


def flat(table: Table) -> tuple[list[Column], list[list[Any]]]:
    """Columns and rows as files have them: intervals become two columns of their own."""
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
