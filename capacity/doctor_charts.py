"""One clinic's plots: pure, from what the report found to Charts with their tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capacity.models import SessionComparison
from capacity.numeric.problem import AllocationProblem, AllocationResult
from capacity.numeric.sweeps import Sweep
from capacity.selectors.clinic_report import ClinicReport, DemandShares
from hospitals.reports.charts import Chart
from hospitals.reports.curves import Axis, Band, Curve, Panel, band_chart, curve_chart
from hospitals.reports.heat_maps import Labels, Mark, heat_map

# A plot with more columns or rows than these cannot be read; the file has all.
MOST_COLUMNS, MOST_ROWS = 61, 26
# 90 % of a normal law lies within so many standard deviations.
NINETY_PERCENT = 1.645

ADVANCE, EXTRA = "预约号 N1", "加号 NA"


@dataclass(frozen=True, slots=True)
class SweptNumber:
    """How one swept number is called and written."""

    title: str
    name: str
    unit: str = ""
    digits: int = 0
    factor: float = 1


SWEPT = {
    "no_show_advance": SweptNumber("随预约爽约率 δ1 变化", "δ1", "%", 1, 100),
    "no_show_same_day": SweptNumber("随现场爽约率 δ2 变化", "δ2", "%", 1, 100),
    "rated": SweptNumber("随额定号源 N 变化", "N"),
    "overload_cost": SweptNumber("随超负荷成本系数 β 变化", "β", "", 2),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the headline."""

    name: str
    value: str
    remark: str


def headline(report: ClinicReport) -> list[Figure]:
    """The best quotas and what they lead to."""
    result, problem = report.result, report.problem
    if result is None or problem is None:
        return []
    seen = result.advance_attended + result.same_day_attended
    gain = result.objective - result.objective_without_extra
    return [
        Figure("最优预约号 / 加号", f"{result.advance} / {result.extra}", f"额定 {problem.terms.rated}"),
        Figure("预计就诊", f"{seen:.1f} 人", f"预约 {result.advance_attended:.1f}，现场 {result.same_day_attended:.1f}"),
        Figure("预计超负荷", f"{result.overload:.2f} 人", f"每超 1 人代价 {problem.terms.overload_cost:g}"),
        Figure("预计未挂上", f"{result.turned_away:.1f} 人", f"设加号比不设多得 {gain:.2f}"),
    ]


def surface_chart(result: AllocationResult, problem: AllocationProblem, in_force: tuple[int, int] | None) -> Chart:
    """R(NA, N1) with the optimum, the runners-up and `in_force` = (N1, NA) marked."""
    rows, columns = _window(result, in_force)
    surface = result.surface[rows.start : rows.stop, columns.start : columns.stop]
    marks = [
        Mark("备选方案", [_place(c.advance, c.extra, rows, columns) for c in result.runners_up], "triangle", 10, "#ffffff"),
        Mark("最优方案", [_place(result.advance, result.extra, rows, columns)], "diamond", 14, "#ff4d3d"),
    ]
    if in_force is not None:
        marks.append(Mark("现行号源", [_place(*in_force, rows, columns)], "circle", 22, "#ff4d3d", is_hollow=True))
    return heat_map(
        key="surface",
        title="目标值 R（NA，N1）",
        name="目标值 R",
        labels=Labels([str(n1) for n1 in columns], [str(nA) for nA in rows], column_title=ADVANCE, line_title=EXTRA),
        values=surface.tolist(),
        scale=_scale(surface),
        marks=marks,
        first_line_on_top=False,
        digits=2,
        note=_surface_note(result, problem, rows, columns),
    )


def sweep_chart(sweep: Sweep, problem: AllocationProblem) -> Chart:
    """The best quotas and what they earn, with 加号 and without, over one number of the session."""
    number = SWEPT[sweep.parameter]
    own = float(getattr(problem.terms, sweep.parameter))
    return curve_chart(
        key=f"sweep-{sweep.parameter.replace('_', '-')}",
        title=number.title,
        axis=Axis(
            number.name,
            (sweep.values * number.factor).round(6).tolist(),
            number.unit,
            number.digits,
            here=round(own * number.factor, 6),
        ),
        panels=[
            Panel(
                [
                    Curve("N1", sweep.advance.tolist(), is_stepped=True),
                    Curve("N1（无加号）", sweep.advance_without_extra.tolist(), like=0, is_stepped=True),
                    Curve("NA", sweep.extra.tolist(), is_stepped=True),
                ]
            ),
            Panel(
                [
                    Curve("R", sweep.objective.tolist()),
                    Curve("R（无加号）", sweep.objective_without_extra.tolist(), like=3),
                ],
                digits=2,
            ),
        ],
    )


def demand_chart(demand: DemandShares, problem: AllocationProblem, result: AllocationResult) -> Chart:
    """The chance of each number of patients of a kind."""
    return curve_chart(
        key="demand",
        title="每次出诊的需求分布",
        axis=Axis("人数", list(range(len(demand.advance))), here=problem.terms.rated, here_name="额定 N"),
        panels=[
            Panel(
                [
                    Curve("预约需求", [100 * share for share in demand.advance]),
                    Curve("现场需求", [100 * share for share in demand.same_day]),
                ],
                unit="%",
                digits=1,
            )
        ],
        note=(
            f"{_law_name(problem)}：预约均值 {problem.mean_advance:.1f} 人，现场均值 {problem.mean_same_day:.1f} 人，"
            f"相关系数 {problem.correlation:.2f}。最优方案下预计有 {result.turned_away:.1f} 人挂不上号。"
        ),
    )


def _law_name(problem: AllocationProblem) -> str:
    if not problem.is_overdispersed:
        return "二元泊松分布"
    return f"二元负二项分布（方差为均值的 {problem.dispersion_advance:.2f} 倍、{problem.dispersion_same_day:.2f} 倍）"


def comparison_chart(comparisons: Sequence[SessionComparison]) -> Chart:
    """Who was expected beside who came, with the interval that the plan's own model gives."""
    spreads = [(c.expected_seen, c.seen_deviation) for c in comparisons]
    lower = [None if mean is None or s is None else max(0.0, mean - NINETY_PERCENT * s) for mean, s in spreads]
    upper = [None if mean is None or s is None else mean + NINETY_PERCENT * s for mean, s in spreads]
    return band_chart(
        key="comparisons",
        title="预计与实际就诊人数",
        labels=[f"{c.visit_date:%m-%d}" for c in comparisons],
        series={"预计就诊": [c.expected_seen for c in comparisons], "实际就诊": [float(c.seen) for c in comparisons]},
        band=Band("90% 区间", lower, upper),
        unit="人",
        digits=1,
        note="区间由方案自身的模型给出：约九成班次的实际人数应落在区间内。",
        from_zero=False,
    )


def _window(result: AllocationResult, in_force: tuple[int, int] | None) -> tuple[range, range]:
    """The rows (NA) and columns (N1) of the surface that are shown: all, or what lies around the optimum."""
    height, width = result.surface.shape
    last_row = max(result.extra, *(c.extra for c in result.runners_up), in_force[1] if in_force else 0) + 3
    rows = range(min(height, MOST_ROWS, last_row + 1))
    if width <= MOST_COLUMNS:
        return rows, range(width)
    start = min(max(0, result.advance - MOST_COLUMNS // 2), width - MOST_COLUMNS)
    return rows, range(start, start + MOST_COLUMNS)


def _place(advance: int, extra: int, rows: range, columns: range) -> tuple[int, int]:
    return advance - columns.start, extra - rows.start


def _scale(surface: np.ndarray) -> tuple[float, float]:
    """Colours for the better half of the cells: the slope into what nobody would choose would use them all up."""
    low, high = float(np.quantile(surface, 0.25)), float(surface.max())
    return (low, high) if high - low > 1e-6 else (high - 1, high)


def _surface_note(result: AllocationResult, problem: AllocationProblem, rows: range, columns: range) -> str:
    note = "R = 预计就诊人数 − β × 预计超负荷人数，颜色越亮越好；最暗的颜色也包括更低的值。"
    cap = problem.terms.max_extra
    if cap is not None and cap < rows.stop - 1:
        note += f"医院的加号上限为 {cap}，其上各行仅供参考。"
    if len(columns) < result.surface.shape[1]:
        note += f"图中只画 N1 为 {columns.start} 至 {columns.stop - 1} 的部分，导出的文件是完整的。"
    return note
