"""Calling patients: the next one, the same one again, and passing who does not come."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts.errors import Refusal
from booking.models import QueueEntry, QueueMoveKind, QueueState
from booking.queue_order import next_call
from booking.queue_selectors import alternation_of, place_of, waiting_entries
from booking.services.queue.places import lock_place, lock_running_queue, move_place
from booking.services.transitions import SYSTEM, Actor
from hospitals.services.policies import effective_policy


class NobodyWaiting(Refusal):
    """The queue is empty."""


@transaction.atomic
def call_next(*, session_id: int, actor: Actor, now: datetime) -> QueueEntry:
    """Call whose turn it is (booking.queue_order). Two desks that call at once call two patients.

    Raises ClinicSession.DoesNotExist, QueueClosed, NobodyWaiting, TooBusy.
    """
    session = lock_running_queue(session_id)
    entries = {entry.pk: entry for entry in waiting_entries([session_id])}
    policy = effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now)
    alternation = alternation_of({session_id: policy.first_visits_per_return})[session_id]
    call = next_call([place_of(entry) for entry in entries.values()], alternation=alternation, now=now)
    if call is None:
        raise NobodyWaiting()
    QueueEntry.objects.filter(pk__in=call.passed, places_back__gt=0).update(places_back=F("places_back") - 1)
    entry = entries[call.place.id]
    # Their turn has come: what was left of the places is settled, and a later pass starts afresh.
    fields = {
        "state": QueueState.CALLED,
        "called_at": now,
        "first_called_at": entry.first_called_at or now,
        "call_count": entry.call_count + 1,
        "places_back": 0,
    }
    move_place(entry=entry, kind=QueueMoveKind.CALLED, actor=actor, now=now, fields=fields)
    return entry


@transaction.atomic
def recall(*, entry_id: int, actor: Actor, now: datetime) -> QueueEntry:
    """Call the same patient once more. Raises QueueEntry.DoesNotExist, QueueClosed, QueueMoveRefused, TooBusy."""
    entry, _ = lock_place(entry_id)
    fields = {"called_at": now, "call_count": entry.call_count + 1}
    move_place(entry=entry, kind=QueueMoveKind.RECALLED, actor=actor, now=now, fields=fields)
    return entry


@transaction.atomic
def pass_over(*, entry_id: int, actor: Actor, now: datetime) -> QueueEntry:
    """The called patient did not come: some places back, or set aside until staff restore the place once they did not come as
    often as the policy says.

    Raises QueueEntry.DoesNotExist, QueueClosed, QueueMoveRefused, TooBusy.
    """
    entry, session = lock_place(entry_id)
    misses = entry.missed_calls + 1
    policy = effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now)
    fields = {"state": QueueState.WAITING, "missed_calls": misses, "places_back": policy.late_places_back}
    move_place(entry=entry, kind=QueueMoveKind.PASSED, actor=actor, now=now, fields=fields)
    if misses >= policy.calls_missed_before_set_aside:
        aside = {"state": QueueState.SET_ASIDE, "places_back": 0}
        reason = f"第 {misses} 次过号"
        move_place(entry=entry, kind=QueueMoveKind.SET_ASIDE, actor=SYSTEM, now=now, fields=aside, reason=reason)
    return entry
