"""How a session is divided into windows (分时段)."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Window:
    starts_at: datetime
    ends_at: datetime
    capacity: int


def divide_session(*, starts_at: datetime, ends_at: datetime, rated_capacity: int, slot_minutes: int) -> list[Window]:
    """Divide a session into windows of `slot_minutes` whose capacities add up to `rated_capacity`.

    Capacities differ by one at most, the earlier windows have more; the last window may be shorter. Where there are fewer seats
    than windows, neighbours are merged, so that the seats spread over the whole session and no window is empty. Give aware times
    of one fixed offset (UTC): across a clock change, windows keep their true length.
    """
    step = timedelta(minutes=slot_minutes)
    steps = -(-(ends_at - starts_at) // step)  # rounded up
    count = min(steps, rated_capacity)
    windows = []
    begins = starts_at
    for steps_here, capacity in zip(_spread(steps, count), _spread(rated_capacity, count), strict=True):
        ends = min(begins + steps_here * step, ends_at)
        windows.append(Window(begins, ends, capacity))
        begins = ends
    return windows


def _spread(total: int, parts: int) -> list[int]:
    """`total` in `parts` whole numbers that differ by one at most, the larger first."""
    share, remainder = divmod(total, parts)
    return [share + 1] * remainder + [share] * (parts - remainder)
