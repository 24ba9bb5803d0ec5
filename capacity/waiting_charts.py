"""The plots and tables of the page 候诊预估: pure functions from what was read."""

from booking.models import WaitCalibration
from booking.queue_wait import CLAIMED_SHARE, DEVIATIONS
from capacity.numeric.range_calibration import FEWEST_SESSIONS, FEWEST_WAITS, RangeCalibration
from capacity.selectors.wait_calibrations import LAST_WAITS, DepartmentCalibration
from capacity.selectors.wait_quality import Held, PaceRow, WaitQuality
from hospitals.reports.charts import Chart, bar_chart, line_chart, written
from hospitals.reports.tables import Column, Table

HELD, CLAIMED, EARLIER, LATER = "在范围内", "应达到", "早于范围", "晚于范围"
HELD_COLUMNS = (
    Column("已叫号", "count"),
    Column(HELD, "share"),
    Column(EARLIER, "share"),
    Column(LATER, "share"),
    Column("平均范围（分钟）", "number"),
    Column("平均候诊（分钟）", "number"),
)
CALIBRATION_COLUMNS = (
    Column("科室", "text"),
    Column("候诊数", "count"),
    Column("班次", "count"),
    Column(HELD, "share"),
    Column("95% 区间", "interval"),
    Column("判断", "text"),
    Column(EARLIER, "share"),
    Column(LATER, "share"),
    Column("下限（标准差）", "decimal"),
    Column("上限（标准差）", "decimal"),
    Column("相当于全院范围的", "text"),
)
CALIBRATION_NOTE = (
    f"各科室最近 {LAST_WAITS} 次候诊（半年内）；不足 {FEWEST_WAITS} 次或 {FEWEST_SESSIONS} 个班次的科室不作统计。"
    f"95% 区间已计入同一班次的候诊相互关联；区间含 {CLAIMED_SHARE:.0%} 即为符合。上下限为该科室要做到 {CLAIMED_SHARE:.0%} "
    "应取的范围，与全院现用的范围比较：大于 1 说明该科室的候诊更难预估。"
)
MONTH_NOTE = f"一个月不足 {FEWEST_WAITS} 次候诊的科室，该月只列次数。"
DEPARTMENT_COLUMNS = (Column("科室", "text"), Column("月份", "text"), *HELD_COLUMNS)
PACE_COLUMNS = (
    Column("医生", "text"),
    Column("科室", "text"),
    Column("就诊数", "count"),
    Column("平均时长（分钟）", "number"),
    Column("变异系数", "decimal"),
    Column("用于预估", "text"),
    Column("忙碌程度", "share"),
    Column("随机到达时的候诊（分钟）", "text"),
)


def quality_charts(found: WaitQuality) -> list[Chart]:
    """How often the range held by month, and by department where enough waits say so; none where nobody was told anything."""
    if not found.total.told:
        return []
    labels = [f"{month:%Y-%m}" for month in found.months]
    months = [found.by_month.get(month) for month in found.months]
    target = 100 * CLAIMED_SHARE
    by_month = line_chart(
        key="held-by-month",
        title="预估范围的准确率",
        labels=labels,
        series={
            HELD: [_percent(held) for held in months],
            CLAIMED: [target] * len(months),
        },
        note="预估按“五次中有四次在范围内”给出：低于虚线说明范围太窄，远高于虚线说明范围太宽。",
    )
    by_month.option["series"][1] |= {"lineStyle": {"type": "dashed"}, "symbol": "none"}
    by_month.option["yAxis"] |= {"min": 0, "max": 100}
    departments = [(one.name, one.found) for one in found.departments if one.found is not None]
    if not departments:
        return [by_month]
    by_department = bar_chart(
        key="held-by-department",
        title="各科室：在范围内、早于、晚于",
        labels=[name for name, _ in departments],
        series={
            HELD: [100 * one.share for _, one in departments],
            EARLIER: [100 * one.earlier for _, one in departments],
            LATER: [100 * one.later for _, one in departments],
        },
        unit="%",
        digits=1,
        note=f"只列出半年内至少有 {FEWEST_WAITS} 次候诊、{FEWEST_SESSIONS} 个班次的科室；应有 {target:.0f}% 在范围内。",
    )
    return [by_month, by_department]


def figures(found: WaitQuality) -> list[tuple[str, str, str]]:
    """Name, value, remark."""
    total, calibration = found.total, found.calibration
    width = "—" if total.width_minutes is None else f"{total.width_minutes:.0f} 分钟"
    waited = "" if total.waited_minutes is None else f"平均候诊 {total.waited_minutes:.0f} 分钟"
    if calibration is None:
        reach = ("范围修正", "—", "每晚统计，明天再来查看")
    else:
        factor = (calibration.high_deviations - calibration.low_deviations) / (2 * DEVIATIONS)
        remark = (
            f"均值 {calibration.low_deviations:+.2f} 至 {calibration.high_deviations:+.2f} 个标准差，"
            f"依据最近 {calibration.entries} 次候诊"
        )
        reach = ("范围修正", f"× {factor:.2f}", remark)
    return [
        (HELD, written(_percent(total), "%", 1), f"{total.held} / {total.told} 次，应达到 {CLAIMED_SHARE:.0%}"),
        (EARLIER, written(_percent(total, total.earlier), "%", 1), f"{total.earlier} 次，比预估早叫到"),
        (LATER, written(_percent(total, total.later), "%", 1), f"{total.later} 次，比预估晚叫到"),
        ("平均范围", width, waited),
        reach,
    ]


def calibration_table(found: WaitQuality) -> Table:
    """Each department's own range beside the hospital's."""
    rows = tuple(_calibrated(one, found.calibration) for one in found.departments)
    return Table("calibrations", "各科室准确率", CALIBRATION_COLUMNS, rows)


def department_table(found: WaitQuality) -> Table:
    rows = tuple((name, f"{month:%Y-%m}", *_cells(held)) for name, month, held in found.by_department_and_month)
    return Table("departments", "各科室每月", DEPARTMENT_COLUMNS, rows)


def pace_table(found: WaitQuality) -> Table:
    return Table("paces", "就诊时长", PACE_COLUMNS, tuple(_pace(row) for row in found.paces))


def _calibrated(one: DepartmentCalibration, hospital: WaitCalibration | None) -> tuple[object, ...]:
    found = one.found
    if found is None:
        return one.name, one.waits, one.sessions, None, None, "次数不足", None, None, None, None, None
    low, high = found.reach
    in_force = hospital.high_deviations - hospital.low_deviations if hospital else 2 * DEVIATIONS
    held = (found.share, (found.lower, found.upper), _judged(found), found.earlier, found.later)
    return one.name, one.waits, one.sessions, *held, low, high, f"× {(high - low) / in_force:.2f}"


def _judged(found: RangeCalibration) -> str:
    if found.upper < CLAIMED_SHARE:
        return "范围偏窄"
    return "范围偏宽" if found.lower > CLAIMED_SHARE else "符合"


def _cells(held: Held) -> tuple[object, ...]:
    # A few waits make no share.
    if held.told < FEWEST_WAITS:
        return (held.told, *[None] * (len(HELD_COLUMNS) - 1))
    shares = (part / held.told for part in (held.held, held.earlier, held.later))
    return (held.told, *shares, held.width_minutes, held.waited_minutes)


def _percent(held: Held | None, part: int | None = None) -> float | None:
    if held is None or not held.told:
        return None
    return 100 * (held.held if part is None else part) / held.told


def _pace(row: PaceRow) -> tuple[object, ...]:
    pace, load = row.pace, row.load
    steady = None
    if load is not None:
        steady = "号源超过接诊能力" if load.wait_minutes is None else f"{load.wait_minutes:.1f}"
    return (
        pace.doctor.name if pace.doctor else "科室普通号",
        pace.department.name,
        pace.consultations,
        pace.mean_minutes,
        pace.cv,
        "是" if row.is_used else "次数不足",
        load.utilisation if load else None,
        steady,
    )
