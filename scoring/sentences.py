"""A standing in plain Chinese: how the score is made up, and how to reach a higher tier. Pure: no database, no clock.

Points and scores are in hundredths of a point, rates in hundredths of a percent, as scoring.numeric has them.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from scoring.numeric import OutcomeCounts, PatientScore, Tier, TierBounds, misses_to_lose, visits_to_reach

LABELS = {"fulfilled": "履约", "unattended": "预约未到", "cancelled": "取消预约", "missed": "失约"}
FULL_HUNDREDTHS = {"fulfilled": 40_00, "unattended": 20_00, "cancelled": 20_00, "missed": 20_00}
TIER_LABELS = {Tier.A: "A 级", Tier.B: "B 级", Tier.C: "C 级", Tier.D: "D 级", Tier.UNRATED: "未评级"}
BY_RANK = (Tier.A, Tier.B, Tier.C, Tier.D)

FORMULA = (
    "评分由四部分相加：履约率×40 分，（1－预约未到率）×20 分，（1－取消预约率）×20 分，（1－失约率）×20 分；"
    "每部分四舍五入保留两位小数，满分 100 分。"
)
FAIRNESS = "等级只影响线上预约和到院服务，不影响挂号费，也不影响急诊、电话预约和窗口预约。"
# Beyond that many nobody has to be told how near a fall is.
NEAR_MISSES = 20


def hundredths(value: int) -> str:
    """`8000` is `80.00`."""
    return f"{value // 100}.{value % 100:02d}"


def part_sentence(name: str, score: PatientScore) -> str:
    """How many points one of the four parts has brought. Only of a patient with a score."""
    assert score.rates_hundredths is not None, "there is a score"
    assert score.points_hundredths is not None, "there is a score"
    count, rate, points = getattr(score.counts, name), score.rates_hundredths[name], score.points_hundredths[name]
    full = hundredths(FULL_HUNDREDTHS[name])
    return f"{LABELS[name]} {count} 次，占 {hundredths(rate)}%，得 {hundredths(points)} 分（满分 {full} 分）。"


def score_sentence(score: PatientScore, *, tier: Tier, bounds: TierBounds, minimum_appointments: int) -> str:
    """The score as the sum of its parts, and the tier that it gives."""
    if score.score_hundredths is None or score.points_hundredths is None:
        return "统计期内还没有已结束的预约，暂无评分，未评级。"
    parts = " + ".join(hundredths(score.points_hundredths[name]) for name in LABELS)
    told = f"共 {score.counts.total} 次预约，综合评分 {parts} = {hundredths(score.score_hundredths)} 分"
    if tier != Tier.UNRATED:
        return f"{told}，等级为 {TIER_LABELS[tier]}（{band(tier, bounds)}）。"
    return f"{told}；满 {minimum_appointments} 次预约后评级，目前未评级。"


def band(tier: Tier, bounds: TierBounds) -> str:
    """`80.00 分起，不到 90.00 分`. Of the tiers A to D."""
    lowest = bound_of(tier, bounds)
    above = BY_RANK.index(tier) - 1
    upper = f"不到 {hundredths(bound_of(BY_RANK[above], bounds))} 分" if above >= 0 else ""
    lower = f"{hundredths(lowest)} 分起" if lowest else ""
    return "，".join(part for part in (lower, upper) if part)


def bound_of(tier: Tier, bounds: TierBounds) -> int:
    """The lowest score of a tier A to D."""
    return {Tier.A: bounds.a_from_hundredths, Tier.B: bounds.b_from_hundredths, Tier.C: bounds.c_from_hundredths}.get(tier, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """A tier that is within reach, and how many further kept visits it takes. 0: the next scoring gives it."""

    tier: Tier
    kept_visits: int
    sentence: str


def steps_up(counts: OutcomeCounts, *, tier: Tier, bounds: TierBounds, minimum_appointments: int) -> list[Step]:
    """Every tier above the present one, the next first; empty at the highest.

    For somebody unrated there is one, which begins the rating: the tier is that of having kept those visits.
    """
    if tier == Tier.UNRATED:
        return [_first_step(counts, bounds, minimum_appointments)]
    return [_step(counts, better, bounds) for better in reversed(BY_RANK[: BY_RANK.index(tier)])]


def _first_step(counts: OutcomeCounts, bounds: TierBounds, minimum_appointments: int) -> Step:
    needed = max(minimum_appointments - counts.total, 0)
    # With no visit at all there is no score: one has to be kept whatever the policy says.
    kept = max(needed, 0 if counts.total else 1)
    rated_as = _tier_after(counts, kept, bounds)
    if not kept:
        return Step(rated_as, 0, f"已满足评级所需次数，下次评分后评为 {TIER_LABELS[rated_as]}。")
    return Step(rated_as, kept, f"再完成 {kept} 次就诊后开始评级；均按时就诊，可评为 {TIER_LABELS[rated_as]}。")


def _tier_after(counts: OutcomeCounts, kept: int, bounds: TierBounds) -> Tier:
    for tier in BY_RANK[:-1]:
        if visits_to_reach(counts, bound_hundredths=bound_of(tier, bounds)) <= kept:
            return tier
    return Tier.D


def _step(counts: OutcomeCounts, better: Tier, bounds: TierBounds) -> Step:
    kept = visits_to_reach(counts, bound_hundredths=bound_of(better, bounds))
    label = TIER_LABELS[better]
    told = f"再按时就诊 {kept} 次，可升为 {label}。" if kept else f"评分已达到 {label}，下次评分后升级。"
    return Step(better, kept, told)


def way_sentence(counts: OutcomeCounts, *, tier: Tier, bounds: TierBounds, minimum_appointments: int) -> str:
    """The one sentence that says what to do next: the next tier up, or how to stay at the highest."""
    steps = steps_up(counts, tier=tier, bounds=bounds, minimum_appointments=minimum_appointments)
    if steps:
        return steps[0].sentence
    misses = misses_to_lose(counts, bound_hundredths=bounds.a_from_hundredths, at_most=NEAR_MISSES)
    return "已是最高等级，请继续按时就诊。" + (f"再失约 {misses} 次将低于 {TIER_LABELS[Tier.A]}。" if misses else "")


def window_sentence(window_days: int) -> str:
    return (
        f"只统计最近 {window_days} 天内已结束的预约，更早的不再计入；"
        "医院停诊、未支付、经核实豁免等情况不计入，改约多次只按最后一次计。"
    )


def past_sentence(tier_label: str, score: Decimal | None, *, held_from: date, held_until: date) -> str:
    """`2026-03-01 至 2026-04-02：B 级，80.00 分。`"""
    return f"{held_from} 至 {held_until}：{tier_label}，" + ("无评分。" if score is None else f"{score:.2f} 分。")
