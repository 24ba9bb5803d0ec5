"""Taking and giving back a seat: the only code that moves a session's counters. The caller holds the session's lock."""

from django.db import connection
from psycopg2 import sql

from accounts.errors import Refusal
from booking.models import Channel
from booking.services.refused import UnmetDemand
from hospitals.models import ClinicSession, Slot

_COUNTERS: dict[str, str] = {
    Channel.ADVANCE: "advance_taken",
    Channel.SAME_DAY: "same_day_taken",
    Channel.EXTRA: "extra_taken",
}


class SessionFull(Refusal):
    """No seat is left in the session through the channel that is open."""

    # What a booking notes of it: the demand is kept together with the answer (booking.services.refused).
    unmet: UnmetDemand | None = None


class SlotFull(Refusal):
    """The window is taken; others of the session may be free."""


def take_seat(*, session: ClinicSession, slot: Slot, channel: str, from_withheld: bool = False) -> int:
    """Count one more live appointment and return its number in the session. The tables' constraints have the last word.

    `from_withheld`: the seat is one that came back and was kept off sale.
    """
    number = _move(session=session, slot=slot, channel=channel, step=1, withhold=-1 if from_withheld else 0) - 1
    session.next_number = number + 1
    return number


def return_seat(*, session: ClinicSession, slot: Slot | None, channel: str, withhold: bool = False) -> None:
    """Give a seat back to where it came from, on sale at once or, where `withhold`, kept off sale."""
    _move(session=session, slot=slot, channel=channel, step=-1, withhold=1 if withhold else 0)


def release_seat(*, session: ClinicSession, slot: Slot) -> None:
    """Put a seat that was kept off sale on sale again."""
    _move(session=session, slot=slot, channel=Channel.ADVANCE, step=0, withhold=-1)


def _move(*, session: ClinicSession, slot: Slot | None, channel: str, step: int, withhold: int) -> int:
    """Move the counters of the session and of the window in one statement; return the session's next number."""
    counter = _COUNTERS[channel]
    statement = sql.SQL(_MOVE).format(
        session=sql.Identifier(ClinicSession._meta.db_table),
        slot=sql.Identifier(Slot._meta.db_table),
        counter=sql.Identifier(counter),
        # 加号 come after the numbered patients of their window and are not part of its capacity.
        slot_counter=sql.Identifier("extra_taken" if channel == Channel.EXTRA else "taken"),
    )
    values = {"session": session.pk, "slot": slot.pk if slot else None, "step": step, "withhold": withhold}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        (next_number,) = cursor.fetchone()
    setattr(session, counter, getattr(session, counter) + step)
    session.withheld += withhold
    return int(next_number)


# Only a seat that is taken uses up a number.
_MOVE = """
WITH moved AS (
    UPDATE {slot} SET {slot_counter} = {slot_counter} + %(step)s, withheld = withheld + %(withhold)s WHERE id = %(slot)s
)
UPDATE {session} SET {counter} = {counter} + %(step)s, withheld = withheld + %(withhold)s,
    next_number = next_number + greatest(%(step)s, 0)
WHERE id = %(session)s
RETURNING next_number
"""
