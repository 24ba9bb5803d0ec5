"""What an .xlsx file holds, found without unpacking more than is safe: its sheets, shared texts and number formats."""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from scoring.counts_files.problems import BadCountsFile, Problem, ProblemKind
from scoring.counts_files.sheet_xml import MalformedSheet, RawRow, shared_texts, sheet_rows
from scoring.counts_files.sniffing import not_a_table

MEGABYTE = 1 << 20
# The largest sheet of ours has some 40 bytes a cell: this is half a million patients in the registry's twelve columns.
MOST_UNPACKED_BYTES = 256 * MEGABYTE
MOST_TEXTS_BYTES = 96 * MEGABYTE
# Of a part that is read into memory whole: the lists of sheets and of formats.
MOST_PART_BYTES = 8 * MEGABYTE
MOST_PARTS = 2_000
MOST_COLUMNS = 1_000

CONTENT_TYPES = "[Content_Types].xml"
WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
TEXTS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
IS_ENCRYPTED = 0x1
# Excel's own formats of dates and times, the East Asian ones included.
DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])

# What reading a broken archive, or XML that is none of a workbook, comes to.
BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ParseError, DefusedXmlException, MalformedSheet, KeyError,
    ValueError, OSError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    part: str


class Workbook:
    """Raises BadCountsFile for whatever is not a plain, whole, unlocked workbook of bounded size."""

    def __init__(self, content: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
            self._refuse_unsafe()
            self.sheets = self._visible_sheets()
            self.formats = self._number_formats()
        except BROKEN as error:
            damaged(error)
        self._texts: list[str] | None = None

    def text(self, number: int) -> str:
        if self._texts is None:
            self._texts = []
            if TEXTS in self._archive.namelist():
                with self._archive.open(TEXTS) as source:
                    self._texts = shared_texts(source)  # type: ignore[arg-type]
        if number < 0:
            raise MalformedSheet(f"shared text {number}")
        try:
            return self._texts[number]
        except IndexError as error:
            raise MalformedSheet(f"shared text {number} of {len(self._texts)}") from error

    def rows(self, sheet: Sheet) -> Iterator[RawRow]:
        with self._archive.open(sheet.part) as source:
            yield from sheet_rows(source, most_columns=MOST_COLUMNS)  # type: ignore[arg-type]

    def _refuse_unsafe(self) -> None:
        parts = self._archive.infolist()
        names = {part.filename for part in parts}
        if any(part.flag_bits & IS_ENCRYPTED for part in parts):
            raise BadCountsFile([Problem(ProblemKind.LOCKED)])
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
            _unpacks_beyond(MOST_UNPACKED_BYTES)
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise BadCountsFile([Problem(ProblemKind.MACROS)])
        if "xl/workbook.bin" in names:
            raise BadCountsFile([Problem(ProblemKind.OLD_WORKBOOK, detail={"what": ".xlsb"})])
        if WORKBOOK not in names or CONTENT_TYPES not in names:
            raise BadCountsFile([not_a_table("another document or an archive", "其他文档或压缩包")])
        for name, limit in {CONTENT_TYPES: 1, WORKBOOK: 1, RELATIONS: 1, STYLES: 1, TEXTS: 0}.items():
            # The archive reads no more of a part than it says itself, so what it says can be relied on.
            if name in names and self._archive.getinfo(name).file_size > (MOST_PART_BYTES if limit else MOST_TEXTS_BYTES):
                _unpacks_beyond(MOST_PART_BYTES if limit else MOST_TEXTS_BYTES)
        if b"macroenabled" in self._archive.read(CONTENT_TYPES).lower():
            raise BadCountsFile([Problem(ProblemKind.MACROS)])

    def _visible_sheets(self) -> list[Sheet]:
        targets = {
            _attribute(relation, "Id"): _attribute(relation, "Target")
            for relation in self._tree(RELATIONS)
            if _attribute(relation, "Type").endswith("/worksheet")
        }
        names = set(self._archive.namelist())
        sheets = []
        for element in self._tree(WORKBOOK).iter():
            if _local(element) != "sheet" or element.get("state", "visible") != "visible":
                continue
            target = targets.get(_attribute(element, "id"))
            part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/") if target else ""
            if part in names:
                sheets.append(Sheet(_attribute(element, "name"), part))
        return sheets

    def _number_formats(self) -> list[str]:
        """The format of each style, by its number; `date` for whatever shows a date or a time."""
        if STYLES not in self._archive.namelist():
            return []
        # Here, for the sake of the command that scores a CSV file: a third of what it would import.
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

        codes: dict[int, str] = dict(BUILTIN_FORMATS)
        styles: list[str] = []
        for element in self._tree(STYLES).iter():
            if _local(element) == "numFmt":
                codes[int(_attribute(element, "numFmtId"))] = _attribute(element, "formatCode")
            elif _local(element) == "cellXfs":
                for style in element:
                    number = int(style.get("numFmtId", 0))
                    code = codes.get(number, "General")
                    styles.append("date" if number in DATE_FORMATS or is_date_format(code) else code)
        return styles

    def _tree(self, part: str) -> Any:
        return fromstring(self._archive.read(part))


def damaged(error: BaseException) -> NoReturn:
    """What the archive or the XML says is no sentence of ours: it goes in brackets, on one line and not endless."""
    reason = " ".join(str(error).split())[:80] or type(error).__name__
    raise BadCountsFile([Problem(ProblemKind.DAMAGED, detail={"reason": reason})]) from error


def _unpacks_beyond(limit: int) -> NoReturn:
    raise BadCountsFile([Problem(ProblemKind.UNPACKS_TOO_LARGE, detail={"limit": f"{limit // MEGABYTE} MB"})])


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _attribute(element: Element, name: str) -> str:
    """With or without a namespace: the two dialects of the format use different ones."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    raise KeyError(f"no {name} on {_local(element)}")
