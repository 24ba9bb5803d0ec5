"""The plots and tables of the page that looks back on plans (方案回顾)."""

from collections.abc import Iterable

from capacity.models import SessionComparison
from capacity.selectors.looking_back import JUDGED, LookingBack, Tally
from hospitals.reports.charts import Chart, bar_chart, written
from hospitals.reports.curves import Band, band_chart
from hospitals.reports.tables import Column, Table

NAMES = {"seen": "就诊", "missed": "未到", "overload": "超负荷", "turned_away": "未挂上"}
BAND_NOTE = "阴影为模型自身的 95% 范围（含估计误差）：模型无误时，二十个月里约有十九个月的实际值落在其中。"
MARGIN_NOTE = (
    "±：模型无误时，实际与预计之差二十次中约有十九次不超过它（含估计误差）；不超过即为“偶然波动”，不说明方案有偏离。"
    "超负荷与未挂上不作此判断。"
)

NOTES = {
    "overload": "一个班次看完的人数超出额定的部分。",
    "turned_away": "实际只计在系统中被拒或候补未成的患者；见约满便不再尝试的无从得知，因此通常低于预计。",
}

COUNT_COLUMNS = tuple(
    column
    for name, words in NAMES.items()
    for column in (
        Column(f"预计{words}", "decimal"),
        *([Column(f"±（{words}）", "decimal")] if name in JUDGED else []),
        Column(f"实际{words}", "decimal"),
    )
)
MONTH_COLUMNS = (
    Column("月份", "text"),
    Column("班次", "count"),
    *COUNT_COLUMNS,
    *(Column(f"{NAMES[name]}之差", "text") for name in JUDGED),
)
DOCTOR_COLUMNS = (
    Column("医生", "text"),
    Column("科室", "text"),
    Column("班次", "count"),
    *COUNT_COLUMNS,
    Column("就诊之差", "points"),
    Column("未到之差", "points"),
    Column("偏离", "text"),
)
SESSION_COLUMNS = (
    Column("就诊日期", "text"),
    Column("科室", "text"),
    Column("医生", "text"),
    Column("额定", "count"),
    Column("预约号", "count"),
    Column("加号", "count"),
    Column("预计就诊", "decimal"),
    Column("就诊标准差", "decimal"),
    Column("实际就诊", "count"),
    Column("预计未到", "decimal"),
    Column("未到标准差", "decimal"),
    Column("实际未到", "count"),
    Column("预计超负荷", "decimal"),
    Column("实际超负荷", "count"),
    Column("预计未挂上", "decimal"),
    Column("实际未挂上", "count"),
)


def headline(report: LookingBack) -> list[tuple[str, str, str]]:
    """(name, value, beside what), of all the sessions looked at; per session."""
    total = report.total
    if total is None:
        return []
    figures = [("已比较", f"{total.sessions} 个班次", "预计与实际均为每班次平均")]
    for name, words in NAMES.items():
        expected, came = total.each(total.expected, name), total.each(total.came, name)
        margin, verdict = (f" ± {total.margin(name):.2f}", f"，{_verdict(total, name)}") if name in JUDGED else ("", "")
        beside = f"预计 {expected:.2f}{margin} 人，差 {came - expected:+.2f}{verdict}"
        figures.append((words, written(came, "人", 2), beside))
    return figures


def _verdict(tally: Tally, name: str) -> str:
    if tally.is_chance(name):
        return "偶然波动"
    return "多于预计" if tally.difference(name) > 0 else "少于预计"


def charts(report: LookingBack) -> list[Chart]:
    """Expected against came by month, per session, then the difference by doctor."""
    months = report.months
    labels = [f"{month:%Y-%m}" for month in months]
    tallies = list(months.values())
    found = [_banded(name, labels, tallies) for name in ("seen", "missed")]
    found += [_plain(name, labels, tallies) for name in ("overload", "turned_away")]
    return found


def difference_chart(report: LookingBack) -> Chart | None:
    """Of the doctors that differ most."""
    rows = sorted(report.doctors, key=lambda row: -abs(row[2].difference("seen")))[:20]
    if not rows:
        return None
    labels = [f"{doctor.name if doctor else '科室普通号'}\n{department.name}" for department, doctor, *_ in rows]
    series = {
        "就诊（实际 − 预计）": [tally.difference("seen") for _, _, tally, _ in rows],
        "未到（实际 − 预计）": [tally.difference("missed") for _, _, tally, _ in rows],
    }
    return bar_chart(
        key="differences",
        title="各医生实际与预计之差（每班次，差最大的 20 位）",
        labels=labels,
        series=series,
        unit="人",
        digits=2,
    )


def month_table(report: LookingBack) -> Table:
    rows = tuple(
        (f"{month:%Y-%m}", tally.sessions, *_counts(tally), *(_verdict(tally, name) for name in JUDGED))
        for month, tally in report.months.items()
    )
    return Table("months", "按月", MONTH_COLUMNS, rows)


def doctor_table(report: LookingBack) -> Table:
    rows = tuple(
        (
            doctor.name if doctor else "科室普通号",
            department.name,
            tally.sessions,
            *_counts(tally),
            tally.difference("seen"),
            tally.difference("missed"),
            "偏离" if drift and drift.is_warning else "",
        )
        for department, doctor, tally, drift in report.doctors
    )
    return Table("doctors", "按医生（每班次平均）", DOCTOR_COLUMNS, rows)


def session_table(comparisons: Iterable[SessionComparison]) -> Table:
    rows = tuple(
        (
            c.visit_date.isoformat(),
            c.department.name,
            c.doctor.name if c.doctor else "科室普通号",
            c.rated,
            c.advance_quota,
            c.extra_quota,
            c.expected_seen,
            c.seen_deviation,
            c.seen,
            c.expected_missed,
            c.missed_deviation,
            c.missed,
            c.expected_overload,
            c.overload,
            c.expected_turned_away,
            c.turned_away,
        )
        for c in comparisons
    )
    return Table("sessions", "按班次", SESSION_COLUMNS, rows)


def _counts(tally: Tally) -> tuple[float, ...]:
    """Expected, how far chance takes it where that is known, and came of each count, per session."""
    return tuple(
        number
        for name in NAMES
        for number in (
            tally.each(tally.expected, name),
            *([tally.margin(name)] if name in JUDGED else []),
            tally.each(tally.came, name),
        )
    )


def _banded(name: str, labels: list[str], tallies: list[Tally]) -> Chart:
    expected = [tally.each(tally.expected, name) for tally in tallies]
    reach = [tally.margin(name) for tally in tallies]
    return band_chart(
        key=name,
        title=f"{NAMES[name]}人数（每班次）",
        labels=labels,
        series={"预计": expected, "实际": [tally.each(tally.came, name) for tally in tallies]},
        band=Band(
            "95% 范围",
            [max(0.0, e - r) for e, r in zip(expected, reach, strict=True)],
            [e + r for e, r in zip(expected, reach, strict=True)],
        ),
        unit="人",
        digits=2,
        note=BAND_NOTE,
        # Seen from zero, a difference of one patient would be a hair.
        from_zero=False,
    )


def _plain(name: str, labels: list[str], tallies: list[Tally]) -> Chart:
    series = {
        "预计": [tally.each(tally.expected, name) for tally in tallies],
        "实际": [tally.each(tally.came, name) for tally in tallies],
    }
    title = f"{NAMES[name]}人数（每班次）"
    return bar_chart(key=name, title=title, labels=labels, series=series, unit="人", digits=2, note=NOTES[name])
