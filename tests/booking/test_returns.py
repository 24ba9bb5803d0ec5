"""Seats that were given up: off sale for a random while, then back where they came from."""

from datetime import datetime, timedelta

import pytest

from booking.locks import TooBusy
from booking.models import Channel, ReturnEnd, SeatReturn
from booking.services import returns
from booking.services.moves import move_appointment
from booking.services.returns import release_due_returns
from booking.services.seats import SessionFull
from hospitals.models import ClinicSession, SessionStatus
from hospitals.services.quotas import publish_quota
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.snapshot import everything
from tests.booking.waiting import cancel, full_session, set_policy
from tests.factories.booking import book, make_account, make_clinic, slot_of

HOUR = timedelta(hours=1)


class Chance:
    """Falls out as it is told to."""

    def __init__(self, value: float) -> None:
        self.value = value

    def random(self) -> float:
        return self.value


def counters(session: ClinicSession) -> tuple[int, int, int]:
    session.refresh_from_db()
    slot = slot_of(session)
    assert slot.withheld == session.withheld
    return session.advance_taken + session.same_day_taken, session.withheld, slot.left


class TestHowLong:
    """The window is that of the whole morning, and ends at noon."""

    @pytest.mark.parametrize(
        ("freed_at", "minutes", "chance", "delay"),
        [
            (NOW, 120, 0.0, timedelta(0)),
            (NOW, 120, 0.5, HOUR),
            (NOW, 120, 0.75, timedelta(minutes=90)),
            (NOW, 10, 0.5, timedelta(minutes=5)),
            # A quarter of what is left of the window: eight hours at four in the morning, four at eight, one at eleven.
            (at("04:00"), 120, 0.5, HOUR),
            (at("08:00"), 120, 0.5, HOUR / 2),
            (at("11:00"), 120, 0.5, HOUR / 8),
            (at("11:00"), 10, 0.5, timedelta(minutes=5)),
        ],
    )
    def test_by_policy_chance_and_what_is_left(
        self, monkeypatch: pytest.MonkeyPatch, freed_at: datetime, minutes: int, chance: float, delay: timedelta
    ) -> None:
        session, (leaving,) = full_session()
        set_policy(session.hospital, return_delay_minutes=minutes)
        monkeypatch.setattr(returns, "_random", Chance(chance))
        cancel(leaving, now=freed_at)
        kept = SeatReturn.objects.get()
        assert (kept.freed_at, kept.returns_at, kept.appointment_id) == (freed_at, freed_at + delay, leaving.pk)
        assert counters(session) == (0, 1, 0)

    def test_each_seat_has_a_time_of_its_own(self) -> None:
        _, bookings = full_session(seats=12)
        for leaving in bookings:
            cancel(leaving)
        times = set(SeatReturn.objects.values_list("returns_at", flat=True))
        assert len(times) == 12
        assert all(NOW <= moment < NOW + 2 * HOUR for moment in times)


class TestAtOnce:
    def test_where_the_policy_says_so(self) -> None:
        session, (leaving,) = full_session()
        set_policy(session.hospital, return_delay_minutes=0)
        cancel(leaving)
        assert counters(session) == (0, 0, 1)
        assert not SeatReturn.objects.exists()

    def test_extra_numbers(self) -> None:
        session, _ = full_session(extra_quota=1)
        extra = book(make_account(), session, now=at("08:05"))
        assert extra.channel == Channel.EXTRA
        cancel(extra, now=at("08:06"))
        session.refresh_from_db()
        assert (session.extra_taken, session.withheld) == (0, 0)

    def test_of_a_suspended_session(self) -> None:
        session, (leaving,) = full_session()
        ClinicSession.objects.filter(pk=session.pk).update(status=SessionStatus.SUSPENDED)
        cancel(leaving)
        assert counters(session) == (0, 0, 1)

    def test_of_a_window_that_is_over(self) -> None:
        session, (leaving,) = full_session(slot_minutes=120, seats=1)
        cancel(leaving, now=slot_of(session).ends_at)
        assert not SeatReturn.objects.exists()

    def test_of_a_move_within_the_session(self) -> None:
        """The patient's own seat goes to another window, and the session has as many as before."""
        session = make_clinic(visit_date=VISIT, rated_capacity=4, advance_quota=1, slot_minutes=120)
        account = make_account()
        old = book(account, session, now=NOW)
        move_appointment(user=account.user, appointment_id=old.pk, slot_id=slot_of(session, 1).pk, now=NOW)
        session.refresh_from_db()
        assert (session.advance_taken, session.withheld) == (1, 0)


class TestRelease:
    @pytest.fixture
    def session(self) -> ClinicSession:
        session, (leaving,) = full_session()
        cancel(leaving)
        SeatReturn.objects.update(returns_at=NOW + HOUR)
        return session

    def test_not_a_moment_before(self, session: ClinicSession) -> None:
        before = everything()
        assert release_due_returns(now=NOW + HOUR - ONE_SECOND) == 0
        assert everything() == before
        with pytest.raises(SessionFull):
            book(make_account(), session, now=NOW + HOUR - ONE_SECOND)

    def test_at_its_time(self, session: ClinicSession) -> None:
        assert release_due_returns(now=NOW + HOUR) == 1
        kept = SeatReturn.objects.get()
        assert (kept.end, kept.ended_at) == (ReturnEnd.RELEASED, NOW + HOUR)
        assert counters(session) == (0, 0, 1)
        assert book(make_account(), session, now=NOW + HOUR).number == 2

    def test_again_changes_nothing(self, session: ClinicSession) -> None:
        release_due_returns(now=NOW + HOUR)
        before = everything()
        assert release_due_returns(now=NOW + 2 * HOUR) == 0
        assert everything() == before

    def test_one_that_is_busy_keeps_no_other_waiting(self, session: ClinicSession, monkeypatch: pytest.MonkeyPatch) -> None:
        other, (leaving,) = full_session()
        cancel(leaving)
        really_lock = returns.lock_session

        def lock(session_id: int) -> ClinicSession:
            if session_id == session.pk:
                raise TooBusy()
            return really_lock(session_id)

        monkeypatch.setattr(returns, "lock_session", lock)
        assert release_due_returns(now=NOW + 2 * HOUR) == 1
        assert (counters(session), counters(other)) == ((0, 1, 0), (0, 0, 1))

    def test_a_quota_that_is_cut_leaves_the_seat_its_room(self, session: ClinicSession) -> None:
        published = publish_quota(session_id=session.pk, advance_quota=0, extra_quota=0)
        assert published.advance == 1
        assert release_due_returns(now=NOW + HOUR) == 1
        assert publish_quota(session_id=session.pk, advance_quota=0, extra_quota=0).advance == 0
