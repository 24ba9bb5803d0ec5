"""Where a patient has a standing, with what goes with it."""

from datetime import datetime

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from booking.models import Restriction
from hospitals.models import Hospital


def standings_held(*, patient_id: int, now: datetime) -> QuerySet[Hospital]:
    """The open hospitals that know the patient: where booking is paused first, then where the standing has changed last.

    Each with `tier` and `score` (None where nothing was counted yet), `is_paused`, and `perks`: what can be used now.
    """
    own = FilteredRelation("standings", condition=Q(standings__patient_id=patient_id))
    held = FilteredRelation("entitlements", condition=Q(entitlements__patient_id=patient_id))
    paused = Restriction.objects.filter(
        hospital=OuterRef("pk"), patient_id=patient_id, starts_at__lte=now, ends_at__gt=now, lifted_at__isnull=True
    )
    # As booking.rules.entitlements.state_of says of one.
    usable = Q(
        Q(held__earned_by__isnull=False) | Q(held__tier=F("own__tier")),
        held__starts_at__lte=now,
        held__ends_at__gt=now,
        held__used_at__isnull=True,
        held__withdrawn_at__isnull=True,
    )
    known = Hospital.objects.filter(is_active=True).annotate(own=own, held=held, is_paused=Exists(paused))
    told = known.filter(Q(own__isnull=False) | Q(is_paused=True))
    counted = told.annotate(tier=F("own__tier"), score=F("own__score"), perks=Count("held", filter=usable))
    return counted.order_by("-is_paused", F("own__changed_at").desc(nulls_last=True), "code")
