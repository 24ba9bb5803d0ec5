"""The indicators as tables, made once for the page, for Excel and for CSV."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from hospitals.reports.tables import Column, Table
from scoring.selectors.assessment import DoctorAssessment, Judged
from scoring.selectors.benchmark import Benchmark
from scoring.selectors.indicators import RATES, DepartmentTally, Tally, added
from scoring.selectors.suggestions import Suggestion

RATE_NAMES = {"fulfilled": "履约率", "unattended": "预约未到率", "cancelled": "取消预约率", "missed": "失约率"}
COUNT_NAMES = {"fulfilled": "履约数", "unattended": "预约未到数", "cancelled": "取消预约数", "missed": "失约数"}

COUNTED = (
    Column("总预约次数", "count"),
    *(Column(name, "count") for name in COUNT_NAMES.values()),
    Column("作废数", "count"),
    *(Column(name, "share") for name in RATE_NAMES.values()),
)


def month_table(months: Iterable[date], tallies: Mapping[date, Tally]) -> Table:
    """Every month, also those with nothing."""
    rows = tuple((f"{month:%Y-%m}", *_counted(tallies.get(month, Tally()))) for month in months)
    return Table("months", "月度趋势", (Column("月份", "text"), *COUNTED), rows)


def department_table(departments: list[DepartmentTally], *, only: int | None = None) -> Table:
    """The departments (or the one chosen) and, last, the hospital."""
    rows = [(d.name, *_counted(d.tally)) for d in departments if only in (None, d.department_id)]
    rows.append(("全院", *_counted(added(d.tally for d in departments))))
    return Table("departments", "科室", (Column("科室", "text"), *COUNTED), tuple(rows))


DOCTOR_COLUMNS = (
    Column("医生", "text"),
    Column("科室", "text"),
    Column("职称", "text"),
    Column("工号", "text"),
    Column("总预约次数", "count", "total"),
    Column("履约率", "share", "fulfilled"),
    Column("履约率 95% 区间", "interval"),
    Column("履约率较科室（百分点）", "points", "fulfilled_difference"),
    Column("履约率评价", "text"),
    Column("失约率", "share", "missed"),
    Column("失约率 95% 区间", "interval"),
    Column("失约率较科室（百分点）", "points", "missed_difference"),
    Column("失约率评价", "text"),
)
DOCTOR_SORTS = {column.sort: place for place, column in enumerate(DOCTOR_COLUMNS) if column.sort}


def doctor_table(assessments: Iterable[DoctorAssessment], *, sort: str = "") -> Table:
    """By department, or by one of DOCTOR_SORTS (led by "-": the largest first); what has no number comes last either way."""
    rows = [
        (
            one.doctor.name, one.department, one.doctor.title, one.doctor.code, one.doctor.tally.total,
            *_judged(one.fulfilled), *_judged(one.missed),
        )
        for one in assessments
    ]  # fmt: skip
    key = sort.removeprefix("-")
    if key in DOCTOR_SORTS:
        place = DOCTOR_SORTS[key]
        with_value = sorted((r for r in rows if r[place] is not None), key=lambda r: r[place], reverse=sort.startswith("-"))
        rows = [*with_value, *(r for r in rows if r[place] is None)]
    return Table("doctors", "医生考核", DOCTOR_COLUMNS, tuple(rows))


def suggestion_table(suggestions: Iterable[Suggestion]) -> Table:
    columns = (
        Column("科室", "text"),
        Column("空出原因", "text"),
        Column("次数", "count"),
        Column("总预约次数", "count"),
        Column("科室比率", "share"),
        Column("全院比率", "share"),
        Column("每周空出", "number"),
        Column("每周超出全院", "number"),
        Column("建议弹性时段/周", "count"),
    )
    rows = tuple(
        (s.department, s.loss, s.count, s.total, s.rate, s.hospital_rate, s.lost_per_week, s.excess_per_week, s.slots_per_week)
        for s in suggestions
    )
    return Table("suggestions", "排班建议", columns, rows)


def benchmark_table(found: Benchmark, own: Mapping[date, Tally]) -> Table:
    """One row a rate and month that has quartiles."""
    shares = ("本院", "下四分位数", "中位数", "上四分位数")
    columns = (Column("指标", "text"), Column("月份", "text"), *(Column(name, "share") for name in shares))
    rows = tuple(
        (RATE_NAMES[name], f"{month:%Y-%m}", own.get(month, Tally()).rate(name), q.low, q.median, q.high)
        for name in RATES
        for month, q in found.quartiles[name].items()
    )
    return Table("benchmark", "行业对标", columns, rows)


def _counted(tally: Tally) -> tuple[Any, ...]:
    counts = (tally.total, *(getattr(tally, name) for name in RATES), tally.void)
    return (*counts, *(tally.rate(name) for name in RATES))


def _judged(one: Judged) -> tuple[Any, ...]:
    interval = None if one.low is None or one.high is None else (one.low, one.high)
    return one.rate, interval, one.difference_points, one.mark
