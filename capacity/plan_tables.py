"""A plan's tables, and the list of plans as a file."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from capacity.forecast_charts import MODELS
from capacity.models import CapacityPlan, PlanKind, QuotaChange
from capacity.numeric.errors import InvalidInput
from capacity.numeric.outcomes import evaluate
from capacity.selectors.kept_inputs import kept_problem
from hospitals.reports.tables import Column, Table

OPTION_COLUMNS = (
    Column("方案", "text"),
    Column("预约号 N1", "count"),
    Column("加号 NA", "count"),
    Column("目标值 R", "decimal"),
    Column("预计就诊", "decimal"),
    Column("预计超负荷", "decimal"),
    Column("预计未挂上", "decimal"),
)
CHANGE_COLUMNS = (
    Column("时间", "text"),
    Column("操作", "text"),
    Column("预约号 N1", "text"),
    Column("加号 NA", "text"),
    Column("操作人", "text"),
    Column("原因", "text"),
    Column("方案", "text"),
)
LIST_COLUMNS = (
    Column("就诊日期", "text"),
    Column("午别", "text"),
    Column("科室", "text"),
    Column("医生", "text"),
    Column("类别", "text"),
    Column("状态", "text"),
    Column("额定号源", "count"),
    Column("预约号 N1", "count"),
    Column("加号 NA", "count"),
    Column("原预约号", "count"),
    Column("原加号", "count"),
    Column("现行预约号", "count"),
    Column("现行加号", "count"),
    Column("预计就诊", "decimal"),
    Column("预计超负荷", "decimal"),
    Column("预计未挂上", "decimal"),
    Column("状态说明", "text"),
    Column("审批意见", "text"),
    Column("依据", "text"),
)
BESIDE = {
    "advance_fewer": "预约号少 1 个",
    "advance_more": "预约号多 1 个",
    "extra_fewer": "加号少 1 个",
    "extra_more": "加号多 1 个",
}
MORNING_FACTS = (
    ("已约预约号", "advance_booked"),
    ("其中预计到诊", "advance_expected"),
    ("没有各自估计的", "without_estimate"),
    ("今日已挂现场号", "same_day_given"),
    ("今日已被拒", "refused_today"),
    ("预计还会来现场挂号", "still_to_come"),
)


def option_table(plan: CapacityPlan) -> Table:
    """The plan, what one number more or fewer would lead to, and the next best pairs."""
    result = plan.result
    rows = [_outcome("本方案", _chosen(plan))]
    neighbours = result.get("neighbours", {})
    rows += [_outcome(name, neighbours[key]) for key, name in BESIDE.items() if neighbours.get(key)]
    beside = {(row[1], row[2]) for row in rows}
    rows += [
        _outcome(f"备选 {place}", found)
        for place, found in enumerate(_runners_up(plan), start=1)
        if (found["advance"], found["extra"]) not in beside
    ]
    return Table("options", "本方案、增减 1 个号与备选", OPTION_COLUMNS, tuple(rows))


def morning_table(plan: CapacityPlan) -> Table | None:
    """What was known on the morning; None for a plan of the night."""
    if plan.kind != PlanKind.MORNING:
        return None
    known = plan.inputs["morning"]
    rows = tuple((name, f"{_written(known[key])} 人") for name, key in MORNING_FACTS)
    return Table("morning", "开诊前已知", (Column("项目", "text"), Column("数值", "text")), rows)


def forecast_table(plan: CapacityPlan) -> Table | None:
    """By what the demand was scaled; None where the hospital does not scale by the forecast."""
    kept = plan.inputs.get("forecast")
    if kept is None:
        return None
    rows: tuple[tuple[str, str], ...] = (("需求系数", f"{kept['factor']:.0%}"),)
    if "reason" in kept:
        rows += (("说明", kept["reason"]),)
    else:
        rows += (
            ("科室当天预测", f"{kept['forecast']:.0f} 人（90% 区间 {kept['lower']:.0f}–{kept['upper']:.0f}）"),
            ("科室当天号源", f"{kept['seats']} 个"),
            ("同一星期几平时", f"{kept['usual_demand']:.1f} 人，{kept['usual_seats']:.1f} 个号源（{kept['usual_days']} 天平均）"),
            ("日历", kept["day_note"] or "普通日"),
            ("模型", f"{MODELS.get(kept['model'], kept['model'])}，误差 {kept['error']:.1%}，基线 {kept['baseline_error']:.1%}"),
            ("历史截至", kept["history_until"]),
        )
    return Table("forecast", "按科室预测调整", (Column("项目", "text"), Column("数值", "text")), rows)


def change_table(changes: Iterable[QuotaChange], shown: CapacityPlan) -> Table:
    """The session's record of changes, the latest first. `shown` is the plan whose page it stands on."""
    zone = shown.session.hospital.zone
    rows = tuple(
        (
            f"{change.at.astimezone(zone):%Y-%m-%d %H:%M}",
            change.get_kind_display(),
            step(change.advance_before, change.advance_after),
            step(change.extra_before, change.extra_after),
            str(change.by) if change.by else "系统",
            change.reason,
            _which(change, shown),
        )
        for change in changes
    )
    return Table("changes", "号源变更记录", CHANGE_COLUMNS, rows)


def list_table(plans: Iterable[CapacityPlan]) -> Table:
    return Table("plans", "号源方案", LIST_COLUMNS, tuple(map(_listed, plans)))


def local_time(moment: datetime | None, plan: CapacityPlan) -> str:
    return f"{moment.astimezone(plan.session.hospital.zone):%Y-%m-%d %H:%M}" if moment else ""


def _chosen(plan: CapacityPlan) -> dict[str, Any]:
    result = plan.result
    seen = result["advance_attended"] + result["same_day_attended"]
    return {**result, "advance": plan.advance_quota, "extra": plan.extra_quota, "seen": seen}


def _runners_up(plan: CapacityPlan) -> list[Mapping[str, Any]]:
    """With their outcomes, computed once more from what is kept; a morning's have their objective alone."""
    kept = plan.result["runners_up"]
    if plan.kind == PlanKind.MORNING:
        return kept
    pairs = [(candidate["extra"], candidate["advance"]) for candidate in kept]
    try:
        found = evaluate(kept_problem(plan), pairs)
    except InvalidInput:
        return kept
    return [
        {
            "advance": one.advance,
            "extra": one.extra,
            "objective": one.objective,
            "seen": one.seen,
            "overload": one.overload,
            "turned_away": one.turned_away,
        }
        for one in found
    ]


def _outcome(name: str, found: Mapping[str, Any]) -> tuple[Any, ...]:
    numbers = (found.get(key) for key in ("objective", "seen", "overload", "turned_away"))
    return name, found.get("advance"), found["extra"], *numbers


def _which(change: QuotaChange, shown: CapacityPlan) -> str:
    if change.plan is None:
        return ""
    return (
        "本方案"
        if change.plan_id == shown.pk
        else f"{change.plan.get_kind_display()} {local_time(change.plan.created_at, shown)}"
    )


def step(before: int, after: int) -> str:
    """A quota and what it was before, where it changed."""
    return f"{before} → {after}" if before != after else str(after)


def _written(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.1f}"


def _listed(plan: CapacityPlan) -> tuple[Any, ...]:
    session = plan.session
    return (
        session.visit_date.isoformat(),
        session.get_period_display(),
        session.department.name,
        session.doctor.name if session.doctor else "科室普通号",
        plan.get_kind_display(),
        plan.get_status_display(),
        session.rated_capacity,
        plan.advance_quota,
        plan.extra_quota,
        plan.previous_advance_quota,
        plan.previous_extra_quota,
        session.advance_quota,
        session.extra_quota,
        plan.expected_seen,
        plan.expected_overload,
        plan.expected_turned_away,
        plan.status_reason,
        plan.decision_reason,
        plan.result.get("explanation", ""),
    )
