"""The one rule of what can be booked now, and how a session is divided."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospitals.availability import Opening, open_channel, seats_left, slot_seats_left
from hospitals.models import BookingPolicy, ClinicSession, Hospital, SessionStatus, Slot
from hospitals.windows import Window, divide_session

SHANGHAI = ZoneInfo("Asia/Shanghai")
VISIT = date(2026, 12, 7)


def at(day: date, hour: int, minute: int = 0, second: int = 0, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.combine(day, time(hour, minute, second), tzinfo=zone).astimezone(UTC)


def session(zone: str = "Asia/Shanghai", **fields: Any) -> ClinicSession:
    """Twenty seats, twelve of them in advance, two 加号, 08:00–12:00, released fifteen days ahead at 07:00."""
    where = ZoneInfo(zone)
    defaults: dict[str, Any] = {
        "hospital": Hospital(time_zone=zone),
        "visit_date": VISIT,
        "starts_at": at(VISIT, 8, zone=where),
        "ends_at": at(VISIT, 12, zone=where),
        "releases_at": at(VISIT - timedelta(days=15), 7, zone=where),
        "rated_capacity": 20,
        "advance_quota": 12,
        "extra_quota": 2,
    }
    return ClinicSession(**defaults | fields)


EVE = VISIT - timedelta(days=1)
RELEASE_DAY = VISIT - timedelta(days=15)


@pytest.mark.parametrize(
    ("now", "fields", "expected"),
    [
        (at(RELEASE_DAY, 6, 59, 59), {}, Opening(None, "not-released")),
        (at(RELEASE_DAY, 7), {}, Opening("advance")),
        (at(EVE, 16, 59, 59), {}, Opening("advance")),
        (at(EVE, 17), {}, Opening(None, "advance-closed")),
        (at(EVE, 23, 59, 59), {}, Opening(None, "advance-closed")),
        (at(VISIT, 0), {}, Opening("same-day")),
        (at(VISIT, 11, 59, 59), {}, Opening("same-day")),
        (at(VISIT, 12), {}, Opening(None, "closed")),
        # Before the day only N1 counts, though same-day seats are left.
        (at(EVE, 9), {"advance_taken": 12}, Opening(None, "full")),
        (at(EVE, 9), {"advance_taken": 11}, Opening("advance")),
        # On the day advance seats that are left flow back.
        (at(VISIT, 9), {"advance_taken": 2, "same_day_taken": 17}, Opening("same-day")),
        (at(VISIT, 9), {"advance_taken": 2, "same_day_taken": 18}, Opening("extra")),
        (at(VISIT, 9), {"advance_taken": 12, "same_day_taken": 8, "extra_taken": 1}, Opening("extra")),
        (at(VISIT, 9), {"advance_taken": 12, "same_day_taken": 8, "extra_taken": 2}, Opening(None, "full")),
        (at(VISIT, 9), {"status": SessionStatus.SUSPENDED}, Opening(None, "suspended")),
        (at(VISIT, 9), {"status": SessionStatus.CLOSED}, Opening(None, "closed")),
        (at(VISIT, 13), {"status": SessionStatus.SUSPENDED}, Opening(None, "suspended")),
        # Released on the day itself.
        (at(VISIT, 6), {"releases_at": at(VISIT, 7)}, Opening(None, "not-released")),
        (at(VISIT, 7), {"releases_at": at(VISIT, 7)}, Opening("same-day")),
    ],
)
def test_open_channel(now: datetime, fields: dict[str, Any], expected: Opening) -> None:
    assert open_channel(session(**fields), BookingPolicy(), now) == expected


def test_the_day_is_the_hospitals() -> None:
    """At 20:00 UTC of the eve it is the visit day in Shanghai already, in Paris not yet; there next-day booking is closed."""
    now = datetime.combine(EVE, time(20), tzinfo=UTC)

    assert open_channel(session("Asia/Shanghai"), BookingPolicy(), now).channel == "same-day"
    assert open_channel(session("Europe/Paris"), BookingPolicy(), now) == Opening(None, "advance-closed")


def test_the_close_follows_the_policy() -> None:
    policy = BookingPolicy(advance_close_time=time(15))

    assert open_channel(session(), policy, at(EVE, 14, 59)).channel == "advance"
    assert open_channel(session(), policy, at(EVE, 15)).channel is None


@pytest.mark.parametrize(
    ("opening", "state"),
    [
        (Opening("advance"), "open"),
        (Opening("same-day"), "same-day"),
        (Opening("extra"), "extra"),
        (Opening(None, "full"), "full"),
        (Opening(None, "suspended"), "suspended"),
    ],
)
def test_the_state_in_one_word(opening: Opening, state: str) -> None:
    assert opening.state == state


def test_seats_left_are_those_of_the_open_channel() -> None:
    row = session(advance_taken=5, same_day_taken=1, extra_taken=1)

    assert seats_left(row, Opening("advance")) == 7
    assert seats_left(row, Opening("same-day")) == 14
    assert seats_left(row, Opening("extra")) == 1
    assert seats_left(row, Opening(None, "full")) == 0


def test_a_window_is_bounded_by_itself_and_by_its_session() -> None:
    row = session(advance_taken=11)
    slot = Slot(starts_at=at(VISIT, 8), ends_at=at(VISIT, 8, 30), capacity=3, taken=1)
    before = at(EVE, 9)

    assert slot_seats_left(slot, slot.capacity, row, Opening("advance"), before) == 1  # one of N1 is left
    assert slot_seats_left(slot, slot.capacity, row, Opening("same-day"), at(VISIT, 8)) == 2
    assert slot_seats_left(slot, slot.capacity, row, Opening("extra"), at(VISIT, 8)) == 2  # 加号 are the session's
    assert slot_seats_left(slot, slot.capacity, row, Opening("same-day"), at(VISIT, 8, 30)) == 0  # over
    assert slot_seats_left(slot, slot.capacity, row, Opening(None, "full"), before) == 0


def clock(windows: list[Window]) -> list[tuple[str, str, int]]:
    return [(f"{w.starts_at:%H:%M}", f"{w.ends_at:%H:%M}", w.capacity) for w in windows]


def divide(minutes: int, seats: int, slot_minutes: int = 30) -> list[Window]:
    begins = datetime(2026, 12, 7, 8, tzinfo=UTC)
    return divide_session(
        starts_at=begins, ends_at=begins + timedelta(minutes=minutes), rated_capacity=seats, slot_minutes=slot_minutes
    )


def test_earlier_windows_take_the_remainder() -> None:
    assert clock(divide(120, 10)) == [("08:00", "08:30", 3), ("08:30", "09:00", 3), ("09:00", "09:30", 2), ("09:30", "10:00", 2)]


def test_the_last_window_may_be_short() -> None:
    assert clock(divide(75, 6)) == [("08:00", "08:30", 2), ("08:30", "09:00", 2), ("09:00", "09:15", 2)]


def test_few_seats_merge_windows_so_that_none_is_empty() -> None:
    assert clock(divide(240, 3)) == [("08:00", "09:30", 1), ("09:30", "11:00", 1), ("11:00", "12:00", 1)]


@given(
    minutes=st.integers(min_value=1, max_value=24 * 60),
    seats=st.integers(min_value=1, max_value=500),
    slot_minutes=st.integers(min_value=5, max_value=240),
)
def test_windows_tile_the_session_and_hold_every_seat(minutes: int, seats: int, slot_minutes: int) -> None:
    windows = divide(minutes, seats, slot_minutes)

    begins = datetime(2026, 12, 7, 8, tzinfo=UTC)
    edges = [begins, *(w.ends_at for w in windows)]
    assert [w.starts_at for w in windows] == edges[:-1]
    assert edges[-1] == begins + timedelta(minutes=minutes)
    assert all(w.starts_at < w.ends_at for w in windows)
    assert sum(w.capacity for w in windows) == seats
    capacities = [w.capacity for w in windows]
    assert capacities == sorted(capacities, reverse=True)
    assert min(capacities) >= 1
    assert max(capacities) - min(capacities) <= 1
    if seats >= len(windows) > 1:
        assert len(windows) == min(-(-minutes // slot_minutes), seats)
