"""Seats that patients give up: kept off sale for the waitlist and then for a random while, so that nobody can pass one on."""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from random import SystemRandom

from django.db import transaction
from django.db.models import Q

from booking.locks import TooBusy, granted_in_time, limit_lock_waits
from booking.models import Appointment, Channel, ReturnEnd, SeatReturn, WaitlistEntry
from booking.services.seats import release_seat, return_seat
from hospitals.locks import lock_session
from hospitals.models import BookingPolicy, ClinicSession, SessionStatus, Slot
from hospitals.services.policies import effective_policy

logger = logging.getLogger(__name__)

# As the window nears, at most this part of the time that is left until it ends: a seat that comes back too late helps nobody.
SHARE_OF_TIME_LEFT = 4

_random = SystemRandom()


def free_seat(*, appointment: Appointment, now: datetime) -> None:
    """Give up the seat of a locked appointment, whose session is locked as well.

    Until its window is over it goes to the waitlist first, and to everyone after a random delay (policy). 加号 are the doctor's
    to give, and a suspended session has nothing to sell: those come back at once.
    """
    session, slot, channel = appointment.session, appointment.slot, appointment.channel
    returns_at = None if slot is None else _returns_at(session=session, slot=slot, channel=channel, now=now)
    return_seat(session=session, slot=slot, channel=channel, withhold=returns_at is not None)
    if slot is not None and returns_at is not None:
        SeatReturn.objects.create(
            hospital_id=session.hospital_id,
            session=session,
            slot=slot,
            appointment=appointment,
            freed_at=now,
            returns_at=returns_at,
        )


def _returns_at(*, session: ClinicSession, slot: Slot, channel: str, now: datetime) -> datetime | None:
    """When the seat goes on sale to everyone; None where it does so at once."""
    if channel == Channel.EXTRA or session.status != SessionStatus.ACTIVE or now >= slot.ends_at:
        return None
    policy = effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now)
    if policy.return_delay_minutes == 0 and not has_waitlist(session):
        return None
    return now + longest_delay(policy=policy, slot=slot, now=now) * _random.random()


def longest_delay(*, policy: BookingPolicy, slot: Slot, now: datetime) -> timedelta:
    return min(timedelta(minutes=policy.return_delay_minutes), (slot.ends_at - now) / SHARE_OF_TIME_LEFT)


def has_waitlist(session: ClinicSession) -> bool:
    return WaitlistEntry.objects.filter(session=session, ended_at__isnull=True).exists()


def release_due_returns(*, now: datetime, passed_over: Mapping[int, Collection[int]] | None = None) -> int:
    """Put seats whose delay is over on sale again, save where patients wait for one. Returns how many.

    `passed_over`, by session, are places in the waitlist that no seat can be kept for now: who waits there does not count.
    """
    due = SeatReturn.objects.filter(ended_at__isnull=True, returns_at__lte=now)
    released = 0
    for session_id in due.order_by("session_id").values_list("session_id", flat=True).distinct():
        try:
            released += _release_due(session_id, (passed_over or {}).get(session_id, ()), now)
        except TooBusy:
            logger.warning("Seats of session %s could not be released yet, the sweep will come back", session_id)
    return released


@transaction.atomic
def _release_due(session_id: int, passed_over: Collection[int], now: datetime) -> int:
    limit_lock_waits()
    with granted_in_time():
        session = lock_session(session_id)
    waiting = WaitlistEntry.objects.filter(session=session, ended_at__isnull=True).exclude(pk__in=passed_over)
    return 0 if waiting.exists() else release_seats(session=session, now=now, is_due=Q(returns_at__lte=now))


def release_seats(*, session: ClinicSession, now: datetime, is_due: Q | None = None) -> int:
    """Put a locked session's seats that came back on sale again: all, or those that are due. Returns how many."""
    open_returns = SeatReturn.objects.select_related("slot").filter(is_due or Q(), session=session, ended_at__isnull=True)
    seat_returns = list(open_returns.order_by("pk"))
    for seat_return in seat_returns:
        release_seat(session=session, slot=seat_return.slot)
        end_return(seat_return=seat_return, end=ReturnEnd.RELEASED, now=now)
    return len(seat_returns)


def reclaim_seat(*, appointment: Appointment, now: datetime) -> bool:
    """Put the seat that this locked appointment gave up on sale again, for itself, where nobody has got it yet."""
    seat_return = SeatReturn.objects.filter(appointment=appointment, ended_at__isnull=True).first()
    if seat_return is None or appointment.slot is None:
        return False
    release_seat(session=appointment.session, slot=appointment.slot)
    end_return(seat_return=seat_return, end=ReturnEnd.RECLAIMED, now=now)
    return True


def end_return(*, seat_return: SeatReturn, end: ReturnEnd, now: datetime) -> None:
    """Note where a seat went. The caller has moved the counters."""
    seat_return.end, seat_return.ended_at = end, now
    seat_return.save(update_fields=["end", "ended_at"])
