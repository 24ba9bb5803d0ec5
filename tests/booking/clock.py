"""Fixed moments for tests of services, written as a clock in Shanghai shows them."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
# A Thursday, far from any change of month.
VISIT = date(2026, 3, 12)


def at(clock: str, *, days: int = 0) -> datetime:
    """`at("07:00", days=-15)` is seven o'clock fifteen days before VISIT."""
    return datetime.combine(VISIT + timedelta(days=days), time.fromisoformat(clock), tzinfo=ZONE)


# Two days before the visit, in the middle of the day: advance booking is open.
NOW = at("10:00", days=-2)
ONE_SECOND = timedelta(seconds=1)
