"""What staff do to a place by hand. Each takes a reason, which is kept with the name of who gave it."""

from datetime import datetime

from django.db import transaction

from booking.models import QueueEntry, QueueMoveKind, QueuePriority, QueueState
from booking.services.queue.places import QueueMoveRefused, given_reason, lock_place, move_place
from booking.services.transitions import Actor


@transaction.atomic
def set_aside(*, entry_id: int, actor: Actor, reason: str, now: datetime) -> QueueEntry:
    """Take a patient out of the line until the place is restored.

    Raises QueueEntry.DoesNotExist, QueueReasonMissing, QueueClosed, QueueMoveRefused, TooBusy.
    """
    reason = given_reason(reason)
    entry, _ = lock_place(entry_id)
    fields = {"state": QueueState.SET_ASIDE, "places_back": 0}
    move_place(entry=entry, kind=QueueMoveKind.SET_ASIDE, actor=actor, now=now, fields=fields, reason=reason)
    return entry


@transaction.atomic
def restore(*, entry_id: int, actor: Actor, reason: str, now: datetime) -> QueueEntry:
    """Give a patient who was set aside the own place back, by the own window; one who was late beyond grace stays at the end.

    Misses stay counted, so that the next one sets aside again. Raises QueueEntry.DoesNotExist, QueueReasonMissing, QueueClosed,
    QueueMoveRefused, TooBusy.
    """
    reason = given_reason(reason)
    entry, _ = lock_place(entry_id)
    if entry.state == QueueState.FINISHED:
        # That one comes back as a return visit or not at all.
        raise QueueMoveRefused(state=entry.get_state_display(), wanted=QueueMoveKind.RESTORED.label)
    fields = {"state": QueueState.WAITING}
    move_place(entry=entry, kind=QueueMoveKind.RESTORED, actor=actor, now=now, fields=fields, reason=reason)
    return entry


@transaction.atomic
def queue_again(*, entry_id: int, actor: Actor, reason: str, now: datetime) -> QueueEntry:
    """Take a patient who was seen back into the line, with results to show (回诊): alternates with the first visits.

    Raises QueueEntry.DoesNotExist, QueueReasonMissing, QueueClosed, QueueMoveRefused, TooBusy.
    """
    reason = given_reason(reason)
    entry, _ = lock_place(entry_id)
    if entry.state != QueueState.FINISHED:
        raise QueueMoveRefused(state=entry.get_state_display(), wanted="回诊")
    fields = {
        "state": QueueState.WAITING,
        "is_return_visit": True,
        "arrived_at": now,
        "missed_calls": 0,
        # They were seen: coming late this morning has been paid for.
        "to_the_end": False,
        "finished_at": None,
    }
    move_place(entry=entry, kind=QueueMoveKind.RESTORED, actor=actor, now=now, fields=fields, reason=reason)
    return entry


@transaction.atomic
def prioritise(*, entry_id: int, priority: QueuePriority, actor: Actor, reason: str, now: datetime) -> QueueEntry:
    """Put a waiting patient into another class of priority; an earlier class forgives having come late.

    Raises QueueEntry.DoesNotExist, QueueReasonMissing, QueueClosed, QueueMoveRefused, TooBusy.
    """
    reason = given_reason(reason)
    entry, _ = lock_place(entry_id)
    before = QueuePriority(entry.priority)
    fields: dict[str, object] = {"priority": priority}
    if priority < before:
        fields |= {"places_back": 0, "to_the_end": False}
    said = f"{before.label} → {priority.label}：{reason}"
    move_place(entry=entry, kind=QueueMoveKind.PRIORITISED, actor=actor, now=now, fields=fields, reason=said[:200])
    return entry
