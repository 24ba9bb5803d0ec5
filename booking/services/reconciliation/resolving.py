"""Differences are dealt with by a named member of staff, once."""

from datetime import datetime

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from booking.models import ReconciliationDifference


class DifferenceResolved(Refusal):
    """Somebody has dealt with it before."""


class ResolutionMissing(Refusal):
    """What was done is not said."""


@transaction.atomic
def resolve_difference(*, difference_id: int, by: User, resolution: str, now: datetime) -> ReconciliationDifference:
    """Note what was done about a difference. It is then kept as it is, whatever later runs find.

    Raises ResolutionMissing, DifferenceResolved, ReconciliationDifference.DoesNotExist where a later run found it gone.
    """
    told = resolution.strip()
    if not told:
        raise ResolutionMissing()
    difference = ReconciliationDifference.objects.select_for_update(of=("self",), no_key=True).get(pk=difference_id)
    if difference.resolved_at is not None:
        raise DifferenceResolved(number=difference.number)
    difference.resolved_at, difference.resolved_by, difference.resolution = now, by, told
    difference.save(update_fields=["resolved_at", "resolved_by", "resolution"])
    return difference
