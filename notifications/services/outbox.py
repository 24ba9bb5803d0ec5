"""The outbox: which messages are due, and which nobody needs any more."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from booking.models import AppointmentStatus
from hospitals.models import SessionStatus
from notifications.models import MessageKind, MessageState, OutboxMessage


def is_due(now: datetime) -> Q:
    """Messages that are to be sent now: their time has come, and no attempt is under way or just failed."""
    waits = Q(next_attempt_at__isnull=False, next_attempt_at__gt=now)
    return Q(state=MessageState.PENDING, due_at__lte=now) & ~waits


def due_messages(*, now: datetime) -> list[int]:
    """Ids of messages to be sent now, the oldest first."""
    return list(OutboxMessage.objects.filter(is_due(now)).order_by("due_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def drop_outdated(*, now: datetime) -> int:
    """Do not send what came to nothing meanwhile. Returns how many messages were dropped.

    Reminders of visits that were moved, cancelled, suspended or have begun; offers and calls for a confirmation whose deadline is
    over or that the patient has answered.
    """
    starts_at = Coalesce("appointment__slot__starts_at", "appointment__session__starts_at")
    due = OutboxMessage.objects.alias(starts_at=starts_at).filter(state=MessageState.PENDING, due_at__lte=now)
    answered = ~Q(appointment__status=AppointmentStatus.PENDING)
    confirmed = ~Q(appointment__status=AppointmentStatus.BOOKED) | Q(appointment__confirmed_at__isnull=False)
    outdated = (
        (Q(kind=MessageKind.REMINDER) & _is_visit_off(now))
        | Q(deadline__isnull=False, deadline__lte=now)
        | (Q(kind__in=[MessageKind.OFFERED, MessageKind.GRANTED]) & answered)
        | (Q(kind=MessageKind.TO_CONFIRM) & confirmed)
    )
    return due.filter(outdated).update(state=MessageState.DROPPED)


def _is_visit_off(now: datetime) -> Q:
    gone = [AppointmentStatus.CANCELLED, AppointmentStatus.ENTERED_IN_ERROR]
    has_begun = Q(starts_at__lte=now)
    return Q(appointment__status__in=gone) | Q(appointment__session__status=SessionStatus.SUSPENDED) | has_begun
