"""Counting the demand that was turned away."""

from datetime import datetime

from booking.models import Channel, RefusedAttempt
from hospitals.models import ClinicSession


def note_refusal(*, session: ClinicSession, patient_id: int, now: datetime) -> None:
    """Keep, once per patient and channel, that somebody wanted a seat of a full session."""
    on_the_day = session.local_date(now) >= session.visit_date
    RefusedAttempt.objects.bulk_create(
        [
            RefusedAttempt(
                session=session,
                patient_id=patient_id,
                channel=Channel.SAME_DAY if on_the_day else Channel.ADVANCE,
                at=now,
            )
        ],
        ignore_conflicts=True,
    )
