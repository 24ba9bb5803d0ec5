"""What must be true of every waiting room at any moment; `check_books` ends with it."""

from booking.models import Appointment, AppointmentStatus, QueueEntry, QueueMoveKind, QueueState

# What each move leaves behind.
LEAVES: dict[str, set[str]] = {
    QueueMoveKind.JOINED: {QueueState.WAITING},
    QueueMoveKind.CALLED: {QueueState.CALLED},
    QueueMoveKind.RECALLED: {QueueState.CALLED},
    QueueMoveKind.PASSED: {QueueState.WAITING},
    QueueMoveKind.SET_ASIDE: {QueueState.SET_ASIDE},
    QueueMoveKind.RESTORED: {QueueState.WAITING},
    QueueMoveKind.PRIORITISED: {QueueState.WAITING},
    QueueMoveKind.FINISHED: {QueueState.FINISHED},
    QueueMoveKind.LEFT: {QueueState.LEFT},
}
# By hand, so with a name and a reason.
BY_HAND = {QueueMoveKind.RESTORED, QueueMoveKind.PRIORITISED}


def check_queues() -> None:
    """Raise AssertionError for the first place that its moves do not explain."""
    waiting_for_a_place = Appointment.objects.filter(status=AppointmentStatus.CHECKED_IN, queue_entry__isnull=True)
    assert not waiting_for_a_place.exists(), "a patient checked in and has no place"
    for entry in QueueEntry.objects.select_related("appointment").prefetch_related("moves"):
        check_place(entry)


def check_place(entry: QueueEntry) -> None:
    appointment, moves = entry.appointment, sorted(entry.moves.all(), key=lambda move: move.pk)
    # Only a session that was called off while they sat there lets patients go unseen, and a booking that never should have been.
    unseen = (AppointmentStatus.CANCELLED, AppointmentStatus.ENTERED_IN_ERROR)
    has_left = entry.state == QueueState.LEFT and appointment.status in unseen
    was_error = entry.state == QueueState.FINISHED and appointment.status == AppointmentStatus.ENTERED_IN_ERROR
    was_there = appointment.status in (AppointmentStatus.CHECKED_IN, AppointmentStatus.FULFILLED)
    assert has_left or was_error or was_there, f"{entry}: {appointment.status}"
    assert (entry.session_id, entry.hospital_id) == (appointment.session_id, appointment.hospital_id), f"{entry}: its session"
    assert moves[0].kind == QueueMoveKind.JOINED, f"{entry}: begins with {moves[0].kind}"
    kinds = [move.kind for move in moves]
    assert entry.state in LEAVES[kinds[-1]] | {QueueState.LEFT}, f"{entry}: ends with {kinds[-1]}"
    assert entry.call_count == kinds.count(QueueMoveKind.CALLED) + kinds.count(QueueMoveKind.RECALLED), f"{entry}: calls"
    assert (entry.finished_at is not None) == (entry.state in (QueueState.FINISHED, QueueState.LEFT)), f"{entry}: finished_at"
    assert all(move.reason and move.actor_id for move in moves if move.kind in BY_HAND), f"{entry}: moved without a word"
