"""One clinic's tables, for its page and its files."""

from collections.abc import Callable, Mapping
from typing import Any

from capacity.doctor_charts import SWEPT
from capacity.models import CapacityPlan
from capacity.numeric.outcomes import Outcome
from capacity.numeric.sweeps import Sweep
from capacity.selectors.clinic_report import ClinicReport, ComingSession
from hospitals.models import ClinicSession, SessionStatus
from hospitals.reports.tables import Column, Table

# An estimate, or all of a plan's inputs, as JSON keeps them.
Kept = Mapping[str, Any]

INPUT_TITLE = "参数与依据"
INPUT_COLUMNS = (
    Column("参数", "text"),
    Column("估计值", "text"),
    Column("90% 区间", "text"),
    Column("本门诊样本", "text"),
    Column("主要依据", "text"),
    Column("依据样本量", "text"),
)
OPTION_COLUMNS = (
    Column("方案", "text"),
    Column("预约号 N1", "count"),
    Column("加号 NA", "count"),
    Column("目标值 R", "decimal"),
    Column("预计就诊", "decimal"),
    Column("预计超负荷", "decimal"),
    Column("预计未挂上", "decimal"),
)
COMING_COLUMNS = (
    Column("就诊日期", "text"),
    Column("额定", "count"),
    Column("现行 N1 / NA", "text"),
    Column("已约", "count"),
    Column("方案 N1 / NA", "text"),
    Column("方案状态", "text"),
    Column("预计就诊", "number"),
    Column("预计超负荷", "decimal"),
    Column("预计未挂上", "number"),
    Column("说明", "text"),
)
PAST_COLUMNS = (
    Column("就诊日期", "text"),
    Column("N1 / NA", "text"),
    Column("预计就诊", "number"),
    Column("实际就诊", "count"),
    Column("预计超负荷", "decimal"),
    Column("实际超负荷", "count"),
    Column("预计未挂上", "number"),
    Column("实际未挂上", "count"),
    Column("预计未到", "number"),
    Column("实际未到", "count"),
)
# Whose sessions a number rests on most, from the nearest to none.
LEVELS = {
    "clinic": "本门诊",
    "doctor": "该医生的各门诊",
    "department": "本科室",
    "hospital": "全院",
    "assumed": "文献默认值",
}


def option_table(report: ClinicReport) -> Table:
    """The optimum, what is in force, the pairs beside the optimum and the next best."""
    return Table("options", "方案比较", OPTION_COLUMNS, tuple(_option(name, outcome) for name, outcome in report.options))


def input_table(report: ClinicReport) -> Table:
    """What the quotas rest on; empty without a plan."""
    return Table("inputs", INPUT_TITLE, INPUT_COLUMNS, ()) if report.plan is None else plan_input_table(report.plan)


def plan_input_table(plan: CapacityPlan) -> Table:
    """What a plan rests on, each number with its interval, its sample and the level it mostly rests on."""
    kept = plan.inputs
    rows = (
        _estimated("预约需求 E[d1]（人/次）", kept["mean_advance"], "次出诊", _number, _sold_out(kept, "advance")),
        _estimated("现场需求 E[d2]（人/次）", kept["mean_same_day"], "次出诊", _number, _sold_out(kept, "same_day")),
        *_foretold(kept.get("forecast")),
        _estimated("预约爽约率 δ1", kept["no_show_advance"], "人次", _percent),
        _estimated("现场爽约率 δ2", kept["no_show_same_day"], "人次", _percent),
        _correlation(kept),
        *_dispersion(kept),
        ("额定号源 N", str(plan.session.rated_capacity), "", "", "排班", ""),
        ("超负荷成本系数 β", f"{kept['overload_cost']:g}", "", "", "号源配置规则", ""),
        ("加号上限", str(kept["largest_extra"]), "", "", "号源配置规则", ""),
    )
    return Table("inputs", INPUT_TITLE, INPUT_COLUMNS, rows)


def coming_table(report: ClinicReport) -> Table:
    return Table("coming", "即将出诊", COMING_COLUMNS, tuple(map(_coming, report.coming)))


def past_table(report: ClinicReport) -> Table:
    rows = tuple(
        (
            c.visit_date.isoformat(),
            f"{c.advance_quota} / {c.extra_quota}",
            c.expected_seen,
            c.seen,
            c.expected_overload,
            c.overload,
            c.expected_turned_away,
            c.turned_away,
            c.expected_missed,
            c.missed,
        )
        for c in report.comparisons
    )
    return Table("past", "预计与实际", PAST_COLUMNS, rows)


def surface_table(report: ClinicReport) -> Table:
    """The whole surface: a row per NA, a column per N1."""
    if report.result is None:
        return Table("surface", "目标值", (Column("NA", "count"),), ())
    surface = report.result.surface
    columns = (Column("NA", "count"), *(Column(f"N1={n1}", "decimal") for n1 in range(surface.shape[1])))
    rows = tuple((nA, *line) for nA, line in enumerate(surface.tolist()))
    return Table("surface", "目标值", columns, rows)


def sweep_tables(report: ClinicReport) -> list[Table]:
    return [_sweep_table(sweep) for sweep in report.sweeps.values()]


def _sweep_table(sweep: Sweep) -> Table:
    number = SWEPT[sweep.parameter]
    columns = (
        Column(number.name, "share" if number.unit == "%" else "decimal"),
        Column("最优预约号 N1", "count"),
        Column("最优加号 NA", "count"),
        Column("目标值 R", "decimal"),
        Column("预计就诊", "decimal"),
        Column("预计超负荷", "decimal"),
        Column("预计未挂上", "decimal"),
        Column("无加号时 N1", "count"),
        Column("无加号时 R", "decimal"),
        Column("无加号时未挂上", "decimal"),
    )
    arrays = (
        sweep.values,
        sweep.advance,
        sweep.extra,
        sweep.objective,
        sweep.seen,
        sweep.overload,
        sweep.turned_away,
        sweep.advance_without_extra,
        sweep.objective_without_extra,
        sweep.turned_away_without_extra,
    )
    rows = tuple(zip(*(array.tolist() for array in arrays), strict=True))
    return Table(f"sweep-{sweep.parameter.replace('_', '-')}", number.title, columns, rows)


def _option(name: str, o: Outcome) -> tuple[object, ...]:
    return name, o.advance, o.extra, o.objective, o.seen, o.overload, o.turned_away


def _coming(one: ComingSession) -> tuple[object, ...]:
    session, plan = one.session, one.plan
    counted = (f"{session.visit_date:%Y-%m-%d}", session.rated_capacity, f"{session.advance_quota} / {session.extra_quota}")
    taken = session.advance_taken + session.same_day_taken + session.extra_taken
    if plan is None:
        return *counted, taken, "", "", None, None, None, _without_plan(session)
    result = plan.result
    seen = result["advance_attended"] + result["same_day_attended"]
    quotas = f"{plan.advance_quota} / {plan.extra_quota}"
    expected = (seen, result["overload"], result["turned_away"])
    return *counted, taken, quotas, plan.get_status_display(), *expected, plan.status_reason


def _without_plan(session: ClinicSession) -> str:
    if session.status == SessionStatus.SUSPENDED:
        return "已停诊"
    return "号源已固定，不自动计算" if session.is_quota_pinned else "还没有方案"


def _estimated(name: str, kept: Kept, unit: str, write: Callable[[float], str], sold_out: str = "") -> tuple[str, ...]:
    interval = f"{write(kept['lower'])} – {write(kept['upper'])}"
    # Plans of before it was kept do not say how much their level has.
    of_level = f"{size:,} {unit}" if (size := kept.get("level_size")) else ""
    return name, write(kept["value"]), interval, f"{kept['sample_size']:,} {unit}{sold_out}", _rests_on(kept), of_level


def _sold_out(kept: Kept, channel: str) -> str:
    """Of a session that was sold out only a lower bound of the demand was seen."""
    sold_out = kept.get(f"sold_out_{channel}")
    return f"，约满 {sold_out} 次" if sold_out else ""


def _foretold(kept: Kept | None) -> list[tuple[str, ...]]:
    """By what the means above are multiplied already."""
    if kept is None:
        return []
    if reason := kept.get("reason"):
        return [("按预测调整需求", "不调整", "", "", reason, "")]
    basis = f"科室预约量预测{f'，{note}' if (note := kept.get('day_note')) else ''}"
    return [("按预测调整需求（已计入）", f"× {kept['factor']:.2f}", "", "", basis, "")]


def _dispersion(kept: Kept) -> list[tuple[str, ...]]:
    """Told where demand varies more than Poisson."""
    advance, same_day = kept.get("dispersion_advance", 1.0), kept.get("dispersion_same_day", 1.0)
    if max(advance, same_day) <= 1:
        return []
    return [("需求的方差 ÷ 均值", f"预约 {advance:.2f}，现场 {same_day:.2f}", "", "", "按负二项分布计算", "")]


def _correlation(kept: Kept) -> tuple[str, ...]:
    name, value = "两类需求的相关系数 ρ", f"{kept['correlation']:.2f}"
    # Plans of before the intervals were kept have the number alone.
    if "correlation_lower" not in kept:
        return name, value, "", "", LEVELS["hospital"], ""
    interval = f"{kept['correlation_lower']:.2f} – {kept['correlation_upper']:.2f}"
    return name, value, interval, "", LEVELS["hospital"], f"{kept['correlation_sessions']:,} 次出诊"


def _rests_on(kept: Kept) -> str:
    level = kept.get("level") or ("clinic" if kept["sample_size"] else "department")
    share = kept.get("own_share")
    return LEVELS[level] if share is None else f"{LEVELS[level]}（本门诊占 {share:.0%}）"


def _number(value: float) -> str:
    return f"{value:.1f}"


def _percent(value: float) -> str:
    return f"{value:.1%}"
