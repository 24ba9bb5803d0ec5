"""An upload's patients with their rates, score and tier: as rows for a page, as CSV and as a workbook, in pieces."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from booking.models import Tier
from hospitals.reports.exports import BOM, guarded
from scoring.counts_files import COUNTS, TITLES, CountsFile
from scoring.models import CountsUpload, UploadedCounts
from scoring.numeric import OUTCOMES, score_many

RATES = ("履约率", "预约未到率", "取消预约率", "失约率")
HEADINGS = ("行号", *TITLES.values(), *RATES, "综合评分", "等级", "备注")
FLAG = "次数不平"
ROWS_AT_A_TIME = 10_000
Row = tuple[Any, ...]

_LABELS = {tier.value: tier.label for tier in Tier}
_FIELDS = ("line", "record_number", *COUNTS, "score", "tier", "do_sum")


def preview_rows(file: CountsFile, positions: Iterable[int], tiers: list[str], *, most: int) -> list[Row]:
    """The first rows of a file that is not stored yet, as `HEADINGS`."""
    counts = {name: values[:most] for name, values in file.counts.items()}
    scores = score_many(counts)
    stored = zip(
        file.lines[:most].tolist(),
        file.patients[:most],
        *(counts[name].tolist() for name in COUNTS),
        [f"{score / 100:.2f}" if rated else None for score, rated in _pairs(scores.score_hundredths, scores.rated)],
        [tiers[position] for position in np.asarray(positions)[:most].tolist()],
        scores.counts_sum.tolist(),
        strict=True,
    )
    return list(_with_rates(list(stored)))


def stored_rows(upload: CountsUpload) -> Iterator[list[Row]]:
    """All rows as `HEADINGS`, some thousand at a time, in the order of the file."""
    last = 0
    rows = UploadedCounts.objects.filter(upload=upload).order_by("line").values_list(*_FIELDS)
    while found := list(rows.filter(line__gt=last)[:ROWS_AT_A_TIME]):
        last = found[-1][0]
        yield list(_with_rates(found))


def csv_pieces(upload: CountsUpload) -> Iterator[bytes]:
    """UTF-8 with its mark. A number that a spreadsheet would take for a formula is led by an apostrophe."""
    yield (BOM + _csv([HEADINGS])).encode()
    for rows in stored_rows(upload):
        yield _csv([(row[0], guarded(row[1]), *row[2:]) for row in rows]).encode()


def workbook(upload: CountsUpload) -> bytes:
    """An xlsx file of one sheet. Patients' numbers are texts, whatever they look like, so that nothing runs or is rounded.

    Written without openpyxl, which takes minutes for some hundred thousand rows.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for name, content in _PARTS.items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(_SHEET_START.encode())
            sheet.write(_xml_row(HEADINGS, 1).encode())
            line = 1
            for rows in stored_rows(upload):
                sheet.write("".join(_xml_row(row, line + place) for place, row in enumerate(rows, start=1)).encode())
                line += len(rows)
            sheet.write(b"</sheetData></worksheet>")
    return file.getvalue()


def _with_rates(stored: list[Row]) -> Iterator[Row]:
    """From rows of `_FIELDS` to rows of `HEADINGS`."""
    columns = list(zip(*stored, strict=True))
    counts = {name: np.array(columns[2 + place], dtype=np.int64) for place, name in enumerate(COUNTS)}
    scores = score_many(counts)
    rates = [
        [
            f"{rate // 100}.{rate % 100:02d}%" if rated else ""
            for rate, rated in _pairs(scores.rates_hundredths[name], scores.rated)
        ]
        for name in OUTCOMES
    ]
    for row, *shown in zip(stored, *rates, strict=True):
        *facts, score, tier, do_sum = row
        yield (*facts, *shown, "" if score is None else str(score), _LABELS[tier], "" if do_sum else FLAG)


def _pairs(values: np.ndarray, rated: np.ndarray) -> Iterator[tuple[int, bool]]:
    return zip(values.tolist(), rated.tolist(), strict=True)


def _csv(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _xml_row(row: Row, line: int) -> str:
    cells = [_xml_cell(value) for value in row]
    return f'<row r="{line}">{"".join(cells)}</row>'


def _xml_cell(value: int | str) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>' if value else "<c/>"


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_PARTS = {
    "[Content_Types].xml": (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPES}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        '<sheets><sheet name="评分结果" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
}
_SHEET_START = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<cols><col min="1" max="1" width="8" customWidth="1"/><col min="2" max="2" width="24" customWidth="1"/>'
    '<col min="3" max="14" width="13" customWidth="1"/></cols><sheetData>'
)
