"""The overview's plots and its table: pure, from what the selector found."""

from collections.abc import Sequence

from capacity.doctor_charts import Figure
from capacity.models import SessionSuggestion
from capacity.selectors.overview import Load, Overview
from hospitals.models import Weekday
from hospitals.reports.charts import NOTHING, Chart, bar_chart
from hospitals.reports.heat_maps import GREEN_TO_RED, Labels, heat_map
from hospitals.reports.tables import Column, Table

# More lines cannot be read in one plot; the table has all.
MOST_LINES = 40
# The page of the forecasts has all.
MOST_SUGGESTIONS = 6
COLUMNS = (
    Column("科室", "text"),
    Column("班次", "count"),
    Column("额定号源", "count"),
    Column("预约号", "count"),
    Column("加号", "count"),
    Column("已约", "count"),
    Column("预计就诊", "number"),
    Column("预计负荷", "share"),
    Column("预计超负荷", "number"),
    Column("预计未挂上", "number"),
    Column("待审批方案", "count"),
    Column("无方案班次", "count"),
)


def headline(overview: Overview) -> list[Figure]:
    load = overview.total
    suspended = f"，另有 {overview.suspended} 个停诊" if overview.suspended else ""
    without = load.sessions - load.expected_sessions
    return [
        Figure("班次", f"{load.sessions}", f"额定 {load.seats} 个号源{suspended}"),
        Figure("预计就诊", _people(load.seen), f"占额定的 {load.fill:.0%}" if load.fill is not None else "还没有方案"),
        Figure("预计超负荷", _people(load.overload, 1), f"加号 {load.extra} 个"),
        Figure("预计未挂上", _people(load.turned_away), f"{without} 个班次还没有方案，未计入" if without else "想挂号而没有号"),
    ]


def suggestion_sentences(suggestions: Sequence[SessionSuggestion]) -> list[str]:
    """The first few; how many more there are is told last."""
    sentences = [
        f"{one.department.name}：{one.week:%m-%d} 起的一周建议{one.get_direction_display()} {one.sessions} 个"
        f"（预计需求 {one.demand:.0f} 人，现有号源 {one.seats} 个）。"
        for one in suggestions[:MOST_SUGGESTIONS]
    ]
    if (more := len(suggestions) - len(sentences)) > 0:
        sentences.append(f"另有 {more} 条建议。")
    return sentences


def department_table(overview: Overview) -> Table:
    """A row a department, the hospital last."""
    rows = [_row(one.name, one.load) for one in overview.departments]
    if len(rows) > 1:
        rows.append(_row("合计", overview.total))
    return Table("departments", "号源总览", COLUMNS, tuple(rows))


def day_chart(overview: Overview) -> Chart:
    loads = [overview.by_day.get(day) for day in overview.days]
    return bar_chart(
        key="days",
        title="每日号源与预计就诊",
        labels=[f"{day:%m-%d} {Weekday(day.isoweekday()).label}" for day in overview.days],
        series={
            "额定号源": [load.seats if load else 0 for load in loads],
            "已约": [load.taken if load else 0 for load in loads],
            "预计就诊": [load.seen if load else None for load in loads],
            "预计未挂上": [load.turned_away if load else None for load in loads],
        },
        unit="人",
        digits=0,
    )


def turned_away_chart(overview: Overview) -> Chart | None:
    """Where and when patients are expected to find no number; None where nothing is expected."""
    shown = overview.departments[:MOST_LINES]
    values = [
        [
            load.turned_away if (load := overview.by_department_and_day.get((one.department_id, day))) else None
            for day in overview.days
        ]
        for one in shown
    ]
    largest = max((value for line in values for value in line if value is not None), default=0.0)
    if not largest:
        return None
    note = "颜色越红，预计挂不上号的患者越多；空白为没有班次或还没有方案。"
    if len(overview.departments) > len(shown):
        note += f"图中只画前 {len(shown)} 个科室，共 {len(overview.departments)} 个，下表有全部。"
    return heat_map(
        key="turned-away",
        title="预计未挂上（人）",
        name="预计未挂上",
        labels=Labels([f"{day:%m-%d}\n{Weekday(day.isoweekday()).label}" for day in overview.days], [one.name for one in shown]),
        values=values,
        scale=(0, max(1.0, largest)),
        colours=GREEN_TO_RED,
        is_labelled=True,
        unit="人",
        digits=1,
        note=note,
    )


def _people(count: float | None, digits: int = 0) -> str:
    return NOTHING if count is None else f"{count:.{digits}f} 人"


def _row(name: str, load: Load) -> tuple[object, ...]:
    quotas = (load.sessions, load.seats, load.advance, load.extra, load.taken)
    expected = (load.seen, load.fill, load.overload, load.turned_away)
    return name, *quotas, *expected, load.waiting, load.sessions - load.expected_sessions
