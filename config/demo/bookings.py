"""Past bookings of a new hospital, written a table at a time: they are what takes longest to write of the demo world."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper

from accounts.ages import age_on
from accounts.models import Patient
from booking.imports.set_based import copy_rows, insert_select
from booking.models import (
    ActorKind,
    Appointment,
    AppointmentEvent,
    AppointmentStatus,
    CancelledBy,
    Channel,
    EventKind,
    Outcome,
)
from booking.models.appointments import new_appointment_code
from hospitals.models import ClinicSession, Hospital

_STATUS = {
    Outcome.FULFILLED: AppointmentStatus.FULFILLED,
    Outcome.MISSED: AppointmentStatus.NOSHOW,
    Outcome.CANCELLED: AppointmentStatus.CANCELLED,
    Outcome.UNATTENDED: AppointmentStatus.CANCELLED,
}
_TABLE = "demo_booking"
_CREATE = f"""
CREATE TEMPORARY TABLE {_TABLE} (
    place integer, code text, session_id bigint, patient_id bigint, age integer, channel text, number integer,
    status text, outcome text, booked_at timestamptz, withdrawn_at timestamptz
)
"""
_COLUMNS = (
    *("place", "code", "session_id", "patient_id", "age", "channel", "number"),
    *("status", "outcome", "booked_at", "withdrawn_at"),
)


@dataclass(frozen=True, slots=True)
class PastBooking:
    """A number of a session that was held. `withdrawn_at` where the patient said so, in time or not."""

    session: ClinicSession
    patient: Patient
    channel: Channel
    number: int
    outcome: Outcome
    booked_at: datetime
    withdrawn_at: datetime | None


def write_bookings(*, hospital: Hospital, bookings: Iterable[PastBooking]) -> None:
    """Write all bookings of a hospital that has none yet, and that each was closed. The sessions are saved."""
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
        copy_rows(cursor, _TABLE, _COLUMNS, (_row(place, booking) for place, booking in enumerate(bookings)))
        _write_appointments(cursor)
        _write_closings(cursor, hospital)
        cursor.execute(f"DROP TABLE {_TABLE}")


def _row(place: int, booking: PastBooking) -> tuple[object, ...]:
    session, patient = booking.session, booking.patient
    return (
        place,
        new_appointment_code(),
        session.pk,
        patient.pk,
        age_on(patient.birth_date, session.visit_date) if patient.birth_date else None,
        booking.channel,
        booking.number,
        _STATUS[booking.outcome],
        booking.outcome,
        booking.booked_at,
        booking.withdrawn_at,
    )


def _write_appointments(cursor: CursorWrapper) -> None:
    of_past = ("code", "channel", "number", "status", "outcome", "booked_at")
    of_session = ("hospital", "department", "doctor")
    insert_select(
        cursor,
        Appointment,
        {
            **{name: f"past.{name}" for name in of_past},
            **{name: f"session.{name}_id" for name in of_session},
            "session": "session.id",
            "patient": "past.patient_id",
            "visit_date": "session.visit_date",
            "fee_fen": "session.fee_fen",
            "created_at": "past.booked_at",
            "cancelled_at": "past.withdrawn_at",
            "cancelled_by": "CASE WHEN past.withdrawn_at IS NULL THEN '' ELSE %(by_patient)s END",
            "checked_in_at": "CASE WHEN past.outcome = %(fulfilled)s THEN session.starts_at END",
            "closed_at": "session.ends_at",
            "age_at_visit": "past.age",
        },
        f"""FROM {_TABLE} AS past
        JOIN {ClinicSession._meta.db_table} AS session ON session.id = past.session_id ORDER BY past.place""",
        {"by_patient": CancelledBy.PATIENT.value, "fulfilled": Outcome.FULFILLED.value},
    )


def _write_closings(cursor: CursorWrapper, hospital: Hospital) -> None:
    insert_select(
        cursor,
        AppointmentEvent,
        {
            "appointment": "id",
            "hospital": "hospital_id",
            "kind": "%(kind)s",
            "at": "closed_at",
            "actor_kind": "%(system)s",
            "from_status": "%(booked)s",
            "to_status": "status",
            "detail": "jsonb_build_object('outcome', outcome, 'demo', true)",
        },
        f"FROM {Appointment._meta.db_table} WHERE hospital_id = %(hospital)s ORDER BY id",
        {
            "hospital": hospital.pk,
            "kind": EventKind.CLOSED.value,
            "system": ActorKind.SYSTEM.value,
            "booked": AppointmentStatus.BOOKED.value,
        },
    )
