"""Patients with a tier."""

from datetime import datetime

from booking.models import Standing, Tier
from hospitals.models import Hospital
from tests.factories.booking import Account, make_account

# Any score that falls into the tier; unrated ones have none.
SCORES = {Tier.A: 95, Tier.B: 85, Tier.C: 75, Tier.D: 60, Tier.UNRATED: None}


def rate(account: Account, hospital: Hospital, tier: Tier, *, now: datetime) -> Account:
    """Write the standing as the night does."""
    Standing.objects.update_or_create(
        hospital=hospital,
        patient=account.patient,
        defaults={"as_of": now.date(), "score": SCORES[tier], "tier": tier, "changed_at": now},
    )
    return account


def rated(hospital: Hospital, tier: Tier, *, now: datetime, **patient: object) -> Account:
    """A new account whose patient has that tier at the hospital."""
    return rate(make_account(**patient), hospital, tier, now=now)
