"""Tables that pages of the admin show and hand out: made once for the page, for Excel and for CSV."""

from dataclasses import dataclass
from typing import Any, Literal

from hospitals.reports.charts import NOTHING

# text: str · count: int · share: float 0–1, read as a percentage · points: float, percentage points with their sign ·
# number: float, one decimal · decimal: float, two · interval: (low, high), two shares.
Kind = Literal["text", "count", "share", "points", "number", "decimal", "interval"]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind
    # What the page sorts by when the heading is chosen; empty where it cannot be.
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`key` is its name in addresses, `title` the sheet's. A value of None is nothing, never zero."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]

    def written_rows(self) -> list[list[tuple[str, str]]]:
        """Each cell as (kind, words), for the page."""
        return [[(c.kind, words(v, c.kind)) for c, v in zip(self.columns, row, strict=True)] for row in self.rows]


def words(value: Any, kind: Kind) -> str:
    if value is None or value == "":
        return NOTHING
    match kind:
        case "share":
            return f"{value:.1%}"
        case "interval":
            return f"{100 * value[0]:.1f}–{value[1]:.1%}"
        case "points":
            # Without a sign where the page shows no difference.
            return f"{round(value, 1):+.1f}" if round(value, 1) else "0.0"
        case "number":
            return f"{value:.1f}"
        case "decimal":
            return f"{value:.2f}"
        case _:
            return str(value)
