"""How wanted each doctor is over the week, as a heat map: pure, from rows of popularity to a plot with its table."""

from collections.abc import Sequence
from dataclasses import dataclass

from hospitals.reports.charts import NOTHING, Chart

# More lines than these cannot be read in one plot; the list below it has all.
MOST_LINES = 40
# Green is room, red is full: readable on white and on black.
COLOURS = ["#2a7f62", "#7fae6a", "#e3c567", "#d98544", "#b3403a"]


@dataclass(frozen=True, slots=True)
class HeatCell:
    """How full one line's sessions are at one place of the week. `order` sorts the columns: weekday, then period.

    Names may have a line break, which the plot keeps and the table does not.
    """

    line: str
    column: str
    order: tuple[int, int]
    fill_percent: float
    is_hot: bool


def heat_map(cells: Sequence[HeatCell], *, bounds: tuple[float, float]) -> Chart:
    """Lines of doctors (or departments) over weekdays and periods. `bounds`: hot from, and ordinary again below (percent)."""
    lines = list(dict.fromkeys(cell.line for cell in cells))
    columns = [name for _, name in sorted({(cell.order, cell.column) for cell in cells})]
    shown = lines[:MOST_LINES]
    by_place = {(cell.line, cell.column): cell for cell in cells}
    note = f"颜色为约满率；“热”为自动判定的热门。达到 {bounds[0]:g}% 且约满快为热门，低于 {bounds[1]:g}% 恢复普通。"
    if len(lines) > len(shown):
        note += f"图中只画前 {len(shown)} 位，共 {len(lines)} 位，可按科室筛选。"
    return Chart(
        key="heat",
        title="一周热度",
        option=_option(shown, columns, by_place),
        columns=("", *(column.replace("\n", "") for column in columns)),
        rows=tuple((line.replace("\n", " "), *(_words(by_place.get((line, column))) for column in columns)) for line in shown),
        unit="%",
        digits=1,
        note=note,
    )


def _option(lines: list[str], columns: list[str], by_place: dict[tuple[str, str], HeatCell]) -> dict[str, object]:
    data = [
        {
            "value": [x, y, round(cell.fill_percent, 1)],
            "label": {"formatter": f"{cell.fill_percent:.0f}" + ("\n热" if cell.is_hot else "")},
        }
        for y, line in enumerate(lines)
        for x, column in enumerate(columns)
        if (cell := by_place.get((line, column))) is not None
    ]
    return {
        "grid": {"top": 8, "left": 8, "right": 16, "bottom": 56, "containLabel": True},
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "category", "data": columns, "axisLabel": {"interval": 0, "fontSize": 10}},
        # The first line on top, as in the table.
        "yAxis": {"type": "category", "data": lines, "inverse": True, "axisLabel": {"interval": 0, "fontSize": 11}},
        "visualMap": {
            "min": 50,
            "max": 100,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "itemHeight": 160,
            "text": ["100%", "50%"],
            "inRange": {"color": COLOURS},
        },
        "series": [{"name": "约满率", "type": "heatmap", "data": data, "label": {"show": True, "color": "#ffffff"}}],
    }


def _words(cell: HeatCell | None) -> str:
    if cell is None:
        return NOTHING
    return f"{cell.fill_percent:.1f} %{' 热' if cell.is_hot else ''}"
