"""Taking and giving back a seat: the only code that moves a session's counters. The caller holds the session's lock."""

from django.db import connection
from psycopg2 import sql

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
    """Count one more live appointment and return its number in the session. The tables' constraints have the last word."""
    number = _move(session=session, slot=slot, channel=channel, step=1) - 1
    session.next_number = number + 1
    return number


def return_seat(*, session: ClinicSession, slot: Slot | None, channel: str) -> None:
    """Give a seat back to where it came from."""
    _move(session=session, slot=slot, channel=channel, step=-1)


def _move(*, session: ClinicSession, slot: Slot | None, channel: str, step: int) -> int:
    """Move the counters of the session and of the window in one statement; return the session's next number."""
    counter = _COUNTERS[channel]
    statement = sql.SQL(_MOVE).format(
        session=sql.Identifier(ClinicSession._meta.db_table),
        slot=sql.Identifier(Slot._meta.db_table),
        counter=sql.Identifier(counter),
        # 加号 come after the numbered patients of their window and are not part of its capacity.
        slot_counter=sql.Identifier("extra_taken" if channel == Channel.EXTRA else "taken"),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"session": session.pk, "slot": slot.pk if slot else None, "step": step})
        (next_number,) = cursor.fetchone()
    setattr(session, counter, getattr(session, counter) + step)
    return int(next_number)


# Only a seat that is taken uses up a number.
_MOVE = """
WITH moved AS (UPDATE {slot} SET {slot_counter} = {slot_counter} + %(step)s WHERE id = %(slot)s)
UPDATE {session} SET {counter} = {counter} + %(step)s, next_number = next_number + greatest(%(step)s, 0) WHERE id = %(session)s
RETURNING next_number
"""
