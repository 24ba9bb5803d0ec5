"""Rules about the session and the window: is it open, is a seat left."""

from accounts.errors import Refusal
from booking.models import Channel
from booking.rules.attempt import Attempt
from booking.services.seats import SessionFull, SlotFull
from hospitals.availability import released_to


class NotReleased(Refusal):
    """The session's numbers are not out yet for this patient."""


class AdvanceClosed(Refusal):
    """It is too late for an advance booking and too early for a same-day number."""


class SessionSuspended(Refusal):
    """The doctor does not see patients in this session (停诊)."""


class SessionOver(Refusal):
    """The session, or the chosen window, has ended."""


def session_is_open(attempt: Attempt) -> Refusal | None:
    """A channel is open now: advance before the visit day, same-day and then 加号 on it."""
    if attempt.opening.channel is not None:
        return None
    session = attempt.session
    local_release = released_to(session, attempt.policy, attempt.tier).astimezone(session.hospital.zone)
    refusals: dict[str, Refusal] = {
        "not-released": NotReleased(releases_at=f"{local_release:%Y-%m-%d %H:%M}"),
        "advance-closed": AdvanceClosed(closes=f"{attempt.policy.advance_close_time:%H:%M}"),
        "suspended": SessionSuspended(),
        "closed": SessionOver(),
        "full": SessionFull(),
    }
    return refusals[attempt.opening.reason]


def window_has_a_seat(attempt: Attempt) -> Refusal | None:
    """The chosen window has not ended and, save for 加号, is not taken up."""
    slot = attempt.slot
    if attempt.opening.channel is None:
        # Said already by session_is_open.
        return None
    if slot.ends_at <= attempt.now:
        return SessionOver()
    if attempt.opening.channel in (Channel.ADVANCE, Channel.SAME_DAY) and slot.left <= 0:
        return SlotFull()
    return None
