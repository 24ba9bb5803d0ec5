"""What the readers of the file formats have in common: a header, and below it the cells of the columns that are wanted."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from scoring.counts_files.problems import Problem, ProblemKind


class BadCell(str):
    """A cell that has no text to read. Empty as text, so that no quick path takes it for a number."""

    kind: ProblemKind
    shown: str

    def __new__(cls, kind: ProblemKind, shown: str = "") -> "BadCell":
        cell = super().__new__(cls, "")
        cell.kind, cell.shown = kind, shown
        return cell


class Table(Protocol):
    """An opened file. `sheet` is the name of the sheet that is read, of several."""

    sheet: str | None
    header_line: int
    header: list[str]

    def rows(self, places: Sequence[int]) -> Iterator[tuple[int, list[str] | Problem]]:
        """Each row below the header that is not blank: its line and its cells at `places`, or what is wrong with it.

        Raises BadCountsFile where nothing more can be read.
        """
        ...


def is_blank(cells: Sequence[str]) -> bool:
    return not any(cell.strip() or isinstance(cell, BadCell) for cell in cells)
