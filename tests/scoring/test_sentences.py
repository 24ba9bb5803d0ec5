"""What a patient reads of a standing."""

from datetime import date
from decimal import Decimal

import pytest

from booking.models import Tier as StoredTier
from hospitals.models import BookingPolicy
from scoring.numeric import OutcomeCounts, Tier, TierBounds, score_counts
from scoring.privilege_sentences import meaning_of
from scoring.sentences import band, part_sentence, past_sentence, score_sentence, steps_up, way_sentence

BOUNDS = TierBounds()


def counts(fulfilled: int = 0, unattended: int = 0, cancelled: int = 0, missed: int = 0) -> OutcomeCounts:
    return OutcomeCounts(fulfilled + unattended + cancelled + missed, fulfilled, unattended, cancelled, missed)


def way(found: OutcomeCounts, *, tier: Tier | None = None, minimum: int = 1) -> str:
    tier = tier or score_counts(found).tier
    return way_sentence(found, tier=tier, bounds=BOUNDS, minimum_appointments=minimum)


def test_each_part_says_how_it_came() -> None:
    score = score_counts(counts(fulfilled=2, missed=1))
    assert [part_sentence(name, score) for name in ("fulfilled", "unattended", "missed")] == [
        "履约 2 次，占 66.67%，得 26.67 分（满分 40.00 分）。",
        "预约未到 0 次，占 0.00%，得 20.00 分（满分 20.00 分）。",
        "失约 1 次，占 33.33%，得 13.33 分（满分 20.00 分）。",
    ]


def test_the_score_is_told_as_a_sum() -> None:
    score = score_counts(counts(fulfilled=2, missed=1))
    told = score_sentence(score, tier=Tier.B, bounds=BOUNDS, minimum_appointments=1)
    assert told == ("共 3 次预约，综合评分 26.67 + 20.00 + 20.00 + 13.33 = 80.00 分，等级为 B 级（80.00 分起，不到 90.00 分）。")
    unrated = score_sentence(score, tier=Tier.UNRATED, bounds=BOUNDS, minimum_appointments=5)
    assert unrated.endswith("= 80.00 分；满 5 次预约后评级，目前未评级。")
    nothing = score_sentence(score_counts(counts()), tier=Tier.UNRATED, bounds=BOUNDS, minimum_appointments=1)
    assert nothing == "统计期内还没有已结束的预约，暂无评分，未评级。"


@pytest.mark.parametrize(
    ("tier", "told"),
    [(Tier.A, "90.00 分起"), (Tier.C, "70.00 分起，不到 80.00 分"), (Tier.D, "不到 70.00 分")],
)
def test_bands(tier: Tier, told: str) -> None:
    assert band(tier, BOUNDS) == told


@pytest.mark.parametrize(
    ("found", "told"),
    [
        # 5 of 10 are 70 points; 10 of 15 are 80.
        (counts(fulfilled=5, missed=5), "再按时就诊 5 次，可升为 B 级。"),
        (counts(fulfilled=1, cancelled=2), "再按时就诊 1 次，可升为 C 级。"),
        (counts(fulfilled=2, missed=1), "再按时就诊 3 次，可升为 A 级。"),
        (counts(fulfilled=5), "已是最高等级，请继续按时就诊。再失约 2 次将低于 A 级。"),
        (counts(fulfilled=200), "已是最高等级，请继续按时就诊。"),
    ],
)
def test_the_way_up(found: OutcomeCounts, told: str) -> None:
    assert way(found) == told


def test_every_higher_tier_has_its_step() -> None:
    steps = steps_up(counts(fulfilled=1, missed=3), tier=Tier.D, bounds=BOUNDS, minimum_appointments=1)
    assert [(step.tier, step.kept_visits) for step in steps] == [(Tier.C, 2), (Tier.B, 5), (Tier.A, 14)]


def test_the_way_to_a_rating() -> None:
    assert way(counts()) == "再完成 1 次就诊后开始评级；均按时就诊，可评为 A 级。"
    few = counts(fulfilled=1, missed=1)
    assert way(few, tier=Tier.UNRATED, minimum=4) == "再完成 2 次就诊后开始评级；均按时就诊，可评为 B 级。"


def test_after_a_change_of_the_policy_the_next_scoring_tells() -> None:
    """What is stored follows from the policy of the last scoring."""
    assert way(counts(fulfilled=2, missed=1), tier=Tier.UNRATED) == "已满足评级所需次数，下次评分后评为 B 级。"
    assert way(counts(fulfilled=2, missed=1), tier=Tier.C) == "评分已达到 B 级，下次评分后升级。"


def test_the_past() -> None:
    told = past_sentence("B 级", Decimal("80.00"), held_from=date(2026, 3, 1), held_until=date(2026, 4, 2))
    assert told == "2026-03-01 至 2026-04-02：B 级，80.00 分。"
    assert past_sentence("未评级", None, held_from=date(2026, 3, 1), held_until=date(2026, 4, 2)).endswith("未评级，无评分。")


class TestMeaning:
    """By the defaults each cell of the table in scoring-model.md, and what the hospital has changed."""

    def test_a(self) -> None:
        meaning = meaning_of(StoredTier.A, BookingPolicy(named_contact_a="周敏", named_contact_phone_a="010-5550000"))
        assert meaning.privileges == [
            "热门号在就诊前 16 天的 07:00 起即可预约（A、B 级合计最多占预约号的 50%，其中 20% 只留给 A 级）。",
            "超出改约次数后，每季度仍可免费改约 1 次，改到原时间前后 7 天内。",
            "到院免排队登记。",
            "到院优先叫号，比同时段普通患者提前 15 分钟。",
            "专属客服：周敏 010-5550000。",
            "每年免费口腔检查 1 次。",
            "就诊前提醒 1 次。",
        ]
        assert meaning.limits == []

    def test_b(self) -> None:
        assert meaning_of(StoredTier.B, BookingPolicy()).privileges[1:] == [
            "超出改约次数后，每月仍可免费改约 1 次，须在就诊前 24 小时提出。",
            "到院优先叫号，比同时段普通患者提前 15 分钟。",
            "每次就诊后赠送洁牙 9 折券，90 天内有效。",
            "就诊前提醒 1 次。",
        ]

    def test_c(self) -> None:
        meaning = meaning_of(StoredTier.C, BookingPolicy())
        assert meaning.privileges == ["就诊前提醒 3 次。"]
        assert meaning.limits == ["暂不能在线预约热门号，可预约其他号源。"]

    def test_d(self) -> None:
        meaning = meaning_of(StoredTier.D, BookingPolicy())
        assert meaning.privileges == ["就诊前提醒 2 次。"]
        assert meaning.limits == [
            "暂不能在线预约热门号，可预约其他号源。",
            "只能在线预约 7 天及以后的号。",
            "在线预约后 48 小时内须由工作人员电话确认，未能确认则释放号源并全额退款。",
        ]

    def test_unrated(self) -> None:
        meaning = meaning_of(StoredTier.UNRATED, BookingPolicy())
        assert meaning.privileges == [
            "热门号在就诊前 7 天的 07:00 起可预约。",
            "热门号的 10% 为老年患者和首次就诊（未评级）患者保留到就诊前 2 天。",
            "就诊前提醒 1 次。",
        ]
        assert meaning.limits == []

    def test_where_a_hospital_gives_and_takes_nothing(self) -> None:
        none = BookingPolicy(
            hot_early_days_a=7,
            hot_early_days_b=7,
            is_hot_open_to_c=True,
            is_hot_open_to_d=True,
            lead_days_d=0,
            phone_confirmation_hours_d=0,
            free_moves_a=0,
            free_moves_b=0,
            head_start_minutes_a=0,
            head_start_minutes_b=0,
            is_registration_queue_free_a=False,
            examinations_a=0,
            coupon_percent_off_b=0,
            **{f"reminders_{tier}": 0 for tier in ("a", "b", "c", "d", "unrated")},
        )
        for tier in (StoredTier.A, StoredTier.B, StoredTier.C, StoredTier.D):
            meaning = meaning_of(tier, none)
            assert meaning.privileges == ["热门号在就诊前 7 天的 07:00 起可预约。"]
            assert meaning.limits == []
