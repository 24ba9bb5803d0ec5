"""Reads that cross tables."""

from datetime import date, timedelta

from django.db.models import QuerySet

from accounts.compiled import CompiledQuery
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
    found = _LIVE.all(
        patient_id=patient.pk,
        hospital_id=session.hospital_id,
        first=session.visit_date - reach,
        last=session.visit_date + reach,
    )
    return [LiveBooking(booking.session_id, booking.department_id, booking.visit_date) for booking in found]


_LIVE = CompiledQuery(
    lambda patient_id, hospital_id, first, last: (
        Appointment.objects.filter(
            patient_id=patient_id, hospital_id=hospital_id, visit_date__range=(first, last), status__in=LIVE_STATUSES
        )
        .only("session_id", "department_id", "visit_date")
        .order_by()
    ),
    patient_id=int,
    hospital_id=int,
    first=date,
    last=date,
)
