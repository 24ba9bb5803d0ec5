"""Appointments that were missed, and pictures to prove why."""

import io
from datetime import date, datetime, timedelta
from typing import Any

from PIL import Image

from booking.models import Appointment, CancelledBy
from booking.services.cancellation import cancel_appointment
from booking.services.closing import close_days_before
from booking.services.transitions import patient_actor
from hospitals.models import Hospital
from tests.booking.clock import NOW, VISIT, at
from tests.factories.booking import Account, make_account, make_appointment, make_clinic

CLOSED_AT = at("00:30", days=1)
# The night's scoring, after the day was closed.
NIGHT = at("02:00", days=1)


def missed(*, account: Account | None = None, hospital: Hospital | None = None, days_ago: int = 0, **clinic: Any) -> Appointment:
    """A visit so many days before VISIT that was booked and not attended; its day is closed at half past midnight."""
    day = VISIT - timedelta(days=days_ago)
    session = make_clinic(visit_date=day, hospital=hospital, **clinic)
    appointment = make_appointment(now=NOW - timedelta(days=days_ago), account=account, session=session)
    close(session.hospital, day)
    appointment.refresh_from_db()
    return appointment


def close(hospital: Hospital, day: date) -> None:
    """Close the days up to and with this one, half an hour later."""
    after = day + timedelta(days=1)
    close_days_before(hospital=hospital, day=after, now=CLOSED_AT + (day - VISIT))


def missed_often(hospital: Hospital, *days_ago: int) -> tuple[Account, list[Appointment]]:
    """One patient who missed on each of the days, the longest ago first."""
    account = make_account()
    return account, [missed(account=account, hospital=hospital, days_ago=days) for days in days_ago]


def withdrawn(*, late: bool, now: datetime = NOW, **clinic: Any) -> Appointment:
    """A visit on VISIT that the patient called off before the deadline, or the same morning."""
    appointment = make_appointment(now=now, session=make_clinic(visit_date=VISIT, **clinic))
    assert appointment.booked_by is not None
    cancel_appointment(
        appointment_id=appointment.pk,
        by=CancelledBy.PATIENT,
        actor=patient_actor(appointment.booked_by),
        now=at("07:00") if late else now,
    )
    appointment.refresh_from_db()
    return appointment


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (64, 48), colour: str = "navy", **options: Any) -> bytes:
    """A file of that kind as Pillow writes it, in one colour."""
    return encoded(Image.new("RGB", size, colour), kind, **options)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
