"""Which column of a file means what, and which of its words mean which of ours: read from a TOML map.

    [columns]            # what it is = the header in the file, or a list of headers of which the file has one
    id = "AppointmentID"
    [values.outcome]     # word in the file = fulfilled, unattended, cancelled, missed or void
    No = "fulfilled"
    [times]
    offsets = "convert"  # to the hospital's zone; "ignore": the written clock is the hospital's own

`id`, `patient`, `booked_at`, `visit_date`, `department` and `outcome` are needed, `doctor`, `channel`, `sex`, `age` are not.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accounts.models import Sex
from booking.models import Channel, Outcome

LAYOUTS = Path(__file__).with_name("layouts")
REQUIRED = ("id", "patient", "booked_at", "visit_date", "department", "outcome")
OPTIONAL = ("doctor", "channel", "sex", "age")
MEANINGS: dict[str, frozenset[str]] = {
    "outcome": frozenset(Outcome.values),
    "channel": frozenset(Channel.values),
    "sex": frozenset(Sex.values),
}
OFFSETS = ("convert", "ignore")


class BadLayout(ValueError):
    """A map that cannot be read or makes no sense; the message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Layout:
    """`columns`: what it is → possible headers. `values`: outcome, channel, sex → word in the file → our word."""

    columns: dict[str, tuple[str, ...]]
    values: dict[str, dict[str, str]]
    ignores_offsets: bool = False

    def positions(self, header: Sequence[str]) -> dict[str, int]:
        """Where each column stands in a file with this header. Raises BadLayout naming what is missing or doubled."""
        found: dict[str, int] = {}
        for name, candidates in self.columns.items():
            places = [place for place, title in enumerate(header) if title in candidates]
            if len(places) > 1:
                raise BadLayout(f"the file has more than one column for {name}: {', '.join(header[p] for p in places)}")
            if places:
                found[name] = places[0]
        missing = [f"{name} ({' or '.join(self.columns[name])})" for name in REQUIRED if name not in found]
        if missing:
            raise BadLayout(f"the file lacks the column for {', '.join(missing)}")
        return found


def shipped_layouts() -> list[str]:
    """The names of the layouts that come with the product."""
    return sorted(path.stem for path in LAYOUTS.glob("*.toml"))


def load_layout(name_or_path: str) -> Layout:
    """Read a layout: a shipped one by its name, else the file at that path. Raises BadLayout."""
    path = LAYOUTS / f"{name_or_path}.toml" if name_or_path in shipped_layouts() else Path(name_or_path)
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadLayout(f"cannot read the map {name_or_path}: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadLayout(f"{name_or_path} is not TOML in UTF-8: {error}") from error
    try:
        return _layout(content)
    except BadLayout as error:
        raise BadLayout(f"{name_or_path}: {error}") from error


def _layout(content: dict[str, Any]) -> Layout:
    _only_known("", content, ("columns", "values", "times"))
    columns = {name: _headers(name, given) for name, given in _table(content, "columns").items()}
    _only_known("columns.", columns, (*REQUIRED, *OPTIONAL))
    lacking = [name for name in REQUIRED if name not in columns]
    if lacking:
        raise BadLayout(f"[columns] lacks {', '.join(lacking)}")
    values = _table(content, "values")
    _only_known("values.", values, tuple(MEANINGS))
    for name in MEANINGS:
        if name in columns and name not in values:
            raise BadLayout(f"[values.{name}] is missing: it says what the words of that column mean")
    times = _table(content, "times")
    _only_known("times.", times, ("offsets",))
    offsets = times.get("offsets", "convert")
    if offsets not in OFFSETS:
        raise BadLayout(f"times.offsets is {offsets!r}, not one of {', '.join(OFFSETS)}")
    return Layout(columns, {name: _words(name, values) for name in values}, ignores_offsets=offsets == "ignore")


def _table(content: dict[str, Any], name: str) -> dict[str, Any]:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise BadLayout(f"{name} is not a table")
    return table


def _only_known(prefix: str, table: dict[str, Any], known: tuple[str, ...]) -> None:
    for name in table:
        if name not in known:
            raise BadLayout(f"{prefix}{name} is not known; there are {', '.join(known)}")


def _headers(name: str, given: Any) -> tuple[str, ...]:
    headers = [given] if isinstance(given, str) else given
    if not isinstance(headers, list) or not headers or not all(isinstance(h, str) and h.strip() for h in headers):
        raise BadLayout(f"columns.{name} is neither a header nor a list of headers")
    return tuple(headers)


def _words(name: str, values: dict[str, Any]) -> dict[str, str]:
    words = _table(values, name)
    for word, meaning in words.items():
        if not isinstance(meaning, str) or meaning not in MEANINGS[name]:
            raise BadLayout(f"values.{name}: {word!r} means {meaning!r}, not one of {', '.join(sorted(MEANINGS[name]))}")
    return words
