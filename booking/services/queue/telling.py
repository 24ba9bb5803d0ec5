"""What a patient who checks in is told of the wait, kept to be held against what comes."""

from datetime import datetime

from booking.models import QueueEntry
from booking.queue_selectors import entry_status
from hospitals.models import ClinicSession


def keep_what_is_told(*, entry: QueueEntry, session: ClinicSession, now: datetime) -> None:
    """Record the forecast that the patient sees on checking in. The caller holds the session."""
    status = entry_status(entry=entry, session=session, now=now)
    if status.wait is None or status.forecast is None:
        return
    entry.told_at, entry.told_ahead = now, status.people_ahead
    entry.told_low_minutes, entry.told_high_minutes = status.wait.low_minutes, status.wait.high_minutes
    entry.told_mean_minutes, entry.told_deviation_minutes = status.forecast.mean_minutes, status.forecast.deviation_minutes
    entry.save(
        update_fields=[
            "told_at",
            "told_ahead",
            "told_low_minutes",
            "told_high_minutes",
            "told_mean_minutes",
            "told_deviation_minutes",
        ]
    )
