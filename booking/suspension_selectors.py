"""What staff see before they suspend: the sessions of a span, how many patients each has, and who could stand in."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from booking.models import AppointmentStatus
from booking.services.substitutes import why_unfit
from hospitals.models import ClinicSession, Department, Doctor, SessionStatus


@dataclass(frozen=True, slots=True)
class SessionToSuspend:
    """`substitutes` are fit as of now; a seat in one is taken only when a patient accepts."""

    session: ClinicSession
    booked: int
    pending: int
    substitutes: list[ClinicSession]


def sessions_to_suspend(
    *, department: Department, doctor: Doctor | None, first_day: date, last_day: date, now: datetime
) -> list[SessionToSuspend]:
    """Active sessions of those days that are not over: of a doctor, or all of the department. One query."""
    sessions = list(
        ClinicSession.objects.filter(
            department=department,
            visit_date__range=(first_day, last_day),
            status=SessionStatus.ACTIVE,
            ends_at__gt=now,
        )
        .select_related("hospital", "department", "doctor")
        .annotate(
            booked=Count("appointments", filter=Q(appointments__status=AppointmentStatus.BOOKED)),
            pending=Count("appointments", filter=Q(appointments__status=AppointmentStatus.PENDING)),
        )
        .order_by("visit_date", "starts_at", "pk")
    )
    wanted = [session for session in sessions if doctor is None or session.doctor_id == doctor.pk]
    return [
        SessionToSuspend(
            session=session,
            booked=session.booked,
            pending=session.pending,
            substitutes=[other for other in sessions if not why_unfit(session=session, substitute=other, now=now)],
        )
        for session in wanted
    ]
