"""Scores as JSON, as CSV or as a table for people; each as pieces of text, so that a million rows stream."""

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial

from scoring.counts_files import COUNTS, CountsFile
from scoring.numeric import OUTCOMES, ScoreTable, Tier

RATES = {
    "fulfilled": "fulfilment_rate",
    "unattended": "unattended_rate",
    "cancelled": "cancellation_rate",
    "missed": "missed_rate",
}
POINTS = {name: f"{name}_points" for name in OUTCOMES}
FIELDS = ("patient", *COUNTS, *RATES.values(), *POINTS.values(), "score", "tier", "flag")
COUNTS_DO_NOT_SUM = "counts_do_not_sum"
ROWS_PER_PIECE = 10_000

# Every rate, point and score lies in 0 … 100.00, so each is written out once and then looked up.
TWO_DECIMALS = [f"{value // 100}.{value % 100:02d}" for value in range(100_00 + 1)]
Row = tuple[str, ...]


def json_pieces(file: CountsFile, table: ScoreTable) -> Iterator[str]:
    """One JSON array, a patient a line. Percent and points are numbers with two decimals, null where unrated."""
    template = "{" + ", ".join(f'"{name}": %s' for name in FIELDS) + "}"
    separator = "["
    for rows in _row_pieces(file, table, missing="null", quote=partial(json.dumps, ensure_ascii=False)):
        yield separator + "\n" + ",\n".join([template % row for row in rows])
        separator = ","
    yield "[]\n" if separator == "[" else "\n]\n"


def csv_pieces(file: CountsFile, table: ScoreTable) -> Iterator[str]:
    """A header and a row a patient; two decimals, empty where unrated or not flagged."""
    yield ",".join(FIELDS) + "\n"
    for rows in _row_pieces(file, table):
        piece = io.StringIO()
        csv.writer(piece, lineterminator="\n").writerows(rows)
        yield piece.getvalue()


def table_pieces(file: CountsFile, table: ScoreTable) -> Iterator[str]:
    """Aligned columns under a heading, and how many patients each tier has."""
    widths = [max(len(title), 7) for title in FIELDS]
    widths[0] = max([widths[0], *(_display_width(patient) for patient in file.patients)])
    for place, name in enumerate(COUNTS, start=1):
        widths[place] = max(widths[place], len(str(max(file.counts[name].tolist(), default=0))))
    yield _aligned(FIELDS, widths)
    for rows in _row_pieces(file, table):
        yield "".join([_aligned(row, widths) for row in rows])
    tiers = ", ".join(f"{tier} {number}" for tier, number in table.tier_counts().items())
    flagged = int((~table.counts_sum).sum())
    yield f"\n{len(file.patients)} patients: {tiers}; {flagged} with counts that do not sum\n"


def _row_pieces(
    file: CountsFile, table: ScoreTable, *, missing: str = "", quote: Callable[[str], str] = str
) -> Iterator[list[Row]]:
    """The cells of `FIELDS` as text, some thousand rows at a time; `quote` is applied to what is not a number."""
    tiers = [quote(tier.value) for tier in Tier]
    flag = quote(COUNTS_DO_NOT_SUM)
    measures = [table.rates_hundredths[name] for name in OUTCOMES]
    measures += [table.points_hundredths[name] for name in OUTCOMES]
    measures += [table.score_hundredths]
    for start in range(0, len(file.patients), ROWS_PER_PIECE):
        part = slice(start, start + ROWS_PER_PIECE)
        rated = table.rated[part].tolist()
        cells = [[quote(patient) for patient in file.patients[part]]]
        cells += [[str(count) for count in file.counts[name][part].tolist()] for name in COUNTS]
        for measure in measures:
            values = zip(rated, measure[part].tolist(), strict=True)
            cells.append([TWO_DECIMALS[value] if is_rated else missing for is_rated, value in values])
        cells.append([tiers[position] for position in table.tier_positions[part].tolist()])
        cells.append([missing if sums else flag for sums in table.counts_sum[part].tolist()])
        yield list(zip(*cells, strict=True))


def _aligned(cells: Row, widths: list[int]) -> str:
    patient = cells[0] + " " * (widths[0] - _display_width(cells[0]))
    numbers = [cell.rjust(width) for cell, width in zip(cells[1:-2], widths[1:-2], strict=True)]
    tier, flag = cells[-2:]
    return "  ".join([patient, *numbers, tier.ljust(widths[-2]), flag]).rstrip() + "\n"


def _display_width(text: str) -> int:
    """Terminal columns: Chinese characters take two."""
    return len(text) if text.isascii() else sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
