"""Reads that cross tables."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import BigIntegerField, Count, Q, QuerySet, Value

from accounts.compiled import CompiledQuery
from accounts.models import Patient, User
from booking.models import LIVE_STATUSES, SEATED_STATUSES, Appointment, AppointmentStatus, CancelledBy, Outcome, Tier
from booking.rules import HotSeats, LiveBooking
from hospitals.models import BookingPolicy, ClinicSession


def appointments_of(user: User) -> QuerySet[Appointment]:
    """The account's appointments with everything their representation needs, in one query."""
    return Appointment.objects.booked_by_account(user).select_related(
        "hospital",
        "department",
        "doctor",
        "patient",
        "slot",
        "session",
        "payment_order",
        "policy",
        "rescheduled_from",
        "rescheduled_to",
    )


def appointments_in_detail(user: User) -> QuerySet[Appointment]:
    """The same with what is told of one alone: the suspension of its session."""
    return appointments_of(user).select_related("suspension_choice__suspension__substitute_session__doctor")


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


@dataclass(frozen=True, slots=True)
class CountedBookings:
    """What the caps look at: live bookings, and how many were cancelled early since a moment."""

    live: list[LiveBooking]
    early_cancellations: int


def counted_bookings(
    *, patient: Patient, session: ClinicSession, reach: timedelta, cancelled_since: datetime, leaving_id: int | None = None
) -> CountedBookings:
    """The patient's bookings at the session's hospital, the live ones at most `reach` from its date; in one query.

    `leaving_id` is the appointment that the new one takes the place of: it counts no more.
    """
    found = _COUNTED.all(
        patient_id=patient.pk,
        hospital_id=session.hospital_id,
        first=session.visit_date - reach,
        last=session.visit_date + reach,
        cancelled_since=cancelled_since,
    )
    live = [row for row in found if row.status in LIVE_STATUSES and row.pk != leaving_id]
    return CountedBookings(
        live=[LiveBooking(row.session_id, row.department_id, row.visit_date) for row in live],
        early_cancellations=sum(row.status == AppointmentStatus.CANCELLED for row in found),
    )


def is_early_cancellation(since: datetime) -> Q:
    """Late ones count as unattended, and moves and what the hospital withdraws as nothing."""
    return Q(
        status=AppointmentStatus.CANCELLED,
        outcome=Outcome.CANCELLED,
        cancelled_by=CancelledBy.PATIENT,
        cancelled_at__gte=since,
    )


def _counted(patient_id: int, hospital_id: int, first: date, last: date, cancelled_since: datetime) -> QuerySet[Appointment]:
    is_live = Q(visit_date__range=(first, last), status__in=LIVE_STATUSES)
    is_counted = is_live | is_early_cancellation(cancelled_since)
    of_patient = Appointment.objects.filter(is_counted, patient_id=patient_id, hospital_id=hospital_id)
    return of_patient.only("session_id", "department_id", "visit_date", "status").order_by()


_COUNTED = CompiledQuery(_counted, patient_id=int, hospital_id=int, first=date, last=date, cancelled_since=datetime)


def hot_seats(*, session: ClinicSession, policy: BookingPolicy) -> HotSeats:
    """Who sits in a hot session, as far as its shares look at it; in one query.

    A seat is its share's from the booking to the visit, held and paid ones alike. Read it under the session's lock.
    """
    row = _HOT_SEATS.get(session_id=session.pk, reserve_age=policy.hot_reserve_age)
    return HotSeats(of_tier_a=row.of_tier_a, of_tier_b=row.of_tier_b, of_reserve=row.of_reserve)  # type: ignore[attr-defined]


def _hot_seats(session_id: int, reserve_age: int) -> QuerySet[ClinicSession]:
    seated = Q(appointments__status__in=SEATED_STATUSES)
    # As a value of its own: of a small integer, the stand-in that the query is composed with would be out of range.
    age = Value(reserve_age, output_field=BigIntegerField())
    is_of_reserve = Q(appointments__tier=Tier.UNRATED) | Q(appointments__age_at_visit__gte=age)
    return (
        ClinicSession.objects.filter(pk=session_id)
        .only("pk")
        .annotate(
            of_tier_a=Count("appointments", filter=seated & Q(appointments__tier=Tier.A)),
            of_tier_b=Count("appointments", filter=seated & Q(appointments__tier=Tier.B)),
            of_reserve=Count("appointments", filter=seated & is_of_reserve),
        )
        .order_by()
    )


_HOT_SEATS = CompiledQuery(_hot_seats, session_id=int, reserve_age=int)
