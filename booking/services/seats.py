"""Taking and giving back a seat: the only code that moves a session's counters. The caller holds the session's lock."""

from django.db.models import F

from accounts.errors import Refusal
from booking.models import Channel
from hospitals.models import ClinicSession, Slot

_COUNTERS: dict[str, str] = {
    Channel.ADVANCE: "advance_taken",
    Channel.SAME_DAY: "same_day_taken",
    Channel.EXTRA: "extra_taken",
}


class SessionFull(Refusal):
    """No seat is left in the session through the channel that is open."""


class SlotFull(Refusal):
    """The window is taken; others of the session may be free."""


def take_seat(*, session: ClinicSession, slot: Slot, channel: str) -> int:
    """Count one more live appointment and return its number in the session. The table's constraints have the last word."""
    counter = _COUNTERS[channel]
    number = session.next_number
    setattr(session, counter, getattr(session, counter) + 1)
    session.next_number = number + 1
    session.save(update_fields=[counter, "next_number"])
    _move_slot(slot, channel, +1)
    return number


def return_seat(*, session: ClinicSession, slot: Slot | None, channel: str) -> None:
    """Give a seat back to where it came from."""
    counter = _COUNTERS[channel]
    setattr(session, counter, getattr(session, counter) - 1)
    session.save(update_fields=[counter])
    if slot is not None:
        _move_slot(slot, channel, -1)


def _move_slot(slot: Slot, channel: str, step: int) -> None:
    # 加号 come after the numbered patients of their window and are not part of its capacity.
    counter = "extra_taken" if channel == Channel.EXTRA else "taken"
    Slot.objects.filter(pk=slot.pk).update(**{counter: F(counter) + step})
