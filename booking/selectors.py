"""Reads that cross tables."""

from datetime import date

from django.db.models import QuerySet

from accounts.models import User
from booking.models import LIVE_STATUSES, Appointment


def appointments_of(user: User) -> QuerySet[Appointment]:
    """The account's appointments with everything their representation needs, in one query."""
    return Appointment.objects.booked_by_account(user).select_related(
        "hospital", "department", "doctor", "patient", "slot", "session", "payment_order", "policy"
    )


def coming_appointments(user: User, *, today: date) -> QuerySet[Appointment]:
    """Live ones from today on, the next first."""
    return (
        appointments_of(user)
        .filter(status__in=LIVE_STATUSES, visit_date__gte=today)
        .order_by("visit_date", "slot__starts_at", "pk")
    )


def past_appointments(user: User, *, today: date) -> QuerySet[Appointment]:
    """All others, the latest first."""
    return appointments_of(user).exclude(status__in=LIVE_STATUSES, visit_date__gte=today).order_by("-visit_date", "-pk")
