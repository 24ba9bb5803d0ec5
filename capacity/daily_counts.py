"""A CSV of daily counts (date, value), read into a series without a break, or refused with the line at fault."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from booking.imports.csv_file import BadImportFile, CsvFile, Record, open_csv
from capacity.numeric.forecasting.history import LARGEST_COUNT, LONGEST_HISTORY


class BadDailyCounts(ValueError):
    """A file that is no series of daily counts; the message is one line and names the line at fault."""


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """`values`: one a day from `first` on, nan where the file has no row or an empty value for the day."""

    first: date
    values: np.ndarray

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.values.size - 1)

    @property
    def missing(self) -> int:
        return int(np.count_nonzero(np.isnan(self.values)))


def read_daily_counts(path: Path, *, date_column: str = "date", value_column: str = "value") -> DailyCounts:
    """Read UTF-8 (with or without its mark) or GB18030, plain or gzip; rows in any order. Raises BadDailyCounts."""
    if path.is_dir() or path.is_char_device():
        # A device may never end.
        raise BadDailyCounts(f"cannot be read: it is a {'folder' if path.is_dir() else 'device'}")
    try:
        with open_csv(path) as file:
            return _series(dict(_dated(file, _place(file, date_column), _place(file, value_column))))
    except BadImportFile as error:
        raise BadDailyCounts(str(error)) from error


def _place(file: CsvFile, column: str) -> int:
    """Where a column stands; capitals do not matter."""
    names = [name.casefold() for name in file.header]
    count = names.count(column.casefold())
    if count == 1:
        return names.index(column.casefold())
    has = ", ".join(file.header)
    if count:
        raise BadDailyCounts(f"line 1: there are {count} columns {column!r} ({has})")
    raise BadDailyCounts(f"line 1: no column {column!r}; the header has: {has}")


def _dated(file: CsvFile, date_place: int, value_place: int) -> Iterator[tuple[date, float]]:
    seen: dict[date, int] = {}
    for record in file.records():
        if record.problem:
            raise BadDailyCounts(f"line {record.line}: {record.problem}")
        day = _date(record, date_place)
        if day in seen:
            raise BadDailyCounts(f"line {record.line}: {day} is there twice, first on line {seen[day]}")
        seen[day] = record.line
        yield day, _value(record, value_place)


def _date(record: Record, place: int) -> date:
    """2026-03-01, 2026/3/1 or 20260301, the ways in which exports write it."""
    text = record.fields[place]
    parts = text.replace("/", "-").split("-")
    if len(parts) == 1 and len(text) == 8:
        parts = [text[:4], text[4:6], text[6:]]
    if len(parts) == 3 and len(parts[0]) == 4 and all(part.isascii() and part.isdecimal() for part in parts):
        try:
            return date(*map(int, parts))
        except ValueError:
            pass
    raise BadDailyCounts(f"line {record.line}: {text!r} is no date like 2026-03-01")


def _value(record: Record, place: int) -> float:
    text = record.fields[place]
    if not text:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadDailyCounts(f"line {record.line}: {text!r} is not a number")
    if value < 0:
        raise BadDailyCounts(f"line {record.line}: {text} is negative, which no count can be")
    if value > LARGEST_COUNT:
        raise BadDailyCounts(f"line {record.line}: {text} is above {LARGEST_COUNT:.0f}, the largest count taken")
    return value


def _series(found: dict[date, float]) -> DailyCounts:
    known = sorted(day for day, value in found.items() if not math.isnan(value))
    if not known:
        raise BadDailyCounts("the file has no day with a value")
    # Days before the first and after the last known one say nothing; forecasts begin after the last.
    first, days = known[0], (known[-1] - known[0]).days + 1
    if days > LONGEST_HISTORY:
        raise BadDailyCounts(f"the file goes from {first} to {known[-1]}, {days} days; at most {LONGEST_HISTORY} are taken")
    values = np.full(days, np.nan)
    for day in known:
        values[(day - first).days] = found[day]
    return DailyCounts(first, values)
