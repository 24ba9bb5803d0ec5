"""Problems of a file in one line of English each, for who runs the command."""

from scoring.counts_files.problems import Problem, ProblemKind
from scoring.numeric import MAX_COUNT

SENTENCES = {
    ProblemKind.EMPTY: "the file is empty",
    ProblemKind.NOT_A_TABLE: "this is {what}, neither CSV nor an Excel workbook (.xlsx)",
    ProblemKind.OLD_WORKBOOK: "this is an old or binary workbook ({what}): save it as .xlsx or CSV",
    ProblemKind.LOCKED: "the workbook is protected by a password",
    ProblemKind.MACROS: "the workbook carries macros: save it as .xlsx without them",
    ProblemKind.DAMAGED: "the workbook is damaged ({reason})",
    ProblemKind.UNPACKS_TOO_LARGE: "the workbook unpacks to more than {limit}",
    ProblemKind.SEVERAL_SHEETS: "several sheets have these columns: {sheets}",
    ProblemKind.UNDECODABLE: "the text is {verdict} (byte {byte:#04x})",
    ProblemKind.NOT_TEXT: "this is no text in UTF-8 or GB18030 (byte 0x00)",
    ProblemKind.NOT_CSV: "not readable as CSV: {reason}",
    ProblemKind.TOO_MANY_ROWS: "more than {limit} rows",
    ProblemKind.NO_ROWS: "no rows below the header",
    ProblemKind.COLUMN_MISSING: "missing from the header",
    ProblemKind.COLUMN_TWICE: "the header names it twice",
    ProblemKind.FIELDS: "{found} fields where the header has {expected}",
    ProblemKind.BLANK: "blank",
    ProblemKind.NOT_WHOLE: "{value!r} is not a whole number",
    ProblemKind.TOO_LONG: "{value!r} is beyond {limit}",
    ProblemKind.NEGATIVE: "{value} is below zero",
    ProblemKind.TOO_LARGE: f"{{value}} is above {MAX_COUNT}",
    ProblemKind.ABOVE_TOTAL: "{value} is above the total of {total}",
    ProblemKind.REPEATED: "{value!r} is on line {first} already",
    ProblemKind.CONTROL_CHARACTER: "{value!r} contains a control character",
    ProblemKind.SUM_ROW: "{value!r} is a sum, not a patient",
    ProblemKind.DIGITS_LOST: "{value!r} is a number that a spreadsheet has rounded: store it as text",
    ProblemKind.IS_A_DATE: "{value!r} is a date to the spreadsheet: store it as text",
    ProblemKind.ERROR_VALUE: "the formula's result is {value!r}",
    ProblemKind.FORMULA_WITHOUT_VALUE: "a formula without a saved result",
    ProblemKind.SAME_PERSON: "the same patient as on line {first}, under another number",
    ProblemKind.TOO_MANY_TO_COUNT: "{value} is above {limit}, the most that can count towards a standing",
}


def english(problem: Problem) -> str:
    """`line 7, column missed: 'three' is not a whole number`."""
    column = f", column {problem.column}" if problem.column else ""
    return f"line {problem.line}{column}: {SENTENCES[problem.kind].format(**problem.detail)}"
