"""Seats that a window leaves behind: on the visit day they go on to the window that comes next."""

from collections.abc import Sequence
from datetime import datetime

from hospitals.models import ClinicSession, Slot


def capacities_now(slots: Sequence[Slot], now: datetime) -> dict[int, int]:
    """Capacity by slot id, the unused seats of windows that are over carried to the first one that is not.

    The sum stays the session's rated capacity, so that a session with a rated seat left always has a window that takes it.
    """
    capacity = {slot.pk: slot.capacity for slot in slots}
    ahead = min((slot for slot in slots if slot.ends_at > now), key=lambda slot: slot.starts_at, default=None)
    if ahead is None:
        return capacity
    for slot in slots:
        if slot.ends_at <= now:
            capacity[ahead.pk] += slot.left
            capacity[slot.pk] -= slot.left
    return capacity


def carry_unused_seats(*, session: ClinicSession, now: datetime) -> None:
    """Write what `capacities_now` says. The caller holds the session's lock, in its transaction."""
    slots = list(Slot.objects.filter(session=session))
    capacity = capacities_now(slots, now)
    changed = [slot for slot in slots if slot.capacity != capacity[slot.pk]]
    for slot in changed:
        slot.capacity = capacity[slot.pk]
    Slot.objects.bulk_update(changed, ["capacity"])
