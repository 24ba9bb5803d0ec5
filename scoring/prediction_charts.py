"""What the tiers and the chance of a miss foretold, as plots with their numbers: pure, from stored rows to Charts."""

from collections.abc import Mapping, Sequence
from typing import Any

from hospitals.reports.charts import NOTHING, Chart, plot_option, written

Row = Mapping[str, Any]
TIER_NAMES = {"A": "A 级", "B": "B 级", "C": "C 级", "D": "D 级", "unrated": "未评级"}
INTERVAL = "95% 区间"
VERDICTS = {
    True: "失约率从 A 级到 D 级逐级上升：等级能够区分失约风险。",
    False: "失约率没有从 A 级到 D 级逐级上升：等级在本院尚不能可靠区分失约风险。",
    None: "有的等级还没有可统计的预约，暂时无法比较。",
}


def tier_chart(tiers: Sequence[Row], *, is_rising: bool | None) -> Chart:
    """The share missed by the tier at booking; `tiers` as a BacktestReport keeps them."""
    labels = [TIER_NAMES[tier["tier"]] for tier in tiers]
    return Chart(
        key="tiers",
        title="各等级预约的失约率",
        option=_bars_with_intervals(labels, tiers, share="share", name="失约率"),
        columns=("预约时等级", "预约数", "患者数", "失约数", "失约率", INTERVAL),
        rows=tuple(
            (label, str(tier["bookings"]), str(tier["patients"]), str(tier["missed"]), _percent(tier["share"]), _interval(tier))
            for label, tier in zip(labels, tiers, strict=True)
        ),
        unit="%",
        digits=1,
        note=VERDICTS[is_rising],
    )


def reliability_chart(groups: Sequence[Row]) -> Chart:
    """What was predicted beside what came, from the bookings least likely to be missed to the most; `groups` of a MissModel."""
    labels = [f"第 {place} 组" for place in range(1, len(groups) + 1)]
    option = _bars_with_intervals(labels, groups, share="observed", name="实际失约率")
    option["series"].insert(
        1,
        {
            "name": "预计失约率",
            "type": "line",
            "data": [_hundredfold(group["predicted"]) for group in groups],
            "symbol": "diamond",
            "symbolSize": 9,
            "z": 4,
        },
    )
    return Chart(
        key="reliability",
        title="预计与实际失约率",
        option=option,
        columns=("按预计概率分组", "预约数", "预计失约率", "实际失约数", "实际失约率", INTERVAL),
        rows=tuple(
            (
                label,
                str(group["bookings"]),
                _percent(group["predicted"]),
                str(group["missed"]),
                _percent(group["observed"]),
                _interval(group),
            )
            for label, group in zip(labels, groups, strict=True)
        ),
        unit="%",
        digits=1,
        note="检验期的预约按预计概率从低到高等分；预计落在实际的 95% 区间内，概率就是可信的。",
    )


def _bars_with_intervals(labels: Sequence[str], rows: Sequence[Row], *, share: str, name: str) -> dict[str, Any]:
    shares = [_hundredfold(row[share]) for row in rows]
    # A box without height: what is left of it are the whiskers.
    whiskers = [
        [] if middle is None else [_hundredfold(row["low"]), middle, middle, middle, _hundredfold(row["high"])]
        for row, middle in zip(rows, shares, strict=True)
    ]
    option = plot_option(
        labels=labels,
        drawn=[
            {"name": name, "type": "bar", "data": shares, "barMaxWidth": 48},
            {
                "name": INTERVAL,
                "type": "boxplot",
                "data": whiskers,
                "boxWidth": [8, 18],
                "itemStyle": {"borderWidth": 2},
                "silent": True,
                "z": 3,
            },
        ],
        unit="%",
    )
    return option | {"tooltip": {"trigger": "item"}}


def _hundredfold(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)


def _percent(share: float | None) -> str:
    return written(_hundredfold(share), "%", 1)


def _interval(row: Row) -> str:
    return NOTHING if row["low"] is None else f"{100 * row['low']:.1f}–{100 * row['high']:.1f}%"
