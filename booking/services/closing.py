"""Closing the day: every appointment of a day that is over gets its outcome."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from booking.locks import limit_lock_waits
from booking.models import ActorKind, Appointment, AppointmentEvent, AppointmentStatus, EventKind, Outcome
from hospitals.models import ClinicSession, Hospital, SessionStatus


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """What closing came to, in appointments and sessions."""

    fulfilled: int
    missed: int
    sessions: int


@transaction.atomic
def close_days_before(*, hospital: Hospital, day: date, now: datetime) -> ClosedDay:
    """Close all sessions of `hospital` whose visit date is before `day`. Running it again closes what is left: nothing.

    Who checked in was seen (fulfilled); who is still booked did not come (missed). Cancellations got their outcome when they
    were made; holds that ran out are the sweep's, which knows whether they were paid, so their sessions wait for it.
    """
    limit_lock_waits()
    sessions = list(
        ClinicSession.objects.select_for_update(of=("self",), no_key=True)
        .filter(hospital=hospital, visit_date__lt=day)
        .exclude(status=SessionStatus.CLOSED)
        .exclude(appointments__status=AppointmentStatus.PENDING)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if not sessions:
        return ClosedDay(0, 0, 0)
    came = (AppointmentStatus.ARRIVED, AppointmentStatus.CHECKED_IN)
    fulfilled = _close(sessions, came, AppointmentStatus.FULFILLED, Outcome.FULFILLED, now)
    missed = _close(sessions, (AppointmentStatus.BOOKED,), AppointmentStatus.NOSHOW, Outcome.MISSED, now)
    ClinicSession.objects.filter(pk__in=sessions).update(status=SessionStatus.CLOSED)
    return ClosedDay(fulfilled=fulfilled, missed=missed, sessions=len(sessions))


def _close(
    session_ids: list[int],
    from_statuses: tuple[AppointmentStatus, ...],
    status: AppointmentStatus,
    outcome: Outcome,
    now: datetime,
) -> int:
    """Move appointments and append their events in one statement, however many there are."""
    appointments, events = Appointment._meta.db_table, AppointmentEvent._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH before AS (
                SELECT id, status FROM {appointments} WHERE session_id = ANY(%(sessions)s) AND status = ANY(%(from)s)
                ORDER BY id FOR NO KEY UPDATE
            ), closed AS (
                UPDATE {appointments} AS a SET status = %(status)s, outcome = %(outcome)s, closed_at = %(now)s
                FROM before WHERE a.id = before.id
                RETURNING a.id, a.hospital_id, before.status AS from_status
            )
            INSERT INTO {events} (appointment_id, hospital_id, kind, at, actor_kind, from_status, to_status, detail)
            SELECT id, hospital_id, %(kind)s, %(now)s, %(actor)s, from_status, %(status)s,
                   jsonb_build_object('outcome', %(outcome)s::text)
            FROM closed
            """,
            {
                "sessions": session_ids,
                "from": [str(value) for value in from_statuses],
                "status": str(status),
                "outcome": str(outcome),
                "kind": str(EventKind.CLOSED),
                "actor": str(ActorKind.SYSTEM),
                "now": now,
            },
        )
        return int(cursor.rowcount)
