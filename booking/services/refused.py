"""Counting the demand that was turned away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from booking.models import Channel, RefusedAttempt
from booking.services.idempotency import ANSWER_ONCE, INSERT_ANSWER, RequestKey, answer_given_before, answer_values
from hospitals.models import ClinicSession


@dataclass(frozen=True, slots=True)
class UnmetDemand:
    """That a patient wanted a seat of a full session."""

    session_id: int
    patient_id: int
    channel: str


def unmet_demand(*, session: ClinicSession, patient_id: int, now: datetime) -> UnmetDemand:
    on_the_day = session.local_date(now) >= session.visit_date
    return UnmetDemand(session.pk, patient_id, Channel.SAME_DAY if on_the_day else Channel.ADVANCE)


def note_refusal(*, unmet: UnmetDemand, now: datetime) -> None:
    """Keep it, once per patient and channel."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_NOTE} VALUES (%(session)s, %(patient)s, %(channel)s, %(now)s) {_ONCE}", _values(unmet, now))


def remember_refusal(
    *, request: RequestKey, response_status: int, response_body: Any, now: datetime, unmet: UnmetDemand | None
) -> None:
    """Store the answer, and the demand with it: one statement, as most requests of a rush end here.

    A request that was answered before wants nothing new: its booking may have been cancelled since. Nobody waits for the disk:
    were the answer lost in a crash, the same request would be judged anew. Raises AlreadyAnswered.
    """
    values = answer_values(request=request, response_status=response_status, response_body=response_body, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER_AND_NOTE if unmet else _REMEMBER, values | (_values(unmet, now) if unmet else {}))
        (is_new,) = cursor.fetchone()
    if not is_new:
        raise answer_given_before(request)


def _values(unmet: UnmetDemand, now: datetime) -> dict[str, Any]:
    return {"session": unmet.session_id, "patient": unmet.patient_id, "channel": str(unmet.channel), "now": now}


_NOTE = f"INSERT INTO {RefusedAttempt._meta.db_table} (session_id, patient_id, channel, at)"
_ONCE = "ON CONFLICT (session_id, patient_id, channel) DO NOTHING"

# The setting holds for the transaction, which is this statement alone.
_RELAXED = "relaxed AS (SELECT set_config('synchronous_commit', 'off', true))"
_ANSWERED = f"""
answered AS (
    {INSERT_ANSWER} SELECT %(user)s, %(key)s, %(fingerprint)s, %(now)s, %(status)s, %(body)s FROM relaxed
    {ANSWER_ONCE} RETURNING 1
)"""
_REMEMBER = f"WITH {_RELAXED}, {_ANSWERED} SELECT count(*) FROM answered"
_REMEMBER_AND_NOTE = f"""
WITH {_RELAXED}, {_ANSWERED}, noted AS ({_NOTE} SELECT %(session)s, %(patient)s, %(channel)s, %(now)s FROM answered {_ONCE})
SELECT count(*) FROM answered"""
