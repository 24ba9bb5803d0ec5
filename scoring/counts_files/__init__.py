"""Files of patients' counts, as hospitals export them: what is in them, and what is wrong with them."""

from scoring.counts_files.csv_table import ENCODINGS
from scoring.counts_files.layout import COLUMNS, COUNTS, TITLES
from scoring.counts_files.problems import BadCountsFile, Problem, ProblemKind
from scoring.counts_files.reading import CountsFile, Limits, read_counts

__all__ = [
    "COLUMNS",
    "COUNTS",
    "ENCODINGS",
    "TITLES",
    "BadCountsFile",
    "CountsFile",
    "Limits",
    "Problem",
    "ProblemKind",
    "read_counts",
]
