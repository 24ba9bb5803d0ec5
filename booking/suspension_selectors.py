"""What staff see before they suspend: the sessions of a span, how many patients each has, and who could stand in; and after it:
where a patient may go instead.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from booking.models import Appointment, AppointmentStatus
from booking.services.cancellation import PRESENT_STATUSES
from booking.services.substitutes import why_unfit
from hospitals.availability import slot_seats_left
from hospitals.models import ClinicSession, Department, Doctor, SessionStatus, Slot
from hospitals.selectors.schedule import department_days, sessions_between, with_openings
from hospitals.services.windows import capacities_now

# How far ahead another date is looked for.
DAYS_AHEAD = 14


@dataclass(frozen=True, slots=True)
class SessionToSuspend:
    """`substitutes` are fit as of now; a seat in one is taken only when a patient accepts."""

    session: ClinicSession
    booked: int
    pending: int
    present: int
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
            present=Count("appointments", filter=Q(appointments__status__in=PRESENT_STATUSES)),
        )
        .order_by("visit_date", "starts_at", "pk")
    )
    wanted = [session for session in sessions if doctor is None or session.doctor_id == doctor.pk]
    return [
        SessionToSuspend(
            session=session,
            booked=session.booked,
            pending=session.pending,
            present=session.present,
            substitutes=[other for other in sessions if not why_unfit(session=session, substitute=other, now=now)],
        )
        for session in wanted
    ]


@dataclass(frozen=True, slots=True)
class WindowToMoveTo:
    session: ClinicSession
    slot: Slot
    seats_left: int


def days_to_move_to(appointment: Appointment, *, now: datetime) -> list[date]:
    """The next days on which the department has seats, whatever they cost. Two queries."""
    today = appointment.session.local_date(now)
    days = department_days(appointment.session.department, first=today, now=now, days=DAYS_AHEAD)
    return [day.visit_date for day in days if day.seats_left > 0]


def windows_to_move_to(appointment: Appointment, *, day: date, now: datetime) -> list[WindowToMoveTo]:
    """The department's windows of a day that have a seat and cost no more than was paid, in their order. Three queries."""
    sessions = sessions_between(first=day, last=day, now=now, department_id=appointment.department_id)
    offered = with_openings(sessions.filter(fee_fen__lte=appointment.fee_fen), now=now)
    of_session: dict[int, list[Slot]] = defaultdict(list)
    for slot in Slot.objects.filter(session__in=[each.session.pk for each in offered]).order_by("starts_at", "pk"):
        of_session[slot.session_id].append(slot)
    found = []
    for each in offered:
        capacity = capacities_now(of_session[each.session.pk], now)
        for slot in of_session[each.session.pk]:
            left = slot_seats_left(slot, capacity[slot.pk], each.session, each.opening, now)
            if left > 0:
                found.append(WindowToMoveTo(each.session, slot, left))
    return found
