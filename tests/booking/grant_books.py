"""What must be true of every number that a doctor gave, at any moment; `check_books` ends with it."""

from django.db.models import Model

from booking.models import Appointment, Channel, EventKind, ExtraGrant


def check_grants(appointments: list[Appointment], filled: set[type[Model]]) -> None:
    """Raise AssertionError for the first grant that disagrees with the appointment it made."""
    grants: list[ExtraGrant] = []
    if ExtraGrant in filled:
        grants = list(ExtraGrant.objects.select_related("appointment").prefetch_related("appointment__events"))
    for grant in grants:
        check_grant(grant)
    granted = sum(any(event.kind == EventKind.GRANTED for event in each.events.all()) for each in appointments)
    assert granted == len(grants), f"{granted} appointments were granted, {len(grants)} grants are kept"


def check_grant(grant: ExtraGrant) -> None:
    appointment = grant.appointment
    assert (grant.session_id, grant.hospital_id) == (appointment.session_id, appointment.hospital_id), f"{grant}: its session"
    first = min(appointment.events.all(), key=lambda event: event.pk)
    assert (first.kind, first.from_status, first.actor_id) == (EventKind.GRANTED, "", grant.by_id), f"{grant}: its first event"
    assert first.detail["reason"] == grant.reason, f"{grant}: its reason"
    # Paid after it ran out, it may have become an ordinary number.
    assert first.detail["channel"] == Channel.EXTRA, f"{grant}: its channel"
    assert (grant.accept_until is None) == (first.to_status == "booked"), f"{grant}: what was to be accepted"
