"""Messages that were read."""

from datetime import datetime

from accounts.models import User
from notifications.selectors import unread


def mark_read(*, user: User, up_to: int | None, now: datetime) -> int:
    """Mark the account's messages as read, those up to and with the id `up_to` or all; returns how many are unread then.

    Those that were read before keep their time. Another account's id marks nothing that is not one's own.
    """
    shown = unread(user, now=now)
    (shown if up_to is None else shown.filter(pk__lte=up_to)).update(read_at=now)
    return unread(user, now=now).count()
