"""The waiting line: who is called when. Arrays are [patient, replication], so that one step serves all replications at once."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def first_come_first_served(*, arrives: Floats, service: Floats, rooms: int) -> Floats:
    """When each patient is called, in minutes: whoever came first goes to the room that is free first.

    `arrives` grows along its first axis. For many patients: the cost of one is that of the rooms.
    """
    free = np.zeros((rooms, arrives.shape[1]))
    calls = np.empty_like(arrives)
    columns = np.arange(arrives.shape[1])
    for patient in range(arrives.shape[0]):
        room = free.argmin(axis=0)
        np.maximum(arrives[patient], free[room, columns], out=calls[patient])
        free[room, columns] = calls[patient] + service[patient]
    return calls


def called_by_turn(*, arrives: Floats, due: Floats, is_extra: NDArray[np.bool_], service: Floats, rooms: int) -> Floats:
    """When each patient is called: of those who are there, whose window began first; a 加号 after its window's numbers; then who
    came first. Rooms open at minute 0 and are never idle while somebody waits. Who never comes (`arrives` infinite) is never
    called: infinite.

    This is the order of the calling desk (booking.queue_order) for ordinary patients who are not called in vain.
    """
    replications = arrives.shape[1]
    present = np.isfinite(arrives)
    most = int(present.sum(axis=0).max(initial=0))
    # Who never comes goes behind all others, where no step looks.
    order = np.lexsort((arrives, is_extra, np.where(present, due, np.inf)), axis=0)[:most]
    comes = np.take_along_axis(arrives, order, axis=0)
    takes = np.take_along_axis(service, order, axis=0)
    called = np.full_like(comes, np.inf)
    free = np.zeros((rooms, replications))
    columns = np.arange(replications)
    for _ in range(most):
        room = free.argmin(axis=0)
        # The room waits for a patient where nobody is there.
        at = np.maximum(free[room, columns], comes.min(axis=0))
        turn = (comes <= at).argmax(axis=0)
        busy = np.isfinite(at)
        who, when, where = turn[busy], at[busy], columns[busy]
        called[who, where] = when
        free[room[busy], where] = when + takes[who, where]
        comes[who, where] = np.inf
    calls = np.full_like(arrives, np.inf)
    np.put_along_axis(calls, order, called, axis=0)
    return calls
