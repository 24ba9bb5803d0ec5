"""Workbooks as people save them, and as they should not."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

HEADER = ["用户编号", "总预约次数", "履约数", "预约未到数", "取消预约数", "失约数"]
# The registry's own layout: rates and scores stand beside the counts.
REGISTRY = [*HEADER, "预约未到率", "履约率", "取消预约率", "失约率", "综合评分", "用户等级"]
CSV_HEADER = ",".join(HEADER) + "\n"


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def workbook(*rows: Sequence[Any], header: Sequence[Any] = HEADER, title: str = "数据") -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in (header, *rows):
        sheet.append(list(row))
    return saved(book)


def repacked(content: bytes, change: Callable[[dict[str, bytes]], Mapping[str, bytes]]) -> bytes:
    """The workbook with other parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in change(parts).items():
            archive.writestr(name, part)
    return file.getvalue()


def with_sheet_xml(old: str, new: str, content: bytes) -> bytes:
    """The workbook with a piece of its first sheet's XML replaced, which has to be there."""

    def change(parts: dict[str, bytes]) -> dict[str, bytes]:
        sheet = parts["xl/worksheets/sheet1.xml"]
        assert old.encode() in sheet
        return parts | {"xl/worksheets/sheet1.xml": sheet.replace(old.encode(), new.encode())}

    return repacked(content, change)
