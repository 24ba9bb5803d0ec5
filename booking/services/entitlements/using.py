"""Using a coupon or a free examination at the desk, by its code."""

from datetime import datetime

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from booking.locks import granted_in_time, limit_lock_waits
from booking.models import Entitlement, EntitlementKind
from booking.rules.entitlements import EntitlementState, state_of
from booking.services.standing import standing_of
from hospitals.models import StaffMembership

# What staff give against a code; the others are had without being asked for.
REDEEMABLE = (EntitlementKind.COUPON, EntitlementKind.EXAMINATION)


class EntitlementNotFound(Refusal):
    """No entitlement of a hospital where this person works has that code."""


class EntitlementNotRedeemable(Refusal):
    """It is not given against a code at the desk."""


class EntitlementUsed(Refusal):
    """It was used before."""


class EntitlementExpired(Refusal):
    """Its time is over."""


class EntitlementWithdrawn(Refusal):
    """It was taken back."""


class EntitlementPaused(Refusal):
    """The patient no longer has the tier that it is given for."""


@transaction.atomic
def use_entitlement(*, code: str, by: User, now: datetime) -> Entitlement:
    """Redeem a coupon or an examination, once, as a member of staff of its hospital.

    Raises EntitlementNotFound, EntitlementNotRedeemable, EntitlementUsed, EntitlementExpired, EntitlementWithdrawn,
    EntitlementPaused, TooBusy.
    """
    entitlement = _lock_by_code(code)
    _ensure_works_there(by, entitlement)
    if entitlement.kind not in REDEEMABLE:
        raise EntitlementNotRedeemable(kind=EntitlementKind(entitlement.kind).label)
    _refuse_unless_available(entitlement, now)
    entitlement.used_at, entitlement.used_by = now, by
    entitlement.save(update_fields=["used_at", "used_by"])
    return entitlement


def _lock_by_code(code: str) -> Entitlement:
    """Nothing else is locked after it."""
    limit_lock_waits()
    with granted_in_time():
        rows = Entitlement.objects.select_for_update(of=("self",), no_key=True).select_related("hospital", "patient")
        found = rows.filter(code=code.strip().upper()).first()
    if found is None:
        raise EntitlementNotFound()
    return found


def _ensure_works_there(user: User, entitlement: Entitlement) -> None:
    """Another hospital's is not found: a code is no way to ask who is whose patient."""
    mine = StaffMembership.objects.filter(user=user, hospital_id=entitlement.hospital_id)
    if not (user.is_active and user.is_staff and (user.is_superuser or mine.exists())):
        raise EntitlementNotFound()


def _refuse_unless_available(entitlement: Entitlement, now: datetime) -> None:
    tier = standing_of(hospital_id=entitlement.hospital_id, patient_id=entitlement.patient_id).tier
    zone = entitlement.hospital.zone
    match state_of(entitlement, tier=tier, now=now):
        case EntitlementState.USED:
            assert entitlement.used_at is not None, "that is what used means"
            raise EntitlementUsed(at=f"{entitlement.used_at.astimezone(zone):%Y-%m-%d %H:%M}")
        case EntitlementState.EXPIRED:
            raise EntitlementExpired(at=f"{entitlement.ends_at.astimezone(zone):%Y-%m-%d %H:%M}")
        case EntitlementState.WITHDRAWN:
            raise EntitlementWithdrawn(reason=entitlement.withdrawn_reason or "未注明")
        case EntitlementState.PAUSED:
            raise EntitlementPaused(tier=entitlement.get_tier_display())
