"""Seats that a window leaves behind on the visit day are not lost: they go on to the next window."""

import datetime as dt
from collections.abc import Callable

import pytest

from booking.models import Appointment, Channel
from booking.services.seats import SessionFull, SlotFull
from hospitals.models import ClinicSession, Slot
from tests.booking.clock import VISIT, at
from tests.factories.booking import api_client, book, make_account, make_clinic, slot_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> ClinicSession:
    """08:00–12:00 in four windows of two seats, one 加号."""
    return make_clinic(visit_date=VISIT, rated_capacity=8, extra_quota=1, slot_minutes=60)


@pytest.fixture
def take(session: ClinicSession) -> Callable[[int, dt.datetime], Appointment]:
    def take_seat(window: int, now: dt.datetime) -> Appointment:
        return book(make_account(), slot_of(session, window), now=now)

    return take_seat


def test_unused_seats_go_on_to_the_window_that_comes_next(session, take):
    # 10:30: the first two windows are over, one of their four seats was used.
    take(0, at("07:30"))
    for _ in range(2):
        take(2, at("10:30"))
    assert take(2, at("10:30")).channel == Channel.SAME_DAY
    assert [(s.capacity, s.taken) for s in session.slots.order_by("starts_at")] == [(1, 1), (0, 0), (5, 3), (2, 0)]


def test_a_rated_seat_always_finds_a_window_and_then_the_extra_one_opens(session, take):
    now = at("11:30")
    channels = [take(3, now).channel for _ in range(9)]
    assert channels == [Channel.SAME_DAY] * 8 + [Channel.EXTRA]
    with pytest.raises(SessionFull):
        take(3, now)
    assert sum(session.slots.values_list("capacity", flat=True)) == 8


def test_later_windows_keep_their_own_size(session, take):
    for _ in range(2):
        take(3, at("10:30"))
    with pytest.raises(SlotFull):
        take(3, at("10:30"))
    assert Slot.objects.get(session=session, starts_at=at("11:00")).taken == 2


def test_nothing_moves_before_the_session_starts(session, take):
    for _ in range(2):
        take(0, at("07:30"))
    with pytest.raises(SlotFull):
        take(0, at("07:30"))
    assert set(session.slots.values_list("capacity", flat=True)) == {2}


def test_the_api_shows_what_booking_would_give(session, take, monkeypatch):
    from django.utils import timezone

    monkeypatch.setattr(timezone, "now", lambda: at("10:30"))
    take(2, at("10:30"))
    windows = api_client(make_account().user).get(f"/api/v1/sessions/{session.pk}/slots").json()["slots"]
    # Two windows are over; the third has its one seat left and the four they left behind.
    assert [window["seats_left"] for window in windows] == [0, 0, 5, 2]
