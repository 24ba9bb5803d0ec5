"""The outbox: messages written from booking's events, sent when due.

Nothing is lost between a booking's commit and its message: the events are the record, and collecting them again adds nothing,
because each message is unique by appointment, kind and the time of its event.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from booking.models import AppointmentEvent, AppointmentStatus, EventKind
from hospitals.models import SessionStatus
from notifications.models import MessageKind, MessageState, OutboxMessage

# Events older than this have been collected by an earlier run, or nobody waits for their message any more.
LOOK_BACK = timedelta(days=1)
# A reminder the evening before would reach people who booked for the same day too late; then none is sent.
REMINDER_AHEAD = timedelta(hours=24)

_KINDS: dict[str, MessageKind] = {
    EventKind.BOOKED: MessageKind.BOOKED,
    EventKind.CANCELLED: MessageKind.CANCELLED,
    EventKind.SUSPENDED: MessageKind.SUSPENDED,
    EventKind.CORRECTED: MessageKind.RESTORED,
}
# Of the corrections, patients are told of a suspension that was taken back.
_IS_TOLD = ~Q(kind=EventKind.CORRECTED) | Q(detail__restored=True)


@transaction.atomic
def collect_messages(*, now: datetime) -> int:
    """Write the messages that recent events call for, and a reminder per booking. Returns how many were new."""
    messages = [message for event in _recent_events(now) for message in _messages_for(event)]
    before = OutboxMessage.objects.count()
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True, batch_size=1000)
    return OutboxMessage.objects.count() - before


def _recent_events(now: datetime) -> QuerySet[AppointmentEvent]:
    return (
        AppointmentEvent.objects.filter(
            _IS_TOLD, at__gt=now - LOOK_BACK, at__lte=now, kind__in=list(_KINDS), appointment__booked_by__isnull=False
        )
        .select_related("appointment__slot")
        .order_by("pk")
    )


def _messages_for(event: AppointmentEvent) -> list[OutboxMessage]:
    appointment = event.appointment
    kind = _KINDS[event.kind]
    user_id = appointment.booked_by_id
    assert user_id is not None, "events without an account are not collected"

    def message(kind: MessageKind, due_at: datetime) -> OutboxMessage:
        return OutboxMessage(user_id=user_id, appointment=appointment, kind=kind, reason_at=event.at, due_at=due_at)

    found = [message(kind, event.at)]
    if kind == MessageKind.BOOKED and appointment.slot is not None:
        remind_at = appointment.slot.starts_at - REMINDER_AHEAD
        found += [message(MessageKind.REMINDER, remind_at)] if remind_at > event.at else []
    return found


def due_messages(*, now: datetime) -> list[int]:
    """Ids of messages to be sent now, the oldest first."""
    due = OutboxMessage.objects.filter(state=MessageState.PENDING, due_at__lte=now)
    return list(due.order_by("due_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def drop_outdated_reminders(*, now: datetime) -> int:
    """Reminders of visits that were cancelled or suspended meanwhile are not sent. Returns how many."""
    is_gone = Q(appointment__status__in=[AppointmentStatus.CANCELLED, AppointmentStatus.ENTERED_IN_ERROR])
    is_suspended = Q(appointment__session__status=SessionStatus.SUSPENDED)
    due = OutboxMessage.objects.filter(state=MessageState.PENDING, kind=MessageKind.REMINDER, due_at__lte=now)
    return due.filter(is_gone | is_suspended).update(state=MessageState.DROPPED)
