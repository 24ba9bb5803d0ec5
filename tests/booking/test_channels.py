"""Advance, same-day and extra seats of one session."""

from collections.abc import Callable

import pytest

from booking.models import Appointment, CancelledBy, Channel, RefusedAttempt
from booking.services.cancellation import cancel_appointment
from booking.services.returns import release_due_returns
from booking.services.seats import SessionFull
from booking.services.transitions import patient_actor
from hospitals.models import ClinicSession
from hospitals.services.quotas import publish_quota
from tests.booking.clock import NOW, VISIT, at
from tests.factories.booking import book, make_account, make_clinic, slot_of

MORNING = at("08:05")
# The first window ends at nine: what comes back at 08:05 is on sale a quarter of that time later at the latest.
BACK_ON_SALE = at("08:19")


@pytest.fixture
def session() -> ClinicSession:
    """N = 4 in windows of one hour, N1 = 3, NA = 2."""
    return make_clinic(visit_date=VISIT, rated_capacity=4, advance_quota=3, extra_quota=2, slot_minutes=60)


@pytest.fixture
def take(session: ClinicSession) -> Callable[..., Appointment]:
    """Book the first window that has a seat (the last for 加号) for somebody new."""

    def take(now: object = NOW, place: int | None = None) -> Appointment:
        free = [slot for slot in session.slots.order_by("starts_at") if slot.taken < slot.capacity]
        slot = slot_of(session, place) if place is not None else free[0] if free else slot_of(session, -1)
        return book(make_account(), slot, now=now)

    return take


def counters(session: ClinicSession) -> tuple[int, int, int]:
    session.refresh_from_db()
    return session.advance_taken, session.same_day_taken, session.extra_taken


def test_the_advance_quota_is_all_there_is_before_the_day(session: ClinicSession, take: Callable[..., Appointment]) -> None:
    for _ in range(3):
        assert take().channel == Channel.ADVANCE
    with pytest.raises(SessionFull):
        take()
    assert counters(session) == (3, 0, 0)


def test_what_is_left_flows_back_and_extra_seats_follow_one_by_one(
    session: ClinicSession, take: Callable[..., Appointment]
) -> None:
    take()  # two of the three advance seats stay unsold
    channels = [take(MORNING).channel for _ in range(5)]
    assert channels == [Channel.SAME_DAY] * 3 + [Channel.EXTRA] * 2
    assert counters(session) == (1, 3, 2)
    with pytest.raises(SessionFull):
        take(MORNING)
    assert counters(session) == (1, 3, 2)
    assert list(Appointment.objects.order_by("pk").values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert RefusedAttempt.objects.get().channel == Channel.SAME_DAY


def test_extra_seats_come_after_a_windows_own(session: ClinicSession, take: Callable[..., Appointment]) -> None:
    """They share a window with its numbered patients and are counted apart."""
    for _ in range(4):
        take(MORNING)
    extra = take(MORNING, place=1)
    slot = slot_of(session, 1)
    assert (extra.channel, slot.taken, slot.capacity, slot.extra_taken) == (Channel.EXTRA, 1, 1, 1)


@pytest.mark.parametrize(("place", "channel"), [(0, Channel.ADVANCE), (3, Channel.SAME_DAY), (4, Channel.EXTRA)])
def test_a_freed_seat_returns_where_it_came_from(
    session: ClinicSession, take: Callable[..., Appointment], place: int, channel: Channel
) -> None:
    taken = [take() for _ in range(3)] + [take(MORNING), take(MORNING)]
    assert counters(session) == (3, 1, 1)

    freed = taken[place]
    assert freed.channel == channel
    cancel_appointment(appointment_id=freed.pk, by=CancelledBy.PATIENT, actor=patient_actor(freed.booked_by), now=MORNING)

    expected = {Channel.ADVANCE: (2, 1, 1), Channel.SAME_DAY: (3, 0, 1), Channel.EXTRA: (3, 1, 0)}
    assert counters(session) == expected[channel]


def test_a_rated_seat_that_is_freed_goes_before_the_extra_ones(session: ClinicSession, take: Callable[..., Appointment]) -> None:
    first, *_ = [take(MORNING) for _ in range(5)]
    assert counters(session) == (0, 4, 1)
    cancel_appointment(appointment_id=first.pk, by=CancelledBy.PATIENT, actor=patient_actor(first.booked_by), now=MORNING)
    assert release_due_returns(now=BACK_ON_SALE) == 1
    assert [take(BACK_ON_SALE).channel, take(BACK_ON_SALE).channel] == [Channel.SAME_DAY, Channel.EXTRA]


def test_a_seat_that_is_not_on_sale_yet_is_nobodys(session: ClinicSession, take: Callable[..., Appointment]) -> None:
    first, *_ = [take(MORNING) for _ in range(5)]
    cancel_appointment(appointment_id=first.pk, by=CancelledBy.PATIENT, actor=patient_actor(first.booked_by), now=MORNING)
    assert take(MORNING, place=0).channel == Channel.EXTRA
    with pytest.raises(SessionFull):
        take(MORNING, place=0)
    assert counters(session) == (0, 3, 2)


def test_a_quota_that_is_raised_opens_at_once_and_never_falls_below_what_is_taken(
    session: ClinicSession, take: Callable[..., Appointment]
) -> None:
    for _ in range(3):
        take()
    publish_quota(session_id=session.pk, advance_quota=1, extra_quota=0)
    session.refresh_from_db()
    assert session.advance_quota == 3
    publish_quota(session_id=session.pk, advance_quota=9, extra_quota=0)
    assert take().channel == Channel.ADVANCE
    with pytest.raises(SessionFull):
        take()
    with pytest.raises(SessionFull):
        take(MORNING)
    assert counters(session) == (4, 0, 0)


def test_nothing_in_advance_and_only_same_day(take: Callable[..., Appointment], session: ClinicSession) -> None:
    publish_quota(session_id=session.pk, advance_quota=0, extra_quota=0)
    with pytest.raises(SessionFull):
        take()
    assert [take(MORNING).channel for _ in range(4)] == [Channel.SAME_DAY] * 4
    with pytest.raises(SessionFull):
        take(MORNING)
