"""Dates and times as hospitals' systems write them."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

# What fromisoformat does not take: single digits, slashes, Chinese units.
_LOOSE = re.compile(
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[ T]*(?P<hour>\d{1,2})[:时](?P<minute>\d{1,2})分?(?::?(?P<second>\d{1,2})秒?)?)?"
)
# Bounds that no true booking leaves, and within which no change of zone leaves the calendar.
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200


def read_moment(text: str, zone: ZoneInfo, *, ignores_offset: bool) -> datetime:
    """The moment that `text` tells, in `zone`; a date alone is its midnight. Raises ValueError where it tells none.

    >>> read_moment("2016-05-10T07:51:53Z", ZoneInfo("Asia/Shanghai"), ignores_offset=True).isoformat()
    '2016-05-10T07:51:53+08:00'
    >>> read_moment("2016年5月9日 8:05", ZoneInfo("Asia/Shanghai"), ignores_offset=False).isoformat()
    '2016-05-09T08:05:00+08:00'
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _read_loose(text)
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueError(f"the year {moment.year} is out of range")
    if moment.tzinfo is None or ignores_offset:
        return moment.replace(tzinfo=zone)
    return moment.astimezone(zone)


def _read_loose(text: str) -> datetime:
    found = _LOOSE.fullmatch(text)
    if found is None:
        raise ValueError("not a date")
    return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
