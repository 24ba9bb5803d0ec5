"""The free move (免费改约) of a running quarter or month: found, used by a move, given back with a hold that was given up.

The caller holds the patient, so two moves never take the same one.
"""

from datetime import datetime

from booking.models import Appointment, Entitlement, EntitlementKind, Tier
from booking.services.entitlements.granting import grant_period_entitlements
from hospitals.models import Hospital


def unused_free_move(*, hospital: Hospital, patient_id: int, tier: str, now: datetime) -> Entitlement | None:
    """One that the patient may use now; None where the tier has none or all are used.

    Where the clock has not come to grant this period's yet, they are granted here.
    """
    if tier not in (Tier.A, Tier.B):
        return None
    unused = _first_unused(hospital, patient_id, tier, now)
    if unused is None:
        granted = [EntitlementKind.FREE_MOVE]
        if grant_period_entitlements(hospital=hospital, now=now, patient_ids=[patient_id], kinds=granted):
            unused = _first_unused(hospital, patient_id, tier, now)
    return unused


def _first_unused(hospital: Hospital, patient_id: int, tier: str, now: datetime) -> Entitlement | None:
    mine = Entitlement.objects.filter(patient_id=patient_id, hospital=hospital, kind=EntitlementKind.FREE_MOVE, tier=tier)
    running = mine.filter(starts_at__lte=now, ends_at__gt=now)
    return running.filter(used_at__isnull=True, withdrawn_at__isnull=True).order_by("serial").first()


def use_free_move(*, entitlement: Entitlement, following: Appointment, now: datetime) -> None:
    """Write down that the move to `following` has used it."""
    entitlement.used_at, entitlement.used_for = now, following
    entitlement.save(update_fields=["used_at", "used_for"])


def give_back_free_move(appointment: Appointment) -> None:
    """Give back what the move to this appointment has used, where there is such: it was never confirmed and came to nothing."""
    Entitlement.objects.filter(used_for=appointment, kind=EntitlementKind.FREE_MOVE).update(used_at=None, used_for=None)
