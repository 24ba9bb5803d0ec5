"""Plots of the admin: pure functions from numbers to ECharts options, each with the same numbers as a table.

`config/templates/charts/chart.html` shows a Chart, `config/static/charts/charts.js` draws its option. Colours, fonts and dark
mode are of the script; an option says only what is drawn.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Values = Sequence[float | None]

NOTHING = "—"
AXIS_STEP = 5


@dataclass(frozen=True, slots=True)
class Chart:
    """One plot. `key` is unique on its page; `rows` are the table below it, the first cell of each is the row's name."""

    key: str
    title: str
    option: dict[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    unit: str = ""
    digits: int = 0
    note: str = ""

    @property
    def element_id(self) -> str:
        return f"chart-{self.key}"


def line_chart(
    *, key: str, title: str, labels: Sequence[str], series: Mapping[str, Values], unit: str = "%", digits: int = 1, note: str = ""
) -> Chart:
    """Lines over `labels`; each of `series` has one value per label. None is a gap in the line, never a zero."""
    drawn = [
        {
            "name": name,
            "type": "line",
            "data": rounded(values, digits),
            "connectNulls": False,
            "symbol": "circle",
            "symbolSize": 7,
        }
        for name, values in series.items()
    ]
    return _chart(key=key, title=title, labels=labels, series=series, drawn=drawn, unit=unit, digits=digits, note=note)


def bar_chart(
    *, key: str, title: str, labels: Sequence[str], series: Mapping[str, Values], unit: str = "", digits: int = 0, note: str = ""
) -> Chart:
    """Bars side by side over `labels`, shapes as of `line_chart`."""
    drawn = [{"name": name, "type": "bar", "data": rounded(values, digits), "barMaxWidth": 32} for name, values in series.items()]
    return _chart(key=key, title=title, labels=labels, series=series, drawn=drawn, unit=unit, digits=digits, note=note)


def percent_axis(series: Iterable[Values]) -> dict[str, float]:
    """Where an axis of percentages begins and ends: at fives, ten points apart at least, so that half a point is no cliff.

    Small shares are seen from zero.
    """
    values = [value for one in series for value in one if value is not None]
    if not values or min(values) < 2 * AXIS_STEP:
        return {"min": 0}
    low = AXIS_STEP * math.floor(min(values) / AXIS_STEP)
    high = min(100, AXIS_STEP * math.ceil(max(values) / AXIS_STEP))
    return {"min": min(low, high - 2 * AXIS_STEP), "max": high}


def rounded(values: Values, digits: int) -> list[float | None]:
    return [None if value is None else round(float(value), digits) for value in values]


def table_rows(
    *, labels: Sequence[str], series: Mapping[str, Values], unit: str = "", digits: int = 0
) -> tuple[tuple[str, ...], ...]:
    """One row a label: its name, then each series' value as it is to be read."""
    return tuple((label, *(written(values[i], unit, digits) for values in series.values())) for i, label in enumerate(labels))


def written(value: float | None, unit: str = "", digits: int = 0) -> str:
    """`12.345, "%", 1` → `12.3%`; nothing is a dash."""
    if value is None:
        return NOTHING
    return f"{value:.{digits}f}{spaced(unit)}"


def spaced(unit: str) -> str:
    """A unit as it follows its number: the percent sign at once, words after a space."""
    return f" {unit}" if unit and unit != "%" else unit


def _chart(
    *,
    key: str,
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Values],
    drawn: list[dict[str, Any]],
    unit: str,
    digits: int,
    note: str,
) -> Chart:
    for name, values in series.items():
        if len(values) != len(labels):
            raise ValueError(f"series {name!r} has {len(values)} values for {len(labels)} labels")
    return Chart(
        key=key,
        title=title,
        option=plot_option(labels=labels, drawn=drawn, unit=unit),
        columns=("", *series),
        rows=table_rows(labels=labels, series=series, unit=unit, digits=digits),
        unit=unit,
        digits=digits,
        note=note,
    )


def plot_option(*, labels: Sequence[str], drawn: list[dict[str, Any]], unit: str) -> dict[str, Any]:
    """What all plots over named labels share; margins and a legend that scrolls, so that it is readable on a telephone too."""
    return {
        "legend": {"type": "scroll", "top": 0, "left": 0, "right": 0},
        "grid": {"top": 44, "left": 8, "right": 16, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": list(labels), "axisLabel": {"hideOverlap": True}},
        "yAxis": {"type": "value", "axisLabel": {"formatter": f"{{value}}{spaced(unit)}"}},
        "series": drawn,
    }
