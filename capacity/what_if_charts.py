"""The plots and the table of the what-if page: pure functions from two outcomes."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from capacity.numeric.simulation import Measure, SessionOutcome
from capacity.numeric.simulation.outcome import CURVE, QUANTILES, WAIT_BINS
from capacity.services.what_if import Comparison
from hospitals.reports.charts import Chart, bar_chart, line_chart
from hospitals.reports.tables import Column, Table

NOW, CHANGED = "现在", "调整后"
MINUTES, PATIENTS = "分钟", "人"
COLUMNS = (
    Column("指标", "text"),
    Column("单位", "text"),
    Column(NOW, "number"),
    Column(CHANGED, "number"),
    Column("变化", "points"),
    Column(f"{NOW}标准误", "decimal"),
    Column(f"{CHANGED}标准误", "decimal"),
)
Pick = Callable[[SessionOutcome], Measure | None]


def _quantile(place: int) -> Pick:
    return lambda outcome: outcome.wait_quantiles[place] if outcome.wait_quantiles else None


def _percent(measure: Measure) -> Measure:
    error = measure.standard_error
    return Measure(100 * measure.value, None if error is None else 100 * error)


MEASURES: tuple[tuple[str, str, Pick], ...] = (
    ("平均候诊", MINUTES, lambda outcome: outcome.wait),
    *((f"{share:.0%} 的患者候诊不超过", MINUTES, _quantile(place)) for place, share in enumerate(QUANTILES)),
    ("时段开始后平均候诊", MINUTES, lambda outcome: outcome.wait_after_window),
    ("平均加班", MINUTES, lambda outcome: outcome.overtime),
    ("加班的班次", "%", lambda outcome: _percent(outcome.overtime_share)),
    ("班次内空闲", MINUTES, lambda outcome: outcome.idle),
    ("诊室利用率", "%", lambda outcome: _percent(outcome.utilisation)),
    ("就诊", PATIENTS, lambda outcome: outcome.seen),
    ("超出额定", PATIENTS, lambda outcome: outcome.overload),
    ("未挂上号", PATIENTS, lambda outcome: outcome.turned_away),
    ("爽约", PATIENTS, lambda outcome: outcome.missed),
)
# What the figures above the plots show; less of each is better.
HEADLINE = (0, 5, 7)


@dataclass(frozen=True, slots=True)
class Figure:
    """`is_better` is None where nothing changed that the page shows."""

    name: str
    value: str
    change: str
    is_better: bool | None


def outcome_table(found: Comparison) -> Table:
    return Table("outcomes", "推演结果", COLUMNS, tuple(_row(name, unit, pick, found) for name, unit, pick in MEASURES))


def headline(found: Comparison) -> list[Figure]:
    return [_figure(*MEASURES[place], found) for place in HEADLINE]


def charts(found: Comparison) -> list[Chart]:
    """How waits and overtime are spread; without the waits where nobody ever comes."""
    percents = [f"{share:.0%}" for share in CURVE]
    both = {NOW: found.now, CHANGED: found.changed}
    drawn = []
    if found.now.wait_curve or found.changed.wait_curve:
        drawn.append(
            bar_chart(
                key="wait-shares",
                title="候诊时间的分布",
                labels=_bins(),
                series={
                    name: [100 * share for share in one.wait_shares] or [None] * len(WAIT_BINS) for name, one in both.items()
                },
                unit="%",
                digits=1,
                note="横轴为候诊分钟数，纵轴为患者所占的比例。",
            )
        )
        drawn.append(
            line_chart(
                key="wait-curve",
                title="候诊时间分位数",
                labels=percents,
                series={name: list(one.wait_curve) or [None] * len(CURVE) for name, one in both.items()},
                unit=MINUTES,
                note="横轴为患者比例：例如 90% 处为九成患者候诊不超过的时间。",
            )
        )
    drawn.append(
        line_chart(
            key="overtime-curve",
            title="加班时间分位数",
            labels=percents,
            series={name: list(one.overtime_curve) for name, one in both.items()},
            unit=MINUTES,
            note="横轴为班次比例：例如 50% 处为一半班次加班不超过的时间。",
        )
    )
    return drawn


def _bins() -> list[str]:
    ends = [f"{low}–{high}" for low, high in pairwise(WAIT_BINS)]
    return [*ends, f"≥{WAIT_BINS[-1]}"]


def _row(name: str, unit: str, pick: Pick, found: Comparison) -> tuple[object, ...]:
    now, changed = pick(found.now), pick(found.changed)
    return (
        name,
        unit,
        now.value if now else None,
        changed.value if changed else None,
        changed.value - now.value if now and changed else None,
        now.standard_error if now else None,
        changed.standard_error if changed else None,
    )


def _figure(name: str, unit: str, pick: Pick, found: Comparison) -> Figure:
    now, changed = pick(found.now), pick(found.changed)
    if now is None or changed is None:
        return Figure(name, "—", "没有患者就诊", None)
    value = f"{now.value:.1f} → {changed.value:.1f} {unit}"
    points = round(changed.value - now.value, 1)
    if not points:
        return Figure(name, value, "没有变化", None)
    return Figure(name, value, f"{'▲' if points > 0 else '▼'} {points:+.1f} {unit}", points < 0)
