"""The standing that bookings are judged by: read here by the rules, written here by the layers that compute it."""

from datetime import datetime

from booking.models import Restriction, Standing, Tier


def standing_of(*, hospital_id: int, patient_id: int) -> Standing:
    """The patient's standing at the hospital; where there is none yet, an unsaved one that is unrated and counts nothing."""
    found = Standing.objects.filter(hospital_id=hospital_id, patient_id=patient_id).first()
    return found or Standing(hospital_id=hospital_id, patient_id=patient_id, tier=Tier.UNRATED)


def active_restriction(*, hospital_id: int, patient_id: int, at: datetime) -> Restriction | None:
    """The pause of booking in force at that moment, the one that ends last; None where the patient may book."""
    return (
        Restriction.objects.filter(
            hospital_id=hospital_id, patient_id=patient_id, starts_at__lte=at, ends_at__gt=at, lifted_at__isnull=True
        )
        .order_by("-ends_at", "-id")
        .first()
    )
