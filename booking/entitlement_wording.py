"""What entitlements are called to patients and staff, one sentence each. Pure."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from booking.entitlement_selectors import Allowance
from booking.models import Entitlement, EntitlementKind, Tier
from booking.rules.entitlements import EntitlementState, Period

_PERIODS = {Period.MONTH: "本月", Period.QUARTER: "本季度", Period.YEAR: "本年度"}


def discount(percent_off: int) -> str:
    """What a Chinese shop calls it.

    >>> discount(10), discount(15), discount(100)
    ('9 折', '8.5 折', '免费')
    """
    return "免费" if percent_off >= 100 else f"{(100 - percent_off) / 10:g} 折"


def name_of(kind: str, terms: dict[str, Any]) -> str:
    """What it is, with its terms."""
    match kind:
        case EntitlementKind.COUPON:
            return f"{terms['item']} {discount(terms['percent_off'])}券"
        case EntitlementKind.EXAMINATION:
            return f"免费{terms['item']}"
        case EntitlementKind.NAMED_CONTACT:
            return f"专属客服：{terms['name']}" + (f"，电话 {terms['phone']}" if terms.get("phone") else "")
        case _:
            return EntitlementKind(kind).label


def last_day(ends_at: datetime, *, zone: ZoneInfo, now: datetime) -> str:
    """The last day on which it holds: `12 月 31 日`, with the year where that is not the running one."""
    day = (ends_at - timedelta(microseconds=1)).astimezone(zone)
    return day_of(day, now=now.astimezone(zone))


def day_of(day: datetime, *, now: datetime) -> str:
    """Both in the hospital's zone."""
    year = f"{day.year} 年 " if day.year != now.year else ""
    return f"{year}{day.month} 月 {day.day} 日"


def allowance_sentence(allowance: Allowance, *, zone: ZoneInfo, now: datetime) -> str:
    """`本季度免费改约 1 次，已用 0 次，12 月 31 日到期。`"""
    name, until = name_of(allowance.kind, allowance.terms), last_day(allowance.ends_at, zone=zone, now=now)
    match allowance.kind:
        case EntitlementKind.NAMED_CONTACT:
            return f"{name}。"
        case EntitlementKind.QUEUE_FREE:
            return "到院免排队登记，请向导诊台出示签到码。"
        case EntitlementKind.COUPON:
            return f"{name} {allowance.left} 张可用，最早一张 {until}到期。"
    assert allowance.period is not None, "all others are given for a period"
    return f"{_PERIODS[allowance.period]}{name} {allowance.granted} 次，已用 {allowance.used} 次，{until}到期。"


def entitlement_sentence(entitlement: Entitlement, *, state: EntitlementState, tier: str, zone: ZoneInfo, now: datetime) -> str:
    """One entitlement as it stands for a patient of `tier`."""
    name, until = name_of(entitlement.kind, entitlement.terms), last_day(entitlement.ends_at, zone=zone, now=now)
    match state:
        case EntitlementState.USED:
            assert entitlement.used_at is not None, "that is what used means"
            return f"{name}，已于 {day_of(entitlement.used_at.astimezone(zone), now=now.astimezone(zone))}使用。"
        case EntitlementState.EXPIRED:
            return f"{name}，已于 {until}到期，未使用。"
        case EntitlementState.WITHDRAWN:
            return f"{name}，已收回：{entitlement.withdrawn_reason or '未注明原因'}。"
        case EntitlementState.PAUSED if is_better(tier, entitlement.tier):
            return f"{name}，为{entitlement.get_tier_display()}权益，现由更高等级的权益代替，{until}到期。"
        case EntitlementState.PAUSED:
            return f"{name}，为{entitlement.get_tier_display()}权益，暂停使用，等级恢复后可继续使用，{until}到期。"
    return f"{name}，{until}到期。"


def is_better(tier: str, than: str) -> bool:
    """A before B before C before D; unrated is no better than any."""
    return tier != Tier.UNRATED and tier < than
