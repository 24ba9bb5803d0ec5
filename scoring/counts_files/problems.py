"""What can be wrong with a file of counts, and where. Said in English for operators, in Chinese for staff."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ProblemKind(StrEnum):
    """The first group is about the whole file, the second about its header, the third about one row."""

    EMPTY = "empty"
    NOT_A_TABLE = "not-a-table"
    OLD_WORKBOOK = "old-workbook"
    LOCKED = "locked"
    MACROS = "macros"
    DAMAGED = "damaged"
    UNPACKS_TOO_LARGE = "unpacks-too-large"
    SEVERAL_SHEETS = "several-sheets"
    UNDECODABLE = "undecodable"
    NOT_TEXT = "not-text"
    NOT_CSV = "not-csv"
    TOO_MANY_ROWS = "too-many-rows"
    NO_ROWS = "no-rows"

    COLUMN_MISSING = "column-missing"
    COLUMN_TWICE = "column-twice"

    FIELDS = "fields"
    BLANK = "blank"
    NOT_WHOLE = "not-whole"
    TOO_LONG = "too-long"
    NEGATIVE = "negative"
    TOO_LARGE = "too-large"
    ABOVE_TOTAL = "above-total"
    REPEATED = "repeated"
    CONTROL_CHARACTER = "control-character"
    SUM_ROW = "sum-row"
    DIGITS_LOST = "digits-lost"
    IS_A_DATE = "is-a-date"
    ERROR_VALUE = "error-value"
    FORMULA_WITHOUT_VALUE = "formula-without-value"
    SAME_PERSON = "same-person"
    TOO_MANY_TO_COUNT = "too-many-to-count"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` counts from 1, as an editor or a spreadsheet does; `column` is one of `COLUMNS`."""

    kind: ProblemKind
    line: int = 1
    column: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


class BadCountsFile(Exception):
    """The file is refused as a whole; `problems` in the order of the lines, at least one.

    `is_complete` is False where more may be wrong than was looked for. The message is the first problem in English.
    """

    def __init__(self, problems: Sequence[Problem], *, is_complete: bool = True) -> None:
        # At the time of need: the sentences are about these classes.
        from scoring.counts_files.english import english

        super().__init__(english(problems[0]))
        self.problems = tuple(problems)
        self.is_complete = is_complete
