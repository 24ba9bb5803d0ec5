"""Arriving: check-in at the hospital, and the end of the visit."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.errors import Refusal
from booking.locks import lock_appointment
from booking.models import TRANSITIONS, Appointment, AppointmentStatus, EventKind, Outcome, SuspensionChoice
from booking.rules.session import SessionSuspended
from booking.services.queue.joining import end_place, join_queue
from booking.services.queue.telling import keep_what_is_told
from booking.services.transitions import Actor, TransitionRefused, move_to
from hospitals.models import BookingPolicy, SessionStatus


class CheckInNotOpen(Refusal):
    """It is too early to check in."""


class CheckInOver(Refusal):
    """The session has ended."""


@transaction.atomic
def check_in(*, appointment_id: int, actor: Actor, now: datetime) -> Appointment:
    """Check a booked patient in, from some minutes before the window until the session's end, and give the place in the queue.
    Twice is fine.

    Raises SessionSuspended, CheckInNotOpen, CheckInOver, TransitionRefused.
    """
    appointment, session = lock_appointment(appointment_id)
    if appointment.status == AppointmentStatus.CHECKED_IN:
        return appointment
    ensure_check_in_open(appointment=appointment, now=now)
    move_to(
        appointment=appointment,
        status=AppointmentStatus.CHECKED_IN,
        kind=EventKind.CHECKED_IN,
        actor=actor,
        now=now,
        fields={"checked_in_at": now},
    )
    entry = join_queue(appointment=appointment, actor=actor, now=now)
    keep_what_is_told(entry=entry, session=session, now=now)
    return appointment


def ensure_check_in_open(*, appointment: Appointment, now: datetime) -> None:
    """Raise what speaks against checking in now: SessionSuspended, CheckInNotOpen, CheckInOver, TransitionRefused."""
    session = appointment.session
    if session.status == SessionStatus.SUSPENDED:
        raise SessionSuspended()
    status, wanted = AppointmentStatus(appointment.status), AppointmentStatus.CHECKED_IN
    refused = TransitionRefused(status=status.label, wanted=wanted.label)
    if status == AppointmentStatus.CANCELLED:
        # No time would be the right one.
        raise refused
    if now >= session.ends_at:
        raise CheckInOver()
    opens_at = check_in_opens_at(appointment)
    if now < opens_at:
        raise CheckInNotOpen(opens_at=f"{opens_at.astimezone(session.hospital.zone):%Y-%m-%d %H:%M}")
    if wanted not in TRANSITIONS[status]:
        raise refused


def check_in_opens_at(appointment: Appointment) -> datetime:
    """Some minutes (policy) before the window starts."""
    starts_at = appointment.slot.starts_at if appointment.slot else appointment.session.starts_at
    policy = appointment.policy or BookingPolicy()
    return starts_at - timedelta(minutes=policy.checkin_opens_minutes)


@transaction.atomic
def finish_visit(*, appointment_id: int, actor: Actor, now: datetime) -> Appointment:
    """Record that the patient was seen, and end the place in the queue. Twice is fine. Raises TransitionRefused."""
    appointment, session = lock_appointment(appointment_id)
    # Who came back with results was seen before: only the place ends once more.
    if appointment.status != AppointmentStatus.FULFILLED:
        move_to(
            appointment=appointment,
            status=AppointmentStatus.FULFILLED,
            kind=EventKind.FULFILLED,
            actor=actor,
            now=now,
            fields={"outcome": Outcome.FULFILLED, "closed_at": now},
        )
    end_place(appointment=appointment, actor=actor, now=now)
    if session.status == SessionStatus.SUSPENDED:
        # Seen before the doctor left: there is nothing to choose any more.
        SuspensionChoice.objects.filter(appointment=appointment, choice="").delete()
    return appointment
