"""The XML of a worksheet and of the shared texts, read as a stream.

openpyxl builds a tree of every row, which takes more than a minute for a hundred thousand patients; this takes seconds and holds
one piece of the file at a time. A document type declaration is refused: with it go entities, and whatever they grow into.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

PIECE_BYTES = 1 << 16
_DIGITS = "0123456789"
_LETTERS = re.compile(r"[A-Z]{1,3}")


class MalformedSheet(ValueError):
    """The XML is not that of a worksheet, or forbidden; the message says what of it."""


class RawCell(NamedTuple):
    """As it stands in the file: `kind` n, s, str, inlineStr, b, e or d; `style` the number of its format."""

    kind: str
    text: str
    style: int
    is_formula: bool


@dataclass(frozen=True, slots=True)
class RawRow:
    """`line` is the number that the spreadsheet shows; `cells` by column, counted from 0, without the empty ones."""

    line: int
    cells: dict[int, RawCell]


def shared_texts(source: BinaryIO) -> list[str]:
    """The texts of sharedStrings.xml by their number. Pronunciations (rPh) are no part of a text."""
    collector = _SharedTexts()
    for _ in _fed(collector, source):
        pass
    return collector.texts


def sheet_rows(source: BinaryIO, *, most_columns: int) -> Iterator[RawRow]:
    """The rows of a worksheet as they come. Raises MalformedSheet, also for cells beyond `most_columns`."""
    collector = _Rows(most_columns)
    for _ in _fed(collector, source):
        yield from collector.taken()


class _Collector:
    """Callbacks of the parser; names are compared with the prefix that the root has, if it has one."""

    prefix: str | None = None

    def root(self, name: str) -> None:
        self.prefix = name[: name.rfind(":") + 1]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def end(self, name: str) -> None:
        raise NotImplementedError


class _SharedTexts(_Collector):
    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._in_text = False
        self._spoken = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name[len(self.prefix or "") :]
        if local == "si":
            self._parts = []
        elif local == "rPh":
            self._spoken += 1
        self._in_text = local == "t" and not self._spoken

    def characters(self, data: str) -> None:
        if self._in_text:
            self._parts.append(data)

    def end(self, name: str) -> None:
        local = name[len(self.prefix or "") :]
        self._in_text = False
        if local == "si":
            self.texts.append("".join(self._parts))
        elif local == "rPh":
            self._spoken -= 1


class _Rows(_Collector):
    def __init__(self, most_columns: int) -> None:
        self._most_columns = most_columns
        self._ready: list[RawRow] = []
        self._column_of: dict[str, int] = {}
        self._line = self._column = 0
        self._cells: dict[int, RawCell] = {}
        self._kind, self._style, self._is_formula = "n", 0, False
        self._parts: list[str] = []
        self._in_text = False

    def taken(self) -> list[RawRow]:
        ready, self._ready = self._ready, []
        return ready

    def root(self, name: str) -> None:
        super().root(name)
        prefix = self.prefix or ""
        self._row, self._cell, self._value, self._text, self._formula = (prefix + tag for tag in ("row", "c", "v", "t", "f"))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._cell:
            reference = attributes.get("r")
            self._column = self._column + 1 if reference is None else self._place(reference)
            self._kind = attributes.get("t", "n")
            self._style = int(attributes.get("s", 0))
            self._is_formula = False
            self._parts = []
        elif name == self._value or name == self._text:
            self._in_text = True
        elif name == self._row:
            number = attributes.get("r")
            line = self._line + 1 if number is None else int(number)
            if line <= self._line:
                raise MalformedSheet(f"row {line} after row {self._line}")
            self._line, self._column, self._cells = line, -1, {}
        elif name == self._formula:
            self._is_formula = True

    def characters(self, data: str) -> None:
        if self._in_text:
            self._parts.append(data)

    def end(self, name: str) -> None:
        if name == self._value or name == self._text:
            self._in_text = False
        elif name == self._cell:
            if self._parts or self._is_formula:
                cell = RawCell(self._kind, "".join(self._parts), self._style, self._is_formula)
                self._cells[self._column] = cell
        elif name == self._row and self._cells:
            self._ready.append(RawRow(self._line, self._cells))

    def _place(self, reference: str) -> int:
        """A is 0, AA is 26."""
        letters = reference.rstrip(_DIGITS)
        place = self._column_of.get(letters)
        if place is None:
            if not _LETTERS.fullmatch(letters):
                raise MalformedSheet(f"a cell at {reference[:20]!r}")
            place = 0
            for letter in letters:
                place = place * 26 + ord(letter) - ord("A") + 1
            place -= 1
            if place >= self._most_columns:
                raise MalformedSheet(f"more than {self._most_columns} columns")
            self._column_of[letters] = place
        return place


def _fed(collector: "_SharedTexts | _Rows", source: BinaryIO) -> Iterator[None]:
    """Parse piece by piece; after each the collector may be emptied."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def first(name: str, attributes: dict[str, str]) -> None:
        collector.root(name)
        parser.StartElementHandler = collector.start

    def forbid(*_: object) -> None:
        raise MalformedSheet("a document type declaration")

    parser.StartElementHandler = first
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.characters
    parser.StartDoctypeDeclHandler = forbid
    try:
        while piece := source.read(PIECE_BYTES):
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
        yield
    except expat.ExpatError as error:
        raise MalformedSheet(str(error)) from error
