"""Writing messages from what booking recorded.

Nothing is lost between a booking's commit and its message: the events are the record, and collecting them again adds nothing,
because each message is unique by what it is about, its kind and the time of its event.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from booking.models import (
    Appeal,
    AppealState,
    AppointmentEvent,
    AppointmentStatus,
    EventKind,
    StandingReview,
    WaitlistEnd,
    WaitlistEntry,
)
from booking.services.reviews import VERDICTS
from hospitals.models import Hospital
from notifications.models import MessageKind, OutboxMessage
from notifications.services.reminders import reminder_times

# Events older than this have been collected by an earlier run, or nobody waits for their message any more.
LOOK_BACK = timedelta(days=1)

_KINDS: dict[str, MessageKind] = {
    EventKind.BOOKED: MessageKind.BOOKED,
    EventKind.CONFIRMED: MessageKind.BOOKED,
    EventKind.CANCELLED: MessageKind.CANCELLED,
    EventKind.SUSPENDED: MessageKind.SUSPENDED,
    EventKind.CORRECTED: MessageKind.RESTORED,
    EventKind.OFFERED: MessageKind.OFFERED,
    EventKind.GRANTED: MessageKind.GRANTED,
    EventKind.CONFIRMATION_LAPSED: MessageKind.CONFIRMATION_LAPSED,
}
# Of the corrections, patients are told of a suspension that was taken back.
_IS_TOLD = ~Q(kind=EventKind.CORRECTED) | Q(detail__restored=True)
_TOLD_ENDS = (WaitlistEnd.CLEARED, WaitlistEnd.CANCELLED)
_DECIDED = (AppealState.UPHELD, AppealState.PARTLY_UPHELD, AppealState.REJECTED)


@transaction.atomic
def collect_messages(*, now: datetime) -> int:
    """Write the messages that recent events call for, and the reminders of each booking. Returns how many were new."""
    # By hospital: events are indexed by hospital and time.
    hospitals = list(Hospital.objects.values_list("pk", flat=True))
    messages = [
        *(message for event in _recent_events(hospitals, now) for message in _messages_for(event)),
        *(_of_waitlist(entry) for entry in _ended_entries(hospitals, now)),
        *(_of_appeal(appeal) for appeal in _decided_appeals(hospitals, now)),
        *(_of_review(review) for review in _answered_reviews(hospitals, now)),
    ]
    before = OutboxMessage.objects.count()
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True, batch_size=1000)
    return OutboxMessage.objects.count() - before


def _recent_events(hospitals: list[int], now: datetime) -> QuerySet[AppointmentEvent]:
    return (
        AppointmentEvent.objects.filter(
            _IS_TOLD,
            hospital__in=hospitals,
            at__gt=now - LOOK_BACK,
            at__lte=now,
            kind__in=list(_KINDS),
            appointment__booked_by__isnull=False,
        )
        .select_related(*(f"appointment__{name}" for name in ("slot", "session", "policy", "hospital")))
        .order_by("pk")
    )


def _messages_for(event: AppointmentEvent) -> list[OutboxMessage]:
    appointment, kind, deadline = event.appointment, _KINDS[event.kind], None
    user_id = appointment.booked_by_id
    assert user_id is not None, "events without an account are not collected"
    if kind in (MessageKind.OFFERED, MessageKind.GRANTED):
        if appointment.status != AppointmentStatus.PENDING:
            # Answered, or over, before anybody was told.
            return []
        deadline = appointment.hold_expires_at
    elif event.kind == EventKind.BOOKED and appointment.confirm_by is not None:
        # That it is booked is told once it is confirmed.
        kind, deadline = MessageKind.TO_CONFIRM, appointment.confirm_by

    def message(kind: MessageKind, due_at: datetime, deadline: datetime | None = None) -> OutboxMessage:
        return OutboxMessage(
            hospital_id=appointment.hospital_id,
            user_id=user_id,
            appointment=appointment,
            kind=kind,
            reason_at=event.at,
            due_at=due_at,
            deadline=deadline,
        )

    found = [message(kind, event.at, deadline)]
    if event.kind == EventKind.BOOKED:
        found += [message(MessageKind.REMINDER, moment) for moment in reminder_times(appointment, since=event.at)]
    return found


def _ended_entries(hospitals: list[int], now: datetime) -> QuerySet[WaitlistEntry]:
    return WaitlistEntry.objects.filter(
        hospital__in=hospitals, end__in=_TOLD_ENDS, ended_at__gt=now - LOOK_BACK, ended_at__lte=now
    ).order_by("pk")


def _of_waitlist(entry: WaitlistEntry) -> OutboxMessage:
    assert entry.ended_at is not None, "only ended ones are collected"
    return OutboxMessage(
        hospital_id=entry.hospital_id,
        user_id=entry.joined_by_id,
        waitlist_entry=entry,
        kind=MessageKind.WAITLIST_ENDED,
        reason_at=entry.ended_at,
        due_at=entry.ended_at,
    )


def _decided_appeals(hospitals: list[int], now: datetime) -> QuerySet[Appeal]:
    return Appeal.objects.filter(
        hospital__in=hospitals, state__in=_DECIDED, decided_at__gt=now - LOOK_BACK, decided_at__lte=now
    ).order_by("pk")


def _of_appeal(appeal: Appeal) -> OutboxMessage:
    assert appeal.decided_at is not None, "only decided ones are collected"
    return OutboxMessage(
        hospital_id=appeal.hospital_id,
        user_id=appeal.by_id,
        appeal=appeal,
        kind=MessageKind.APPEAL_DECIDED,
        reason_at=appeal.decided_at,
        due_at=appeal.decided_at,
    )


def _answered_reviews(hospitals: list[int], now: datetime) -> QuerySet[StandingReview]:
    return StandingReview.objects.filter(
        hospital__in=hospitals, state__in=VERDICTS, decided_at__gt=now - LOOK_BACK, decided_at__lte=now
    ).order_by("pk")


def _of_review(review: StandingReview) -> OutboxMessage:
    assert review.decided_at is not None, "only answered ones are collected"
    return OutboxMessage(
        hospital_id=review.hospital_id,
        user_id=review.by_id,
        review=review,
        kind=MessageKind.REVIEW_ANSWERED,
        reason_at=review.decided_at,
        due_at=review.decided_at,
    )
