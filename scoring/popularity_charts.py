"""How wanted each doctor is over the week, as a heat map: pure, from rows of popularity to a plot with its table."""

from collections.abc import Sequence
from dataclasses import dataclass

from hospitals.reports import heat_maps
from hospitals.reports.charts import Chart

# More lines than these cannot be read in one plot; the list below it has all.
MOST_LINES = 40
# Below half full all is room.
SCALE = (50, 100)


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
    by_place = {(columns.index(cell.column), shown.index(cell.line)): cell for cell in cells if cell.line in shown}
    note = f"颜色为约满率；“热”为自动判定的热门。达到 {bounds[0]:g}% 且约满快为热门，低于 {bounds[1]:g}% 恢复普通。"
    if len(lines) > len(shown):
        note += f"图中只画前 {len(shown)} 位，共 {len(lines)} 位，可按科室筛选。"
    places = [[by_place.get((x, y)) for x in range(len(columns))] for y in range(len(shown))]
    return heat_maps.heat_map(
        key="heat",
        title="一周热度",
        name="约满率",
        labels=heat_maps.Labels(columns, shown),
        values=[[cell.fill_percent if cell else None for cell in line] for line in places],
        scale=SCALE,
        colours=heat_maps.GREEN_TO_RED,
        words={place: "热" for place, cell in by_place.items() if cell.is_hot},
        is_labelled=True,
        unit="%",
        digits=1,
        note=note,
    )
