"""The forecasts' page in plots, tables and words: pure, from stored rows to what is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from capacity.models import ForecastSeries, SessionSuggestion, SuggestionDirection
from capacity.numeric.forecasting import DayKind
from capacity.selectors.forecast_report import ShownDay
from hospitals.reports.charts import NOTHING, Chart, plot_option, rounded, written
from hospitals.reports.tables import Column, Table

UNIT = "人"
# As many days as can be told apart on a telephone.
DRAWN_PAST, DRAWN_AHEAD = 35, 28
WEEKDAYS = "一二三四五六日"
MODELS = {
    "seasonal-naive": "上周同日（基线）",
    "seasonal-naive with calendar": "上周同日（含节假日修正）",
    "weekday means": "近八周同星期均值",
    "exponential smoothing": "周季节指数平滑",
    "exponential smoothing with yearly wave": "周季节指数平滑＋年度波动",
    "combined": "组合（指数平滑与半年均值等）",
}
KINDS = {
    DayKind.HOLIDAY: "法定假日（工作日放假）",
    DayKind.FESTIVAL: "春节假期（工作日放假）",
    DayKind.BREAK_WEEKEND: "假期中的周末",
    DayKind.EVE: "长假前最后一个工作日",
    DayKind.AFTER: "长假后第一个工作日",
    DayKind.MAKE_UP: "调休上班的周末",
}
DAY_COLUMNS = (
    Column("日期", "text"),
    Column("星期", "text"),
    Column("日历", "text"),
    Column("实际", "count"),
    Column("预测", "number"),
    Column("下限", "number"),
    Column("上限", "number"),
    Column("基线", "number"),
)
SERIES_COLUMNS = (
    Column("科室", "text"),
    Column("模型", "text"),
    Column("误差 WAPE", "share"),
    Column("基线误差", "share"),
    Column("区间命中率", "share"),
    Column("历史天数", "count"),
    Column("历史截至", "text"),
    Column("说明", "text"),
)
MODEL_COLUMNS = (Column("模型", "text"), Column("误差 WAPE", "share"))
EFFECT_COLUMNS = (Column("日子", "text"), Column("相当于平日", "share"), Column("历史天数", "count"))
NOTE = (
    "预约量 = 已挂上号的（含之后取消、未到的）＋约满未挂上的患者（每人每科每天计一次）。阴影为 90% 预测区间；"
    "基线为上周同日；虚竖线为假期首日与调休上班日，未公布的年度按法定日推定。"
)
ERROR_NOTE = (
    "滚动回测：站在过去每周的起点，只用当时已有的数据预测，再与实际比较。WAPE = 误差绝对值之和 ÷ 实际之和，越小越准；"
    "模型按回测误差选择，不如基线的改用基线。节假日影响中，历史天数为 0 的沿用全院，全院也没有的按平日。"
)


def model_name(series: ForecastSeries) -> str:
    return MODELS.get(series.model, series.model)


def series_name(series: ForecastSeries) -> str:
    return series.department.name if series.department else "全院"


def forecast_chart(series: ForecastSeries, days: Sequence[ShownDay]) -> Chart:
    """The last weeks, the forecast with its band, the baseline; special days are marked. The table has all days."""
    table = day_table(series, days)
    past, ahead = [day for day in days if not day.forecast], [day for day in days if day.forecast]
    drawn = [*past[-DRAWN_PAST:], *ahead[:DRAWN_AHEAD]]
    option = plot_option(labels=[f"{day.date:%m-%d}" for day in drawn], drawn=_drawn(drawn), unit="")
    option["legend"]["data"] = ["实际", "预测", "上限", "下限", "基线"]
    option["yAxis"]["min"] = 0
    return Chart(
        key="forecast",
        title=f"{series_name(series)} · 每日预约量与预测",
        option=option,
        columns=tuple(column.name for column in table.columns),
        rows=tuple(tuple(words for _, words in row) for row in table.written_rows()),
        unit=UNIT,
        digits=1,
        note=NOTE,
    )


def _drawn(days: Sequence[ShownDay]) -> list[dict[str, Any]]:
    ahead = [day.forecast for day in days]
    lower = [each.lower if each else None for each in ahead]
    upper = [each.upper if each else None for each in ahead]
    width = [each.upper - each.lower if each else None for each in ahead]
    thin: dict[str, Any] = {"type": "line", "symbol": "none", "itemStyle": {"color": "#7fa8a1"}}
    dotted = thin | {"lineStyle": {"width": 1, "type": "dotted", "color": "#7fa8a1"}}
    # Two lines that are not drawn, one upon the other, with the band between them; they have nothing to say of their own.
    hidden = {"type": "line", "symbol": "none", "stack": "band", "silent": True, "lineStyle": {"opacity": 0}}
    quiet = hidden | {"tooltip": {"show": False}}
    return [
        {
            "name": "实际",
            "type": "line",
            "data": [day.actual for day in days],
            "symbolSize": 5,
            "symbol": "circle",
            "markLine": _marks(days),
        },
        {"name": "预测", "type": "line", "data": rounded([x.mean if x else None for x in ahead], 1), "symbolSize": 5, "z": 4},
        dotted | {"name": "上限", "data": rounded(upper, 1)},
        dotted | {"name": "下限", "data": rounded(lower, 1)},
        {
            "name": "基线",
            "type": "line",
            "data": rounded([x.baseline_mean if x else None for x in ahead], 1),
            "symbol": "none",
            "lineStyle": {"width": 1, "type": "dashed"},
        },
        quiet | {"name": "区间底", "data": rounded(lower, 1)},
        quiet | {"name": "区间", "data": rounded(width, 1), "areaStyle": {"color": "#1f7a6d", "opacity": 0.18}},
    ]


def _marks(days: Sequence[ShownDay]) -> dict[str, Any]:
    """A line at the first of each run of days with one note; the days around a break are in the table only."""
    marks, before = [], ""
    for place, day in enumerate(days):
        if day.note and day.note != before and not day.note.removesuffix("（推定）").endswith(("前", "后")):
            marks.append({"xAxis": place, "name": day.note})
        before = day.note
    return {
        "symbol": "none",
        "silent": True,
        "lineStyle": {"type": "dashed", "width": 1, "color": "#9a8f7a"},
        "label": {"formatter": "{b}", "position": "insideEndTop", "fontSize": 10, "color": "#8a7d62"},
        "data": marks,
    }


def day_table(series: ForecastSeries, days: Sequence[ShownDay]) -> Table:
    """The future first: that is what the page is looked at for."""
    ahead = [day for day in days if day.forecast]
    past = [day for day in days if not day.forecast]
    return Table("days", f"{series_name(series)}每日", DAY_COLUMNS, tuple(_day_row(day) for day in [*ahead, *reversed(past)]))


def _day_row(day: ShownDay) -> tuple[Any, ...]:
    found = day.forecast
    numbers = (found.mean, found.lower, found.upper, found.baseline_mean) if found else (None,) * 4
    return (f"{day.date:%Y-%m-%d}", f"周{WEEKDAYS[day.date.weekday()]}", day.note, day.actual, *numbers)


def series_table(all_series: Sequence[ForecastSeries]) -> Table:
    rows = [
        (
            series_name(each),
            model_name(each),
            each.error,
            each.baseline_error,
            each.coverage,
            each.history_days,
            f"{each.history_until:%Y-%m-%d}",
            each.note,
        )
        for each in all_series
    ]
    return Table("series", "各科室误差", SERIES_COLUMNS, tuple(rows))


def model_table(series: ForecastSeries) -> Table:
    """What each model would have come to, kept throughout; the best first."""
    errors: Mapping[str, float | None] = series.backtest.get("errors", {})
    best = sorted(errors.items(), key=lambda item: (item[1] is None, item[1] or 0))
    return Table("models", "各模型回测误差", MODEL_COLUMNS, tuple((MODELS.get(name, name), error) for name, error in best))


def effect_table(series: ForecastSeries) -> Table:
    effects: Mapping[str, Any] = series.backtest.get("effects", {})
    rows = [(name, found["ratio"], found["days"]) for kind, name in KINDS.items() if (found := effects.get(kind.name.lower()))]
    return Table("effects", "节假日影响", EFFECT_COLUMNS, tuple(rows))


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: str
    beside: str


def figures(series: ForecastSeries, days: Sequence[ShownDay]) -> list[Figure]:
    """The next four weeks, and how far they can be trusted."""
    ahead = [day.forecast for day in days if day.forecast][:28]
    before = [day.actual for day in days if day.actual is not None][-28:]
    test = series.backtest
    tested = f"{test['origins']} 个起点，每次 {test['horizon']} 天" if "origins" in test else series.note or NOTHING
    return [
        Figure("今后四周", written(sum(day.mean for day in ahead), UNIT), f"过去四周 {sum(before)} {UNIT}"),
        Figure("误差 WAPE", _share(series.error), tested),
        Figure("基线误差", _share(series.baseline_error), "上周同日"),
        Figure("区间命中率", _share(series.coverage), "应约为 90%"),
    ]


def suggestion_sentence(suggestion: SessionSuggestion) -> str:
    last = suggestion.week + timedelta(days=6)
    week = f"{suggestion.week:%m-%d} 至 {last:%m-%d}"
    change = "增加" if suggestion.direction == SuggestionDirection.MORE else "减少"
    compared = "多于" if suggestion.direction == SuggestionDirection.MORE else "少于"
    return (
        f"{suggestion.department.name} {week}：预计需求 {suggestion.demand:.0f} {UNIT}，{compared}已排号源 {suggestion.seats}，"
        f"且超出预测区间，建议{change} {suggestion.sessions} 个班次。"
    )


def _share(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.1%}"
