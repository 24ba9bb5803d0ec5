"""What a patient has of a tier's perks, for showing."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from booking.models import Entitlement, EntitlementKind, Tier
from booking.rules.entitlements import EntitlementState, Period, period_around, perks_by_policy, state_of
from hospitals.models import BookingPolicy, Hospital


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many of a kind a patient has for the running period, and how many are used. Coupons belong to no period."""

    kind: EntitlementKind
    period: Period | None
    granted: int
    used: int
    # Of coupons the one that expires first.
    ends_at: datetime
    terms: dict[str, object]

    @property
    def left(self) -> int:
        return self.granted - self.used


def entitlements_of(*, hospital: Hospital, patient_id: int) -> QuerySet[Entitlement]:
    """All that were ever granted, the newest first."""
    return Entitlement.objects.filter(patient_id=patient_id, hospital=hospital).order_by("-starts_at", "-pk")


def allowances_of(*, hospital: Hospital, patient_id: int, tier: str, policy: BookingPolicy, now: datetime) -> list[Allowance]:
    """What the patient's tier gives now, and the coupons that are left. One query.

    What the clock has not come to grant yet is counted as granted: it will be there when it is asked for.
    """
    running = entitlements_of(hospital=hospital, patient_id=patient_id).filter(starts_at__lte=now, ends_at__gt=now)
    held = list(running.filter(withdrawn_at__isnull=True))
    local_now = now.astimezone(hospital.zone)
    allowances = []
    for perk in perks_by_policy(policy):
        if perk.tier != tier:
            continue
        begins, ends = period_around(perk.period, local_now)
        of_period = [one for one in held if (one.kind, one.tier, one.starts_at) == (perk.kind, perk.tier, begins)]
        used = sum(one.used_at is not None for one in of_period)
        allowances.append(Allowance(perk.kind, perk.period, max(perk.count, len(of_period)), used, ends, perk.terms))
    return allowances + _coupons(held, tier, now)


def _coupons(held: list[Entitlement], tier: str, now: datetime) -> list[Allowance]:
    coupons = [one for one in held if one.kind == EntitlementKind.COUPON]
    left = [one for one in coupons if state_of(one, tier=tier, now=now) == EntitlementState.AVAILABLE]
    if not left:
        return []
    first = min(left, key=lambda one: one.ends_at)
    return [Allowance(EntitlementKind.COUPON, None, len(coupons), len(coupons) - len(left), first.ends_at, first.terms)]


def is_queue_free(*, hospital_id: int, patient_id: int, now: datetime) -> bool:
    """Whether the patient need not queue for the registration (免排队登记): granted for now, and the tier still holds."""
    return Entitlement.objects.filter(
        patient_id=patient_id,
        hospital_id=hospital_id,
        kind=EntitlementKind.QUEUE_FREE,
        starts_at__lte=now,
        ends_at__gt=now,
        withdrawn_at__isnull=True,
        tier=Tier.A,
        patient__standings__hospital_id=hospital_id,
        patient__standings__tier=Tier.A,
    ).exists()
