"""What a tier means at a hospital, in plain Chinese, from the booking policy in force there. Pure: reads the given policy alone.

The rules that hold it are booking.rules.privileges, booking.rules.moves and booking.rules.entitlements.
"""

from dataclasses import dataclass

from booking.entitlement_wording import discount
from booking.models import Tier
from hospitals.models import BookingPolicy


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a tier gives and what it takes, a sentence each."""

    privileges: list[str]
    limits: list[str]


def meaning_of(tier: str, policy: BookingPolicy) -> Meaning:
    """Of any tier, unrated too."""
    privileges = [*_hot(tier, policy), *_moves(tier, policy), *_at_the_hospital(tier, policy), _reminders(tier, policy)]
    return Meaning([told for told in privileges if told], _limits(tier, policy))


def _hot(tier: str, policy: BookingPolicy) -> list[str]:
    early_days = {Tier.A: policy.hot_early_days_a, Tier.B: policy.hot_early_days_b}.get(Tier(tier), 0)
    if early_days > policy.hot_release_days and policy.hot_early_percent:
        share = f"A、B 级合计最多占预约号的 {policy.hot_early_percent}%"
        if policy.hot_early_percent_a:
            share += f"，其中 {policy.hot_early_percent_a}% 只留给 A 级"
        return [f"热门号在就诊前 {early_days} 天的 {policy.release_time:%H:%M} 起即可预约（{share}）。"]
    if _is_barred_from_hot(tier, policy):
        return []
    told = [f"热门号在就诊前 {policy.hot_release_days} 天的 {policy.release_time:%H:%M} 起可预约。"]
    if tier == Tier.UNRATED and policy.hot_reserve_percent:
        percent, days = policy.hot_reserve_percent, policy.hot_reserve_days
        told.append(f"热门号的 {percent}% 为老年患者和首次就诊（未评级）患者保留到就诊前 {days} 天。")
    return told


def _moves(tier: str, policy: BookingPolicy) -> list[str]:
    if tier == Tier.A and policy.free_moves_a:
        return [
            f"超出改约次数后，每季度仍可免费改约 {policy.free_moves_a} 次，改到原时间前后 {policy.free_move_reach_days_a} 天内。"
        ]
    if tier == Tier.B and policy.free_moves_b:
        hours = policy.free_move_notice_hours_b
        return [f"超出改约次数后，每月仍可免费改约 {policy.free_moves_b} 次，须在就诊前 {hours} 小时提出。"]
    return []


def _at_the_hospital(tier: str, policy: BookingPolicy) -> list[str]:
    if tier == Tier.A:
        return [
            "到院免排队登记。" if policy.is_registration_queue_free_a else "",
            _head_start(policy.head_start_minutes_a),
            f"专属客服：{policy.named_contact_a} {policy.named_contact_phone_a}".rstrip() + "。"
            if policy.named_contact_a
            else "",
            f"每年免费{policy.examination_name_a} {policy.examinations_a} 次。" if policy.examinations_a else "",
        ]
    if tier == Tier.B:
        days, item = policy.coupon_valid_days_b, policy.coupon_name_b
        coupon = f"每次就诊后赠送{item} {discount(policy.coupon_percent_off_b)}券，{days} 天内有效。"
        return [_head_start(policy.head_start_minutes_b), coupon if policy.coupon_percent_off_b else ""]
    return []


def _head_start(minutes: int) -> str:
    return f"到院优先叫号，比同时段普通患者提前 {minutes} 分钟。" if minutes else ""


def _reminders(tier: str, policy: BookingPolicy) -> str:
    times = getattr(policy, f"reminders_{tier.lower()}")
    return f"就诊前提醒 {times} 次。" if times else ""


def _limits(tier: str, policy: BookingPolicy) -> list[str]:
    told = []
    if _is_barred_from_hot(tier, policy):
        told.append("暂不能在线预约热门号，可预约其他号源。")
    if tier == Tier.D and policy.lead_days_d:
        told.append(f"只能在线预约 {policy.lead_days_d} 天及以后的号。")
    if tier == Tier.D and policy.phone_confirmation_hours_d:
        hours = policy.phone_confirmation_hours_d
        told.append(f"在线预约后 {hours} 小时内须由工作人员电话确认，未能确认则释放号源并全额退款。")
    return told


def _is_barred_from_hot(tier: str, policy: BookingPolicy) -> bool:
    is_open = {Tier.C: policy.is_hot_open_to_c, Tier.D: policy.is_hot_open_to_d}
    return not is_open.get(Tier(tier), True)
