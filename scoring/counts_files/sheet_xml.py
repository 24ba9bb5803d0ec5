"""The XML of a worksheet and of the shared texts, read piece by piece.

openpyxl makes Python objects of every cell, which for a hundred thousand patients takes more than a minute here. This cuts the
stream behind whole rows, has each piece parsed in C, and looks at the cells that are asked for. A document type declaration, the
only place for entities and whatever they grow into, is refused.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple
from xml.etree.ElementTree import Element, ParseError, fromstring

PIECE_BYTES = 1 << 18
MOST_ROW_BYTES = 1 << 22
_DIGITS = "0123456789"
_LETTERS = re.compile(r"[A-Z]{1,3}")
_NAMESPACES = re.compile(rb"""xmlns(?::[\w.-]+)?\s*=\s*(?:"[^"<]*"|'[^'<]*')""")


class MalformedSheet(ValueError):
    """The XML is not that of a worksheet, or forbidden; the message says what of it."""


class RawCell(NamedTuple):
    """As it stands in the file: `kind` n, s, str, inlineStr, b, e or d; `style` the number of its format."""

    kind: str
    text: str
    style: int
    is_formula: bool


class Columns:
    """Places of columns by their letters: A is 0, AA is 26."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[str, int] = {}

    def place(self, reference: str) -> int:
        letters = reference.rstrip(_DIGITS)
        place = self._known.get(letters)
        return self._learn(letters) if place is None else place

    def _learn(self, letters: str) -> int:
        if not _LETTERS.fullmatch(letters):
            raise MalformedSheet(f"a cell at {letters[:20]!r}")
        place = 0
        for letter in letters:
            place = place * 26 + ord(letter) - ord("A") + 1
        if place > self._most:
            raise MalformedSheet(f"more than {self._most} columns")
        self._known[letters] = place - 1
        return place - 1


@dataclass(frozen=True, slots=True)
class RawRow:
    """`line` is the number that the spreadsheet shows; `elements` the cells by column, counted from 0."""

    line: int
    elements: Mapping[int, Element]

    def cell(self, place: int) -> RawCell | None:
        """None where the row has no such cell."""
        element = self.elements.get(place)
        if element is None:
            return None
        kind = element.get("t", "n")
        text, is_formula = "", False
        for part in element:
            local = _local(part)
            if local == "v":
                text = part.text or ""
            elif local == "f":
                is_formula = True
            elif local == "is":
                text = _rich_text(part)
        return RawCell(kind, text, int(element.get("s", 0)), is_formula)


def shared_texts(source: BinaryIO) -> list[str]:
    """The texts of sharedStrings.xml by their number."""
    return [_rich_text(element) for element in _elements(source, tag="si", container="sst")]


def sheet_rows(source: BinaryIO, *, most_columns: int) -> Iterator[RawRow]:
    """The rows of a worksheet as they come. Raises MalformedSheet, also for cells beyond `most_columns`."""
    columns = Columns(most_columns)
    last_line = 0
    for row in _elements(source, tag="row", container="sheetData"):
        number = row.get("r")
        line = last_line + 1 if number is None else int(number)
        if line <= last_line:
            raise MalformedSheet(f"row {line} after row {last_line}")
        last_line = line
        yield RawRow(line, _by_column(row, columns.place))


def _by_column(row: Element, place_of: Callable[[str], int]) -> dict[int, Element]:
    found: dict[int, Element] = {}
    place = -1
    for cell in row:
        reference = cell.get("r")
        place = place + 1 if reference is None else place_of(reference)
        found[place] = cell
    return found


def _rich_text(element: Element) -> str:
    """All runs of a text. Pronunciations (rPh) are no part of it."""
    parts = []
    for child in element:
        local = _local(child)
        if local == "t":
            parts.append(child.text or "")
        elif local == "r":
            parts += [run.text or "" for run in child if _local(run) == "t"]
    return "".join(parts)


def _local(element: Element) -> str:
    tag = element.tag
    return tag[tag.rfind("}") + 1 :]


def _elements(source: BinaryIO, *, tag: str, container: str) -> Iterator[Element]:
    """The elements named `tag` within `container`, in pieces that end behind the last whole one."""
    first = re.compile(rb"<((?:[\w.-]+:)?)" + tag.encode() + rb"[\s/>]")
    buffer = b""
    while not (found := first.search(buffer)):
        piece = source.read(PIECE_BYTES)
        if not piece:
            if container.encode() not in buffer:
                raise MalformedSheet(f"no {container}")
            return
        buffer = _grown(buffer, piece)
    before, prefix = buffer[: found.start()], found.group(1)
    if b"<!DOCTYPE" in before:
        raise MalformedSheet("a document type declaration")
    opening = b"<piece " + b" ".join(_NAMESPACES.findall(before)) + b">"
    buffer = buffer[found.start() :]
    closing = b"</" + prefix + tag.encode() + b">"
    while True:
        if (cut := buffer.rfind(closing) + len(closing)) >= len(closing):
            yield from _parsed(opening, buffer[:cut])
            buffer = buffer[cut:]
        piece = source.read(PIECE_BYTES)
        if not piece:
            break
        buffer = _grown(buffer, piece)
    # What is left: empty elements that close themselves, and all that follows the container.
    end = buffer.find(b"</" + prefix + container.encode())
    if end < 0:
        raise MalformedSheet("it breaks off")
    yield from _parsed(opening, buffer[:end])


def _parsed(opening: bytes, content: bytes) -> Iterator[Element]:
    try:
        yield from fromstring(opening + content + b"</piece>")
    except ParseError as error:
        raise MalformedSheet(str(error)) from error


def _grown(buffer: bytes, piece: bytes) -> bytes:
    if len(buffer) > MOST_ROW_BYTES:
        raise MalformedSheet("a row without end")
    return buffer + piece
