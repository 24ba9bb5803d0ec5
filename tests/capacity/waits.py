"""Past waits: places in a queue as the desk leaves them, in bulk."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from booking.models import Appointment, AppointmentStatus, Channel, Outcome, QueueEntry, QueueState
from hospitals.models import ClinicSession
from tests.factories.booking import make_account

TOLD_MEAN, TOLD_DEVIATION, TOLD_LOW, TOLD_HIGH = 20.0, 5.0, 13, 27


def waited(
    session: ClinicSession, *, now: datetime, took: Sequence[float] = (), came: Sequence[float | None] = ()
) -> list[QueueEntry]:
    """Patients who were told 13 to 27 minutes six hours before `now`, were called after `came` and seen for `took` minutes.

    The shorter of the two is filled up: a wait of 20 minutes, a consultation of 5.
    """
    told_at, entries = now - timedelta(hours=6), []
    for place, appointment in enumerate(seen_patients(session, now, max(len(took), len(came)))):
        wait = came[place] if place < len(came) else TOLD_MEAN
        minutes = took[place] if place < len(took) else 5.0
        called_at = told_at + timedelta(minutes=wait if wait is not None else 0)
        entries.append(
            QueueEntry(
                appointment=appointment,
                session=session,
                hospital_id=session.hospital_id,
                state=QueueState.FINISHED,
                due_at=told_at,
                arrived_at=told_at,
                called_at=called_at,
                first_called_at=called_at,
                finished_at=called_at + timedelta(minutes=minutes),
                told_at=told_at,
                told_ahead=2,
                told_low_minutes=TOLD_LOW,
                told_high_minutes=TOLD_HIGH,
                told_mean_minutes=TOLD_MEAN,
                told_deviation_minutes=TOLD_DEVIATION,
            )
        )
    return QueueEntry.objects.bulk_create(entries)


def seen_patients(session: ClinicSession, now: datetime, count: int) -> list[Appointment]:
    """Closed appointments of patients who came."""
    account = make_account()
    return Appointment.objects.bulk_create(
        Appointment(
            hospital_id=session.hospital_id,
            session=session,
            patient=account.patient,
            booked_by=account.user,
            department_id=session.department_id,
            doctor_id=session.doctor_id,
            visit_date=session.visit_date,
            channel=Channel.ADVANCE,
            status=AppointmentStatus.FULFILLED,
            outcome=Outcome.FULFILLED,
            fee_fen=0,
            created_at=now - timedelta(days=7),
            checked_in_at=now - timedelta(hours=6),
            closed_at=now,
        )
        for _ in range(count)
    )
