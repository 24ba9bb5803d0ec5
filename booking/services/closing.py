"""Closing the day: every appointment of a day that is over gets its outcome."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from booking.locks import granted_in_time, limit_lock_waits
from booking.models import (
    ActorKind,
    Appointment,
    AppointmentEvent,
    AppointmentStatus,
    CancelledBy,
    Choice,
    EventKind,
    Outcome,
    QueueEntry,
    QueueState,
    SuspensionChoice,
)
from booking.services.cancellation import PRESENT_STATUSES, cancel_appointment
from booking.services.queue.places import PRESENT_STATES
from booking.services.transitions import SYSTEM
from hospitals.models import ClinicSession, Hospital, SessionStatus

# What a suspended session leaves behind, whoever has come.
TO_WITHDRAW = (AppointmentStatus.BOOKED, *PRESENT_STATUSES)


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """What closing came to: appointments fulfilled, missed and withdrawn (their session was suspended), sessions closed."""

    fulfilled: int
    missed: int
    withdrawn: int
    sessions: int


def close_days_before(*, hospital: Hospital, day: date, now: datetime) -> ClosedDay:
    """Close all sessions of `hospital` whose visit date is before `day`. Running it again closes what is left: nothing.

    Who checked in was seen (fulfilled); who is still booked did not come (missed), but for suspended sessions: whom staff did not
    finish there was not seen, so all that is left of them is withdrawn in the hospital's name and paid back. Cancellations got
    their outcome when they were made; holds that ran out are the sweep's, which knows whether they were paid, so their sessions
    wait for it. Raises TooBusy.
    """
    past = ClinicSession.objects.filter(hospital=hospital, visit_date__lt=day).exclude(status=SessionStatus.CLOSED)
    withdrawn = _withdraw_suspended(past, now)
    fulfilled, missed, sessions = _close_sessions(past, now)
    return ClosedDay(fulfilled=fulfilled, missed=missed, withdrawn=withdrawn, sessions=sessions)


def _withdraw_suspended(past: QuerySet[ClinicSession], now: datetime) -> int:
    suspended = past.filter(status=SessionStatus.SUSPENDED)
    left = Appointment.objects.filter(session__in=suspended, status__in=TO_WITHDRAW).order_by("pk")
    ids = list(left.values_list("pk", flat=True))
    for appointment_id in ids:
        cancel_appointment(appointment_id=appointment_id, by=CancelledBy.HOSPITAL, actor=SYSTEM, reason="停诊", now=now)
    return len(ids)


@transaction.atomic
def _close_sessions(past: QuerySet[ClinicSession], now: datetime) -> tuple[int, int, int]:
    """Returns how many appointments were fulfilled, how many missed, and how many sessions were closed."""
    limit_lock_waits()
    appointments = Appointment.objects.filter(session=OuterRef("pk"))
    is_waiting = Exists(appointments.filter(status=AppointmentStatus.PENDING))
    # Suspended since its bookings were looked for: the next run withdraws them.
    is_to_withdraw = Q(status=SessionStatus.SUSPENDED) & Exists(appointments.filter(status__in=TO_WITHDRAW))
    to_close = past.select_for_update(of=("self",), no_key=True).exclude(is_waiting).exclude(is_to_withdraw).order_by("pk")
    with granted_in_time():
        sessions = list(to_close.values_list("pk", flat=True))
    fulfilled = _close(sessions, PRESENT_STATUSES, AppointmentStatus.FULFILLED, Outcome.FULFILLED, now)
    missed = _close(sessions, (AppointmentStatus.BOOKED,), AppointmentStatus.NOSHOW, Outcome.MISSED, now)
    QueueEntry.objects.filter(session_id__in=sessions, state__in=PRESENT_STATES).update(state=QueueState.LEFT, finished_at=now)
    ClinicSession.objects.filter(pk__in=sessions).update(status=SessionStatus.CLOSED)
    return fulfilled, missed, len(sessions)


def _close(
    session_ids: list[int],
    from_statuses: tuple[AppointmentStatus, ...],
    status: AppointmentStatus,
    outcome: Outcome,
    now: datetime,
) -> int:
    """Move appointments and append their events in one statement, however many there are.

    Who was given a substitute (替诊) by default never agreed to that visit: not coming counts for nothing.
    """
    appointments, events = Appointment._meta.db_table, AppointmentEvent._meta.db_table
    choices = SuspensionChoice._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH before AS (
                SELECT id, status FROM {appointments} WHERE session_id = ANY(%(sessions)s) AND status = ANY(%(from)s)
                ORDER BY id FOR NO KEY UPDATE
            ), closed AS (
                UPDATE {appointments} AS a SET status = %(status)s, closed_at = %(now)s, outcome = CASE
                    WHEN %(outcome)s = %(missed)s AND EXISTS (
                        SELECT FROM {choices} AS c
                        WHERE c.moved_to_id = a.id AND c.choice = %(substitute)s AND c.chosen_by_id IS NULL
                    ) THEN %(void)s ELSE %(outcome)s END
                FROM before WHERE a.id = before.id
                RETURNING a.id, a.hospital_id, a.outcome, before.status AS from_status
            )
            INSERT INTO {events} (appointment_id, hospital_id, kind, at, actor_kind, from_status, to_status, detail)
            SELECT id, hospital_id, %(kind)s, %(now)s, %(actor)s, from_status, %(status)s,
                   jsonb_build_object('outcome', outcome)
            FROM closed
            """,
            {
                "sessions": session_ids,
                "from": [str(value) for value in from_statuses],
                "status": str(status),
                "outcome": str(outcome),
                "missed": str(Outcome.MISSED),
                "void": str(Outcome.VOID),
                "substitute": str(Choice.SUBSTITUTE),
                "kind": str(EventKind.CLOSED),
                "actor": str(ActorKind.SYSTEM),
                "now": now,
            },
        )
        return int(cursor.rowcount)
