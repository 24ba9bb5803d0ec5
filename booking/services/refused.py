"""Counting the demand that was turned away."""

from datetime import datetime

from django.db import connection

from booking.models import Channel, IdempotencyRecord, RefusedAttempt
from booking.services.idempotency import RequestKey
from hospitals.models import ClinicSession


def note_refusal(*, session: ClinicSession, patient_id: int, request: RequestKey | None, now: datetime) -> None:
    """Keep, once per patient and channel, that somebody wanted a seat of a full session.

    A request that was answered before wants nothing new: its booking may have been cancelled since.
    """
    on_the_day = session.local_date(now) >= session.visit_date
    channel = Channel.SAME_DAY if on_the_day else Channel.ADVANCE
    user_id, key = (request.user.pk, request.key) if request else (None, None)
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [session.pk, patient_id, str(channel), now, user_id, key])


_NOTE = f"""
INSERT INTO {RefusedAttempt._meta.db_table} (session_id, patient_id, channel, at)
SELECT %s, %s, %s, %s
WHERE NOT EXISTS (SELECT FROM {IdempotencyRecord._meta.db_table} WHERE user_id = %s AND key = %s)
ON CONFLICT (session_id, patient_id, channel) DO NOTHING
"""
