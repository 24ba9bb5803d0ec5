"""Heat maps of the admin: a number for each pair of names, with places that are marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hospitals.reports.charts import NOTHING, Chart, Values, spaced, written

# From little to much, readable on white and on black (viridis: as bright as it is large, also for those who see no red).
SEQUENTIAL = ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725")
# Green is room, red is full.
GREEN_TO_RED = ("#2a7f62", "#7fae6a", "#e3c567", "#d98544", "#b3403a")

# White with a dark rim: to be read on any of the colours.
_LABEL = {"color": "#ffffff", "textBorderColor": "rgba(0,0,0,0.6)", "textBorderWidth": 2}

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """Places (column, line) with a name of their own. `symbol` is ECharts'; a hollow one lets the cell be seen."""

    name: str
    places: Sequence[Place]
    symbol: str = "circle"
    size: int = 14
    colour: str = "#ffffff"
    is_hollow: bool = False


@dataclass(frozen=True, slots=True)
class Labels:
    """Names of columns and lines; they may have a line break, which the plot keeps and the table does not."""

    columns: Sequence[str]
    lines: Sequence[str]
    column_title: str = ""
    line_title: str = ""


def heat_map(
    *,
    key: str,
    title: str,
    name: str,
    labels: Labels,
    values: Sequence[Values],
    scale: tuple[float, float],
    colours: Sequence[str] = SEQUENTIAL,
    marks: Sequence[Mark] = (),
    words: Mapping[Place, str] | None = None,
    is_labelled: bool = False,
    first_line_on_top: bool = True,
    unit: str = "",
    digits: int = 0,
    note: str = "",
) -> Chart:
    """`values[line][column]`; None leaves a cell empty. Colours run over `scale` (low, high) and end there.

    `is_labelled` writes each number into its cell, `words` what else stands there and in the table. Marks whose places lie
    outside are left out. Raises ValueError for values that do not fit the labels.
    """
    if len(values) != len(labels.lines) or any(len(line) != len(labels.columns) for line in values):
        raise ValueError(f"values do not fit {len(labels.lines)} lines of {len(labels.columns)} columns")
    words = words or {}
    cells = [
        _cell((x, y), value, labels, words.get((x, y), "") if is_labelled else None, digits)
        for y, line in enumerate(values)
        for x, value in enumerate(line)
        if value is not None
    ]
    drawn: list[dict[str, Any]] = [
        {"name": name, "type": "heatmap", "data": cells, "label": _LABEL | {"show": is_labelled}},
        *(_scatter(mark, labels, values) for mark in marks),
    ]
    return Chart(
        key=key,
        title=title,
        option=_option(labels, drawn, scale, colours, unit, digits, first_line_on_top=first_line_on_top),
        columns=(labels.line_title, *map(_closed_up, labels.columns)),
        rows=tuple(
            (_one_line(line), *(_words(values[y][x], unit, digits, words.get((x, y), "")) for x in range(len(labels.columns))))
            for y, line in enumerate(labels.lines)
        ),
        unit=unit,
        digits=digits,
        note=note,
    )


def _cell(place: Place, value: float, labels: Labels, word: str | None, digits: int) -> dict[str, Any]:
    x, y = place
    cell: dict[str, Any] = {"name": _place_name(place, labels), "value": [x, y, round(float(value), digits)]}
    if word is not None:
        cell["label"] = {"formatter": f"{value:.0f}" + (f"\n{word}" if word else "")}
    return cell


def _scatter(mark: Mark, labels: Labels, values: Sequence[Values]) -> dict[str, Any]:
    inside = [(x, y) for x, y in mark.places if 0 <= y < len(labels.lines) and 0 <= x < len(labels.columns)]
    ring = {"color": "rgba(0,0,0,0)", "borderColor": mark.colour, "borderWidth": 3}
    solid = {"color": mark.colour, "borderColor": "#1b1b1b", "borderWidth": 1}
    return {
        "name": mark.name,
        "type": "scatter",
        "symbol": mark.symbol,
        "symbolSize": mark.size,
        "itemStyle": (ring if mark.is_hollow else solid) | {"shadowBlur": 3, "shadowColor": "#000000"},
        # The number of the cell comes along, so that it is read where a mark covers the cell.
        "data": [{"name": _place_name((x, y), labels), "value": [x, y, values[y][x]]} for x, y in inside],
        "encode": {"x": 0, "y": 1, "tooltip": 2},
        "z": 5,
    }


def _place_name(place: Place, labels: Labels) -> str:
    column, line = _closed_up(labels.columns[place[0]]), _one_line(labels.lines[place[1]])
    return f"{_titled(labels.line_title, line)}，{_titled(labels.column_title, column)}"


def _titled(title: str, name: str) -> str:
    return f"{title} {name}" if title else name


def _option(
    labels: Labels,
    drawn: list[dict[str, Any]],
    scale: tuple[float, float],
    colours: Sequence[str],
    unit: str,
    digits: int,
    *,
    first_line_on_top: bool,
) -> dict[str, Any]:
    low, high = scale
    marks = [series["name"] for series in drawn[1:]]
    return {
        "legend": {"show": bool(marks), "data": marks, "type": "scroll", "top": 0, "left": 0, "right": 0},
        # Titles of axes stand outside of what `containLabel` contains.
        "grid": {
            "top": (40 if marks else 8) + (20 if labels.line_title else 0),
            "left": 8,
            "right": 16,
            "bottom": 56 + (20 if labels.column_title else 0),
            "containLabel": True,
        },
        "tooltip": {"trigger": "item"},
        "xAxis": {
            "type": "category",
            "data": list(labels.columns),
            "name": labels.column_title,
            "nameLocation": "middle",
            "nameGap": 28,
            "axisLabel": {"interval": "auto" if labels.column_title else 0, "fontSize": 10},
        },
        "yAxis": {
            "type": "category",
            "data": list(labels.lines),
            "name": labels.line_title,
            "nameLocation": "start" if first_line_on_top else "end",
            "nameTextStyle": {"align": "left"},
            "inverse": first_line_on_top,
            "axisLabel": {"interval": "auto" if labels.column_title else 0, "fontSize": 11},
        },
        "visualMap": {
            "min": low,
            "max": high,
            "precision": digits,
            "seriesIndex": 0,
            "dimension": 2,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "itemHeight": 160,
            "text": [f"{round(bound, digits):g}{spaced(unit)}" for bound in (high, low)],
            "inRange": {"color": list(colours)},
        },
        "series": drawn,
    }


def _words(value: float | None, unit: str, digits: int, word: str) -> str:
    if value is None:
        return NOTHING
    return " ".join(filter(None, (written(value, unit, digits), word)))


def _one_line(name: str) -> str:
    return name.replace("\n", " ")


def _closed_up(name: str) -> str:
    return name.replace("\n", "")
