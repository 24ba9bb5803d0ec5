"""Which scoring policy applies, and how a new version comes to be."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from hospitals.models import Hospital
from scoring.models import ScoringPolicy

# Not a matter of choice, or set by the service itself.
_BOOKKEEPING = {"id", "hospital", "version", "valid_from", "created_by"}
TERMS = tuple(f.name for f in ScoringPolicy._meta.concrete_fields if f.name not in _BOOKKEEPING)


def scoring_policy(*, hospital_id: int) -> ScoringPolicy | None:
    """The newest version; None where the hospital has none, which then scores by the defaults of an unsaved ScoringPolicy."""
    return ScoringPolicy.objects.filter(hospital_id=hospital_id).order_by("-version").first()


def policy_in_force(*, hospital_id: int) -> ScoringPolicy:
    """The newest version, or the defaults, unsaved."""
    return scoring_policy(hospital_id=hospital_id) or ScoringPolicy(hospital_id=hospital_id, version=0)


@transaction.atomic
def revise_scoring_policy(*, hospital: Hospital, changes: dict[str, Any], by: User | None, now: datetime) -> ScoringPolicy:
    """Write the next version: the one in force with `changes` applied. Raises ValidationError where it makes no sense.

    It applies from the next run on, which then looks at every patient.
    """
    Hospital.objects.select_for_update(no_key=True).get(pk=hospital.pk)
    current = policy_in_force(hospital_id=hospital.pk)
    values = {name: getattr(current, name) for name in TERMS} | changes
    policy = ScoringPolicy(hospital=hospital, version=current.version + 1, valid_from=now, created_by=by, **values)
    policy.full_clean()
    policy.save()
    return policy
