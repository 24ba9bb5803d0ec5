"""What a tier is given beside bookings: how many of which perk, for which period, and when one may be used
(scoring-model.md, "Privileges").
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import models

from booking.models import Entitlement, EntitlementKind, Tier
from hospitals.models import BookingPolicy


class Period(StrEnum):
    """The calendar's, in the hospital's zone. The value is its length in months."""

    MONTH = "1"
    QUARTER = "3"
    YEAR = "12"


@dataclass(frozen=True, slots=True)
class Perk:
    """`count` entitlements of a kind for everybody of a tier, each period anew."""

    kind: EntitlementKind
    tier: Tier
    period: Period
    count: int
    terms: dict[str, Any] = field(default_factory=dict)


def perks_by_policy(policy: BookingPolicy) -> tuple[Perk, ...]:
    """Those of which there is at least one. A coupon is none of them: it is earned by a visit."""
    has_contact = bool(policy.named_contact_a)
    contact = {"name": policy.named_contact_a, "phone": policy.named_contact_phone_a}
    all_of_them = (
        Perk(EntitlementKind.FREE_MOVE, Tier.A, Period.QUARTER, policy.free_moves_a),
        Perk(EntitlementKind.FREE_MOVE, Tier.B, Period.MONTH, policy.free_moves_b),
        Perk(EntitlementKind.EXAMINATION, Tier.A, Period.YEAR, policy.examinations_a, terms={"item": policy.examination_name_a}),
        Perk(EntitlementKind.NAMED_CONTACT, Tier.A, Period.QUARTER, int(has_contact), terms=contact),
        Perk(EntitlementKind.QUEUE_FREE, Tier.A, Period.QUARTER, int(policy.is_registration_queue_free_a)),
    )
    return tuple(perk for perk in all_of_them if perk.count)


def period_around(period: Period, local_now: datetime) -> tuple[datetime, datetime]:
    """The first moment of the running period and that of the next one, in the zone of `local_now`.

    >>> begins, ends = period_around(Period.QUARTER, datetime(2026, 11, 22, 9, 30))
    >>> f"{begins:%Y-%m-%d} {ends:%Y-%m-%d}"
    '2026-10-01 2027-01-01'
    """
    months = int(period)
    first = local_now.month - (local_now.month - 1) % months
    begins = local_now.replace(month=first, day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    years, month = divmod(first - 1 + months, 12)
    return begins, begins.replace(year=begins.year + years, month=month + 1)


class EntitlementState(models.TextChoices):
    AVAILABLE = "available", "可使用"
    PAUSED = "paused", "暂停使用"
    USED = "used", "已使用"
    EXPIRED = "expired", "已过期"
    WITHDRAWN = "withdrawn", "已收回"


def state_of(entitlement: Entitlement, *, tier: str, now: datetime) -> EntitlementState:
    """How an entitlement stands for a patient whose tier is now `tier`.

    What was given for a period holds while the tier does: it rests when the tier changes and is there again when it comes back.
    What a visit has earned (a coupon) stays the patient's until it expires.
    """
    if entitlement.withdrawn_at is not None:
        return EntitlementState.WITHDRAWN
    if entitlement.used_at is not None:
        return EntitlementState.USED
    if now >= entitlement.ends_at:
        return EntitlementState.EXPIRED
    is_earned = entitlement.earned_by_id is not None
    return EntitlementState.AVAILABLE if is_earned or entitlement.tier == tier else EntitlementState.PAUSED
