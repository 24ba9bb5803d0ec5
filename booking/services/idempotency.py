"""Double taps: one `Idempotency-Key` acts once and is answered the same ever after.

The key is claimed inside the booking's own transaction, so that key and booking stand or fall together. A second request with the
same key waits for the first one's commit at the unique index and then finds its answer. Refusals are remembered too (in a
transaction of their own, as the booking's was rolled back); failures of ours are not, so that they can be tried again.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts.errors import Refusal
from accounts.models import User
from booking.models import IdempotencyRecord

# WeChat clients retry within seconds; a day also covers a phone that was offline.
KEPT_FOR = timedelta(days=1)


class IdempotencyKeyReused(Refusal):
    """The key came before, with another request."""


class AlreadyAnswered(Exception):
    """The key was answered before; `record` holds the answer."""

    def __init__(self, record: IdempotencyRecord) -> None:
        super().__init__(record.key)
        self.record = record


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A client's key together with what it was sent for."""

    user: User
    key: str
    fingerprint: str


def request_key(*, user: User, key: str, path: str, body: Any) -> RequestKey:
    """Bind a key to its request: the same key with another path or body is a mistake of the client."""
    # In ASCII: a body may hold half a surrogate pair, which no encoding takes.
    canonical = json.dumps([path, body], sort_keys=True)
    return RequestKey(user=user, key=key, fingerprint=hashlib.sha256(canonical.encode("ascii")).hexdigest())


def find_answer(request: RequestKey) -> IdempotencyRecord | None:
    """Return the stored answer, or None where the key is new. Raises IdempotencyKeyReused."""
    record = IdempotencyRecord.objects.filter(user=request.user, key=request.key).first()
    if record is not None and record.fingerprint != request.fingerprint:
        raise IdempotencyKeyReused()
    return record


def remember(*, request: RequestKey, response_status: int, response_body: Any, now: datetime) -> None:
    """Store an answer, in the caller's transaction. Raises AlreadyAnswered where another request was first."""
    with connection.cursor() as cursor:
        values = answer_values(request=request, response_status=response_status, response_body=response_body, now=now)
        cursor.execute(f"{INSERT_ANSWER} {ANSWER_VALUES} {ANSWER_ONCE}", values)
        inserted = cursor.rowcount == 1
    if not inserted:
        raise answer_given_before(request)


def answer_values(*, request: RequestKey, response_status: int, response_body: Any, now: datetime) -> dict[str, Any]:
    """The values of INSERT_ANSWER by name."""
    return {
        "user": request.user.pk,
        "key": request.key,
        "fingerprint": request.fingerprint,
        "now": now,
        "status": response_status,
        "body": json.dumps(response_body),
    }


INSERT_ANSWER = f"""
INSERT INTO {IdempotencyRecord._meta.db_table} (user_id, key, fingerprint, created_at, response_status, response_body)"""
ANSWER_VALUES = "VALUES (%(user)s, %(key)s, %(fingerprint)s, %(now)s, %(status)s, %(body)s)"
ANSWER_ONCE = "ON CONFLICT (user_id, key) DO NOTHING"


def answer_given_before(request: RequestKey) -> AlreadyAnswered:
    """What to raise where a row of the key was in the way. Raises IdempotencyKeyReused where it was of another request."""
    found = find_answer(request)
    if found is None:
        raise AssertionError("a conflicting idempotency key must be visible after its commit")
    return AlreadyAnswered(found)


def purge_answers(*, now: datetime) -> int:
    """Forget answers older than KEPT_FOR; returns how many."""
    return IdempotencyRecord.objects.filter(created_at__lt=now - KEPT_FOR).delete()[0]
