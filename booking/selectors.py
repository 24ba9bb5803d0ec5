"""Reads that cross tables."""

from datetime import date, timedelta

from django.db.models import QuerySet

from accounts.models import Patient, User
from booking.models import LIVE_STATUSES, Appointment
from booking.rules import LiveBooking
from booking.rules.caps import QUARTER_DAYS
from hospitals.models import ClinicSession


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


def live_bookings_near(*, patient: Patient, session: ClinicSession) -> list[LiveBooking]:
    """The patient's live bookings at the session's hospital, as far from its date as any cap looks."""
    reach = timedelta(days=QUARTER_DAYS)
    rows = Appointment.objects.filter(
        patient=patient,
        hospital_id=session.hospital_id,
        visit_date__range=(session.visit_date - reach, session.visit_date + reach),
        status__in=LIVE_STATUSES,
    ).values_list("session_id", "department_id", "visit_date")
    return [LiveBooking(*row) for row in rows]
