"""One reminder more for visits that will probably be missed: by the probability on the booking and the policy it was made under.

The probability comes after the booking, and may change every night. So these reminders are written by themselves, a few days
before the visit, and at most one a booking: the one whose reason is later than the booking itself.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from booking.models import Appointment, AppointmentStatus
from hospitals.models import Hospital
from notifications.models import MessageKind, OutboxMessage
from notifications.services.reminders import AHEAD, extra_reminder_time

# The earliest reminder is three days ahead, or on the evening before that; a day for hospitals west of us.
REACH = max(AHEAD) + timedelta(days=2)


@transaction.atomic
def collect_extra_reminders(*, now: datetime) -> int:
    """Write the extra reminder of each coming visit that is likely to be missed and has none yet. Returns how many."""
    # By hospital: open bookings are indexed by hospital and visit date.
    hospitals = list(Hospital.objects.values_list("pk", flat=True))
    messages = []
    for appointment in _likely_missed(hospitals, now).iterator(chunk_size=1000):
        moment = extra_reminder_time(appointment, since=now)
        if moment is not None:
            messages.append(_reminder(appointment, due_at=moment, now=now))
    # Another worker may be at it.
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True, batch_size=1000)
    return len(messages)


def _likely_missed(hospitals: list[int], now: datetime) -> QuerySet[Appointment]:
    of_this = OutboxMessage.objects.filter(appointment=OuterRef("pk"), kind=MessageKind.REMINDER)
    has_extra = Exists(of_this.filter(reason_at__gt=OuterRef("booked_at")))
    day = now.date()
    return (
        Appointment.objects.filter(
            ~has_extra,
            hospital__in=hospitals,
            outcome="",
            visit_date__range=(day - timedelta(days=1), day + REACH),
            status=AppointmentStatus.BOOKED,
            booked_by__isnull=False,
            booked_at__lt=now,
            policy__extra_reminder_risk_percent__gt=0,
            miss_probability__gte=F("policy__extra_reminder_risk_percent") / 100.0,
        )
        .select_related("slot", "session", "policy", "hospital")
        .order_by("pk")
    )


def _reminder(appointment: Appointment, *, due_at: datetime, now: datetime) -> OutboxMessage:
    assert appointment.booked_by_id is not None, "without an account there is nobody to remind"
    return OutboxMessage(
        hospital_id=appointment.hospital_id,
        user_id=appointment.booked_by_id,
        appointment=appointment,
        kind=MessageKind.REMINDER,
        reason_at=now,
        due_at=due_at,
    )
