"""Free moves of the running periods were known by the events alone: give each its entitlement, used."""

import secrets
from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db import migrations
from django.utils import timezone

# The characters of booking.models.appointments.new_appointment_code.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MONTHS = {"A": 3, "B": 1}


def period_of(tier, local):
    """The quarter of A or the month of B around a moment, in the hospital's zone."""
    months = MONTHS[tier]
    begins = local.replace(month=local.month - (local.month - 1) % months, day=1, hour=0, minute=0, second=0, microsecond=0)
    after = begins.month + months
    return begins, begins.replace(year=begins.year + (after > 12), month=after - 12 if after > 12 else after)


def write_used(apps, schema_editor):
    alias = schema_editor.connection.alias
    now = timezone.now()
    events = apps.get_model("booking", "AppointmentEvent").objects.using(alias)
    made = events.filter(
        kind__in=["booked", "created"],
        detail__free_move=True,
        at__gte=now - timedelta(days=93),
        appointment__tier__in=list(MONTHS),
    ).exclude(appointment__status="cancelled", appointment__booked_at__isnull=True)
    serials: Counter[tuple[object, ...]] = Counter()
    rows = []
    entitlement = apps.get_model("booking", "Entitlement")
    for event in made.select_related("appointment__hospital").order_by("at", "pk"):
        appointment = event.appointment
        begins, ends = period_of(appointment.tier, event.at.astimezone(ZoneInfo(appointment.hospital.time_zone)))
        key = (appointment.hospital_id, appointment.patient_id, appointment.tier, begins)
        serials[key] += 1
        rows.append(
            entitlement(
                hospital_id=appointment.hospital_id,
                patient_id=appointment.patient_id,
                kind="free-move",
                tier=appointment.tier,
                code="".join(secrets.choice(ALPHABET) for _ in range(16)),
                serial=serials[key],
                starts_at=begins,
                ends_at=ends,
                granted_at=event.at,
                used_at=event.at,
                used_for_id=appointment.pk,
            )
        )
    entitlement.objects.using(alias).bulk_create(rows, ignore_conflicts=True, batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("booking", "0015_standing_reviews_entitlements_by_tier")]

    operations = [migrations.RunPython(write_used, migrations.RunPython.noop)]
