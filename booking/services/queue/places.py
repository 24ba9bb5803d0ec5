"""A place in the queue: reading it under the session's lock, and moving it one way, with its log."""

from datetime import datetime
from typing import Any

from accounts.errors import Refusal
from booking.locks import lock_queue
from booking.models import QueueEntry, QueueMove, QueueMoveKind, QueueState
from booking.services.transitions import Actor
from hospitals.models import ClinicSession, SessionStatus

# In which a patient is still in the house, as far as we know.
PRESENT_STATES = (QueueState.WAITING, QueueState.CALLED, QueueState.SET_ASIDE)

# From which states each move may be made. Anything else is refused by move_place.
MOVES_FROM: dict[QueueMoveKind, frozenset[QueueState]] = {
    QueueMoveKind.CALLED: frozenset({QueueState.WAITING}),
    QueueMoveKind.RECALLED: frozenset({QueueState.CALLED}),
    QueueMoveKind.PASSED: frozenset({QueueState.CALLED}),
    QueueMoveKind.SET_ASIDE: frozenset({QueueState.WAITING, QueueState.CALLED}),
    # A finished place is restored when the patient comes back with results (回诊).
    QueueMoveKind.RESTORED: frozenset({QueueState.SET_ASIDE, QueueState.FINISHED}),
    QueueMoveKind.PRIORITISED: frozenset({QueueState.WAITING}),
    QueueMoveKind.FINISHED: frozenset(PRESENT_STATES),
    QueueMoveKind.LEFT: frozenset(PRESENT_STATES),
}


class QueueMoveRefused(Refusal):
    """The place's present state does not allow this: somebody else may have been quicker."""


class QueueReasonMissing(Refusal):
    """Who changes the order by hand says why."""


class QueueClosed(Refusal):
    """The session is suspended or closed: nobody is called any more."""


def lock_place(entry_id: int) -> tuple[QueueEntry, ClinicSession]:
    """Lock the session of a place and return both as they are now. Raises QueueEntry.DoesNotExist, QueueClosed, TooBusy."""
    session_id = QueueEntry.objects.values_list("session_id", flat=True).get(pk=entry_id)
    session = lock_running_queue(session_id)
    return QueueEntry.objects.select_related("appointment__patient").get(pk=entry_id), session


def lock_running_queue(session_id: int) -> ClinicSession:
    """Raises ClinicSession.DoesNotExist, QueueClosed, TooBusy."""
    session = lock_queue(session_id)
    if session.status != SessionStatus.ACTIVE:
        raise QueueClosed(status=SessionStatus(session.status).label)
    return session


def move_place(
    *,
    entry: QueueEntry,
    kind: QueueMoveKind,
    actor: Actor,
    now: datetime,
    fields: dict[str, Any],
    reason: str = "",
) -> None:
    """Set `fields` of a place and log the move. The caller holds the session. Raises QueueMoveRefused."""
    if entry.state not in MOVES_FROM[kind]:
        raise QueueMoveRefused(state=entry.get_state_display(), wanted=kind.label)
    for name, value in fields.items():
        setattr(entry, name, value)
    entry.save(update_fields=list(fields))
    log_move(entry=entry, kind=kind, actor=actor, now=now, reason=reason)


def log_move(*, entry: QueueEntry, kind: QueueMoveKind, actor: Actor, now: datetime, reason: str = "") -> None:
    QueueMove.objects.create(entry=entry, kind=kind, at=now, actor=actor.user, reason=reason)


def given_reason(reason: str) -> str:
    """The reason without white space around it. Raises QueueReasonMissing."""
    if not reason.strip():
        raise QueueReasonMissing()
    return reason.strip()
