"""The plots of the indicators' page, and the sentences that say how its numbers are made."""

from dataclasses import dataclass
from datetime import date

from hospitals.reports.charts import Chart, line_chart, percent_axis, written
from scoring.months import first_of_month
from scoring.selectors import assessment, suggestions
from scoring.selectors import benchmark as hospitals
from scoring.selectors.indicators import RATES, Tally
from scoring.selectors.report import Report
from scoring.tables import RATE_NAMES

ASSESSMENT_NOTE = (
    f"区间为 95% 威尔逊区间；少于 {assessment.LEAST_APPOINTMENTS} 次预约的不评价。只有区间不含科室比率、且与同科室其余预约的精确"
    "检验经多重比较校正（错误发现率 5%）后仍成立，才标为高于或低于科室。"
)
SUGGESTION_NOTE = (
    f"依据最近 {suggestions.MONTHS} 个完整月份：科室与其余科室各不少于 {suggestions.LEAST_APPOINTMENTS} 次预约，比全院高出至少 "
    f"{suggestions.LEAST_POINTS:g} 个百分点，且精确检验经多重比较校正后仍成立。弹性时段数 = 每周超出全院水平的空出号源数，取整。"
)
BENCHMARK_NOTE = (
    f"每月不少于 {hospitals.LEAST_APPOINTMENTS} 次预约的医院参与；至少 {hospitals.LEAST_HOSPITALS} 家时才显示中位数与四分位数"
    "（本院计入其中，各院所见相同；按 Harrell–Davis 法由全部医院加权得出，不等于任何一家的数值）。"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One rate of the headline. `is_better` is None where there is nothing to compare, or no change."""

    name: str
    value: str
    counts: str
    change: str
    is_better: bool | None


def headline(report: Report) -> list[Figure]:
    now, before = report.headline
    return [_figure(name, now, before) for name in RATES]


def _figure(name: str, now: Tally, before: Tally) -> Figure:
    rate, earlier = now.rate(name), before.rate(name)
    counts = f"{getattr(now, name)} / {now.total}" if now.total else "该月无已结束的预约"
    value = written(percent(rate), "%", 1)
    if rate is None or earlier is None:
        return Figure(RATE_NAMES[name], value, counts, "" if rate is None else "上月无数据，无法比较", None)
    # As it is read: a change that the page rounds away is none.
    points = round(100 * (rate - earlier), 1)
    if points == 0:
        return Figure(RATE_NAMES[name], value, counts, "与上月持平", None)
    arrow = "▲" if points > 0 else "▼"
    is_better = (points > 0) == (name == "fulfilled")
    return Figure(RATE_NAMES[name], value, counts, f"{arrow} 较上月 {points:+.1f} 个百分点", is_better)


def trends(report: Report) -> list[Chart]:
    """The four rates by month; a month with nothing is a gap. Two plots: nine of ten are kept, and one scale would
    hide the rest."""
    months = report.months
    this = first_of_month(report.today)
    labels = [f"{month:%Y-%m}{'（未完）' if month == this else ''}" for month in months]
    tallies = [report.by_month.get(month, Tally()) for month in months]
    series = {RATE_NAMES[name]: [percent(tally.rate(name)) for tally in tallies] for name in RATES}
    kept = {RATE_NAMES["fulfilled"]: series.pop(RATE_NAMES["fulfilled"])}
    charts = [
        line_chart(key="kept", title="履约率", labels=labels, series=kept),
        line_chart(key="lost", title="预约未到率、取消预约率、失约率", labels=labels, series=series),
    ]
    # The kept ones move between 80 and 100: seen from zero, any trend is a straight line.
    charts[0].option["yAxis"] |= percent_axis(kept.values())
    return charts


def benchmark(report: Report) -> list[Chart]:
    """One plot a rate: the hospital's own line, and what all hospitals have. None where no month has quartiles."""
    if report.benchmark.is_empty:
        return []
    months = [month for month in report.months if month <= report.last_full_month]
    return [_compared(report, name, months) for name in RATES]


def _compared(report: Report, name: str, months: list[date]) -> Chart:
    found, own = report.benchmark.quartiles[name], report.hospital_by_month
    quartiles = [found.get(month) for month in months]
    series = {
        "本院": [percent(own.get(month, Tally()).rate(name)) for month in months],
        "中位数": [percent(q.median if q else None) for q in quartiles],
        "下四分位数": [percent(q.low if q else None) for q in quartiles],
        "上四分位数": [percent(q.high if q else None) for q in quartiles],
    }
    labels = [f"{month:%Y-%m}" for month in months]
    chart = line_chart(key=f"benchmark-{name}", title=RATE_NAMES[name], labels=labels, series=series)
    styles = ({"width": 3}, {"width": 2}, {"width": 1, "type": "dashed"}, {"width": 1, "type": "dashed"})
    chart.option["yAxis"] |= percent_axis(series.values())
    for line, style in zip(chart.option["series"], styles, strict=True):
        line["lineStyle"] = style
    return chart


def percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
