"""What becomes of bookings when an account is deleted.

Kept, as law and the books demand, and leading to nobody: appointments with their events, payments and refunds, places in queues
and waitlists. Deleted: what the platform made of the person (standing, pauses, perks), and what the person wrote or handed in
(appeals with their pictures, reviews, reasons of cancelling).
"""

import datetime as dt
from typing import Any

from django.db.models import Q

from accounts.personal_data import Person, redact_rows, redacted
from booking.models import (
    ActorKind,
    Appeal,
    Appointment,
    AppointmentEvent,
    CancelledBy,
    Entitlement,
    ExtraGrant,
    IdempotencyRecord,
    PastStanding,
    PaymentOrder,
    QueueMove,
    Restriction,
    Standing,
    StandingDue,
    StandingReview,
    WaitlistEnd,
    WaitlistEntry,
)


def erase_bookings(person: Person, now: dt.datetime) -> None:
    """A fixed number of statements, save that long histories are written in batches."""
    _delete_judgements(person)
    _leave_waitlists(person, now)
    _erase_words(person)
    # By its number at WeChat a payment can still be looked up and paid back; the payer's own name there is not needed.
    PaymentOrder.objects.filter(appointment__booked_by=person.user).update(openid="", prepay_id="")
    IdempotencyRecord.objects.filter(user=person.user).delete()


def _delete_judgements(person: Person) -> None:
    theirs = Q(by=person.user) | Q(patient__in=person.alone_ids)
    for written in (Appeal, StandingReview):
        written.objects.filter(theirs).delete()
    # Entitlements were given for bookings, which stay.
    for judged in (Restriction, Entitlement, Standing, PastStanding, StandingDue):
        judged._default_manager.filter(patient__in=person.alone_ids).delete()


def _leave_waitlists(person: Person, now: dt.datetime) -> None:
    """The rows stay, as evidence of demand that was not met."""
    theirs = Q(joined_by=person.user) | Q(patient__in=person.alone_ids)
    WaitlistEntry.objects.filter(theirs, ended_at__isnull=True).update(end=WaitlistEnd.LEFT, ended_at=now)


def _erase_words(person: Person) -> None:
    """The person's own words are deleted; in those of the staff what says who it was is struck out."""
    of_patients = Appointment.objects.filter(patient__in=person.alone_ids)
    own = Appointment.objects.filter(Q(booked_by=person.user) | Q(patient__in=person.alone_ids))
    own.filter(cancelled_by=CancelledBy.PATIENT).exclude(cancel_reason="").update(cancel_reason="")
    redact_rows(of_patients, "cancel_reason", person.identifiers)
    redact_rows(ExtraGrant.objects.filter(appointment__in=of_patients), "reason", person.identifiers)
    redact_rows(QueueMove.objects.filter(entry__appointment__in=of_patients), "reason", person.identifiers)
    _erase_events(person, AppointmentEvent.objects.filter(appointment__in=own).exclude(detail={}))


def _erase_events(person: Person, events: Any) -> None:
    changed = []
    for event in events.only("pk", "detail", "actor_kind"):
        kept = _without_words(event.detail, person, is_own=event.actor_kind == ActorKind.PATIENT)
        if kept != event.detail:
            event.detail = kept
            changed.append(event)
    AppointmentEvent.objects.bulk_update(changed, ["detail"], batch_size=500)


def _without_words(detail: dict[str, Any], person: Person, *, is_own: bool) -> dict[str, Any]:
    return {
        name: redacted(value, person.identifiers) if isinstance(value, str) else value
        for name, value in detail.items()
        if not (is_own and name == "reason")
    }
