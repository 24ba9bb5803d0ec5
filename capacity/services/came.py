"""What came of closed sessions, counted inside the database."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from booking.models import Appointment, Outcome, RefusedAttempt, WaitlistEntry

# A seat that was given up too late was lost like one that nobody came to.
MISSED = (Outcome.MISSED, Outcome.UNATTENDED)


@dataclass(frozen=True, slots=True)
class Came:
    """Of one session, in patients: `turned_away` found it full or waited in vain, and never held a number of it."""

    seen: int = 0
    missed: int = 0
    turned_away: int = 0


NOTHING_CAME = Came()


def what_came(session_ids: Collection[int]) -> dict[int, Came]:
    """By session, in two statements; sessions of which there is nothing to tell are left out."""
    values: dict[str, Any] = {
        "sessions": list(session_ids),
        "fulfilled": str(Outcome.FULFILLED),
        "missed": [str(outcome) for outcome in MISSED],
        "void": str(Outcome.VOID),
    }
    counts: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    with connection.cursor() as cursor:
        cursor.execute(_ATTENDED, values)
        for session_id, seen, missed in cursor.fetchall():
            counts[session_id][:2] = seen, missed
        cursor.execute(_TURNED_AWAY, values)
        for session_id, turned_away in cursor.fetchall():
            counts[session_id][2] = turned_away
    return {session_id: Came(*found) for session_id, found in counts.items()}


_APPOINTMENTS = Appointment._meta.db_table
_ATTENDED = f"""
SELECT session_id, count(*) FILTER (WHERE outcome = %(fulfilled)s), count(*) FILTER (WHERE outcome = ANY(%(missed)s))
FROM {_APPOINTMENTS} WHERE session_id = ANY(%(sessions)s) GROUP BY session_id
"""
# A hold that ran out unpaid is void: who was refused after it never held a number.
_TURNED_AWAY = f"""
SELECT session_id, count(*) FROM (
    (
        SELECT session_id, patient_id FROM {RefusedAttempt._meta.db_table} WHERE session_id = ANY(%(sessions)s)
        UNION
        SELECT session_id, patient_id FROM {WaitlistEntry._meta.db_table} WHERE session_id = ANY(%(sessions)s)
    )
    EXCEPT
    SELECT session_id, patient_id FROM {_APPOINTMENTS} WHERE session_id = ANY(%(sessions)s) AND outcome <> %(void)s
) AS turned_away GROUP BY session_id
"""
