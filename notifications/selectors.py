"""Reads that cross tables."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from notifications.models import MessageState, OutboxMessage

_OF_VISITS = ("patient", "hospital", "department", "doctor", "slot", "session")
# Everything that the words of a message are made of.
TOLD_OF = (
    "hospital",
    *(f"appointment__{name}" for name in _OF_VISITS),
    *(f"waitlist_entry__{name}" for name in ("patient", "hospital", "session__department", "session__doctor")),
    *(f"appeal__{name}" for name in ("patient", "hospital")),
    *(f"appeal__appointment__{name}" for name in _OF_VISITS),
    *(f"review__{name}" for name in ("patient", "hospital")),
)


def messages_in_full() -> QuerySet[OutboxMessage]:
    """With everything that their words are made of, in one query."""
    return OutboxMessage.objects.select_related(*TOLD_OF)


def inbox(user: User, *, now: datetime) -> QuerySet[OutboxMessage]:
    """What the account was to be told until now, the newest first: also what WeChat did not take."""
    told = messages_in_full().filter(user=user, due_at__lte=now).exclude(state=MessageState.DROPPED)
    return told.order_by("-due_at", "-pk")


def unread(user: User, *, now: datetime) -> QuerySet[OutboxMessage]:
    """Those of the inbox that were not read, without what their words are made of."""
    told = OutboxMessage.objects.filter(user=user, due_at__lte=now, read_at__isnull=True)
    return told.exclude(state=MessageState.DROPPED)
