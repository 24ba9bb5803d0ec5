"""Where a seat goes that came back while patients wait: to the first whom the rules allow it, then to the next."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import AccountPatient, WeChatIdentity
from booking import tasks
from booking.models import (
    Appointment,
    AppointmentStatus,
    CancelledBy,
    Channel,
    EventKind,
    OrderState,
    ReturnEnd,
    SeatReturn,
    WaitlistEnd,
    WaitlistEntry,
    WaitlistSkip,
)
from booking.services.acceptance import accept_offer
from booking.services.holds import expire_due_holds
from booking.services.payments import record_payment
from booking.services.seats import SessionFull
from booking.services.suspension import suspend_session
from booking.services.waitlist.joining import leave_waitlist
from booking.services.waitlist.passing import ASKED_AGAIN_AFTER, PassedOn, pass_on_seats
from hospitals.models import ClinicSession, SessionStatus
from hospitals.services.quotas import publish_quota
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.snapshot import everything
from tests.booking.waiting import cancel, full_session, reread, set_policy, wait_for
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, book, make_account, make_clinic, paid_state

NOTHING = PassedOn(offered=0, released=0, cleared=0)
# Two days before the visit at ten: the waitlist is cleared 37 hours later, of which a quarter is 9 h 15 min.
DEADLINE = NOW + timedelta(hours=9, minutes=15)


def counters(session: ClinicSession) -> tuple[int, int]:
    session.refresh_from_db()
    return session.advance_taken, session.withheld


class TestOffering:
    def test_a_free_seat_is_booked_for_the_first_until_they_accept_it(self) -> None:
        session, (leaving,) = full_session()
        first, second = wait_for(session), wait_for(session)
        cancel(leaving)
        assert counters(session) == (0, 1)

        assert pass_on_seats(now=NOW) == PassedOn(offered=1, released=0, cleared=0)

        offered = reread(first)
        assert (offered.end, offered.ended_at) == (WaitlistEnd.OFFERED, NOW)
        held = offered.appointment
        assert held is not None
        assert (held.status, held.channel, held.patient_id, held.booked_by_id) == (
            AppointmentStatus.PENDING,
            Channel.ADVANCE,
            first.patient_id,
            first.joined_by_id,
        )
        assert (held.hold_expires_at, held.slot_id, held.number) == (DEADLINE, leaving.slot_id, 2)
        (event,) = held.events.all()
        assert (event.kind, event.actor_kind, event.to_status) == (EventKind.OFFERED, "system", AppointmentStatus.PENDING)
        assert (event.detail["waitlist_entry"], event.detail["rule"]) == (first.pk, "first-come")
        assert counters(session) == (1, 0)
        assert SeatReturn.objects.get().end == ReturnEnd.OFFERED
        assert reread(second).ended_at is None

        accept_offer(appointment_id=held.pk, user=offered.joined_by, now=NOW + ONE_SECOND)
        assert Appointment.objects.get(pk=held.pk).status == AppointmentStatus.BOOKED
        assert pass_on_seats(now=NOW + timedelta(hours=12)) == NOTHING

    def test_again_changes_nothing(self) -> None:
        session, (leaving,) = full_session()
        wait_for(session), wait_for(session)
        cancel(leaving)
        pass_on_seats(now=NOW)
        before = everything()
        assert pass_on_seats(now=NOW + ONE_SECOND) == NOTHING
        assert everything() == before

    def test_one_with_a_fee_is_paid_for(self) -> None:
        session, (leaving,) = full_session(fee_fen=5000)
        entry = wait_for(session)
        cancel(leaving)
        pass_on_seats(now=NOW)
        held = reread(entry).appointment
        assert held is not None
        order = held.payment_order
        assert (order.state, order.amount_fen, order.expires_at) == (OrderState.CREATED, 5000, DEADLINE)
        record_payment(state=paid_state(held, now=NOW), now=NOW + timedelta(hours=9))
        held.refresh_from_db()
        assert held.status == AppointmentStatus.BOOKED

    def test_as_many_as_there_are_seats_in_the_order_of_joining(self) -> None:
        session, bookings = full_session(seats=3)
        entries = [wait_for(session) for _ in range(3)]
        for leaving in bookings[:2]:
            cancel(leaving)
        assert pass_on_seats(now=NOW).offered == 2
        assert [reread(entry).end for entry in entries] == [WaitlistEnd.OFFERED, WaitlistEnd.OFFERED, ""]
        assert counters(session) == (3, 0)

    def test_the_window_is_that_of_the_seat(self) -> None:
        session, bookings = full_session(seats=2, slot_minutes=120, advance_quota=0)
        assert bookings == []
        publish_quota(session_id=session.pk, advance_quota=2, extra_quota=0)
        early, late = (book(make_account(), slot, now=NOW) for slot in session.slots.order_by("starts_at"))
        entry = wait_for(session)
        cancel(late)
        pass_on_seats(now=NOW)
        held = reread(entry).appointment
        assert held is not None
        assert (held.slot_id, early.slot_id == late.slot_id) == (late.slot_id, False)

    def test_nobody_else_can_have_it(self) -> None:
        session, (leaving,) = full_session()
        wait_for(session)
        cancel(leaving)
        with pytest.raises(SessionFull):
            book(make_account(), session, now=NOW)
        pass_on_seats(now=NOW)
        with pytest.raises(SessionFull):
            book(make_account(), session, now=NOW)

    def test_a_delay_of_nothing_still_lets_the_waitlist_go_first(self) -> None:
        session, (leaving,) = full_session()
        set_policy(session.hospital, return_delay_minutes=0)
        wait_for(session)
        cancel(leaving)
        assert counters(session) == (0, 1)
        assert pass_on_seats(now=NOW).offered == 1

    def test_after_advance_booking_has_closed_on_the_eve(self) -> None:
        session, (leaving,) = full_session()
        entry = wait_for(session)
        evening = at("18:00", days=-1)
        cancel(leaving, now=evening)
        assert pass_on_seats(now=evening).offered == 1
        held = reread(entry).appointment
        assert held is not None
        # A quarter of five hours.
        assert (held.channel, held.hold_expires_at) == (Channel.ADVANCE, evening + timedelta(minutes=75))

    def test_seats_that_a_raised_quota_adds(self) -> None:
        session, _ = full_session(seats=3, advance_quota=1)
        entries = [wait_for(session) for _ in range(3)]
        publish_quota(session_id=session.pk, advance_quota=3, extra_quota=0)
        assert pass_on_seats(now=NOW).offered == 2
        assert [reread(entry).end for entry in entries] == [WaitlistEnd.OFFERED, WaitlistEnd.OFFERED, ""]
        assert counters(session) == (3, 0)
        assert not SeatReturn.objects.exists()

    def test_by_the_task(self, now: datetime) -> None:
        session, (leaving,) = full_session(visit_date=(now + timedelta(days=3)).date(), now=now)
        set_policy(session.hospital, waitlist_opens_time=at("00:00").time(), waitlist_closes_time=at("23:59:59").time())
        entry = wait_for(session, now=now)
        cancel(leaving, now=now)
        tasks.pass_on_seats()
        assert reread(entry).end == WaitlistEnd.OFFERED


class TestGoingOn:
    """To the next, when the first lets it run out or gives it up."""

    def offered(self, **session: Any) -> tuple[ClinicSession, WaitlistEntry, WaitlistEntry]:
        clinic, (leaving,) = full_session(**session)
        first, second = wait_for(clinic), wait_for(clinic)
        cancel(leaving)
        assert pass_on_seats(now=NOW).offered == 1
        return clinic, first, second

    def test_when_it_runs_out(self) -> None:
        session, first, second = self.offered()
        assert expire_due_holds(now=DEADLINE - ONE_SECOND).expired == 0
        assert expire_due_holds(now=DEADLINE).expired == 1
        assert counters(session) == (0, 1)
        assert pass_on_seats(now=DEADLINE).offered == 1
        ran_out, held = reread(first).appointment, reread(second).appointment
        assert ran_out is not None
        assert held is not None
        assert (ran_out.status, ran_out.cancelled_by, ran_out.outcome) == (AppointmentStatus.CANCELLED, "system", "void")
        assert (held.status, held.patient_id) == (AppointmentStatus.PENDING, second.patient_id)

    def test_when_the_patient_gives_it_up(self) -> None:
        _, first, second = self.offered()
        declined = reread(first).appointment
        assert declined is not None
        cancel(declined, by=CancelledBy.PATIENT)
        assert pass_on_seats(now=NOW).offered == 1
        held = reread(second).appointment
        assert held is not None
        declined.refresh_from_db()
        assert (declined.outcome, held.status) == ("void", AppointmentStatus.PENDING)

    def test_and_on_sale_when_nobody_waits_any_more(self) -> None:
        session, first, second = self.offered()
        leave_waitlist(entry_id=second.pk, user=second.joined_by, now=NOW)
        declined = reread(first).appointment
        assert declined is not None
        cancel(declined, by=CancelledBy.PATIENT)
        later = NOW + timedelta(hours=2)
        assert pass_on_seats(now=later) == PassedOn(offered=0, released=1, cleared=0)
        assert book(make_account(), session, now=later).number == 3

    def test_one_that_is_paid_too_late_goes_back_where_the_next_has_the_seat(self) -> None:
        _, first, second = self.offered(fee_fen=5000)
        late = reread(first).appointment
        assert late is not None
        expire_due_holds(now=DEADLINE)
        pass_on_seats(now=DEADLINE)
        record_payment(state=paid_state(late, now=DEADLINE), now=DEADLINE)
        late.refresh_from_db()
        order = late.payment_order
        order.refresh_from_db()
        assert (late.status, order.paid_fen, order.refunded_fen) == (AppointmentStatus.CANCELLED, 5000, 5000)
        assert reread(second).end == WaitlistEnd.OFFERED


class TestSkipping:
    """The rules are asked anew when the turn comes."""

    def waiting(self, *accounts: Account, **session: Any) -> tuple[ClinicSession, list[WaitlistEntry]]:
        clinic, (leaving,) = full_session(**session)
        entries = [wait_for(clinic, account) for account in accounts]
        cancel(leaving)
        return clinic, entries

    def test_who_may_not_is_told_why_and_keeps_the_place(self) -> None:
        account = make_account()
        session, (leaving,) = full_session()
        first, second = wait_for(session, account), wait_for(session)
        other = make_clinic(visit_date=VISIT, department=session.department)
        elsewhere = book(account, other, now=NOW)
        cancel(leaving)
        assert pass_on_seats(now=NOW).offered == 1
        assert reread(second).end == WaitlistEnd.OFFERED
        skip = WaitlistSkip.objects.get()
        assert (skip.entry_id, skip.at, skip.code, skip.reason) == (
            first.pk,
            NOW,
            "department-day-cap",
            "同一科室同一天最多预约 1 次。",
        )
        # The place is kept: the next seat is theirs.
        cancel(elsewhere)
        declined = reread(second).appointment
        assert declined is not None
        cancel(declined)
        assert pass_on_seats(now=NOW).offered == 1
        assert reread(first).end == WaitlistEnd.OFFERED

    def test_each_reason_is_written_once_with_the_last_time(self) -> None:
        account = make_account()
        session, _ = self.waiting(account)
        AccountPatient.objects.filter(user=account.user).update(removed_at=NOW)
        last = NOW + 2 * ASKED_AGAIN_AFTER
        for moment in (NOW, NOW + ASKED_AGAIN_AFTER, last):
            assert pass_on_seats(now=moment).offered == 0
        assert [(skip.code, skip.at) for skip in WaitlistSkip.objects.all()] == [("patient-not-found", last)]
        assert counters(session)[0] == 0

    def test_who_was_passed_over_is_asked_again_after_a_while(self) -> None:
        account = make_account()
        self.waiting(account)
        SeatReturn.objects.update(returns_at=NOW + timedelta(hours=2))
        link = AccountPatient.objects.filter(user=account.user)
        link.update(removed_at=NOW)
        assert pass_on_seats(now=NOW + ONE_SECOND).offered == 0
        link.update(removed_at=None)
        again = NOW + ONE_SECOND + ASKED_AGAIN_AFTER
        assert pass_on_seats(now=again - ONE_SECOND) == NOTHING
        assert pass_on_seats(now=again).offered == 1
        assert WaitlistSkip.objects.get().at == NOW + ONE_SECOND

    def test_each_seat_that_comes_back_is_a_new_question(self) -> None:
        account = make_account()
        session, bookings = full_session(seats=2)
        entry = wait_for(session, account)
        cancel(bookings[0])
        AccountPatient.objects.filter(user=account.user).update(removed_at=NOW)
        assert pass_on_seats(now=NOW).offered == 0
        AccountPatient.objects.filter(user=account.user).update(removed_at=None)
        cancel(bookings[1], now=NOW + ONE_SECOND)
        assert pass_on_seats(now=NOW + 2 * ONE_SECOND).offered == 1
        assert reread(entry).end == WaitlistEnd.OFFERED

    def test_who_could_not_pay(self) -> None:
        account = make_account()
        self.waiting(account, fee_fen=5000)
        WeChatIdentity.objects.filter(user=account.user).delete()
        assert pass_on_seats(now=NOW).offered == 0
        assert WaitlistSkip.objects.get().code == "wechat-identity-missing"

    def test_where_all_are_refused_the_seat_is_on_sale_at_its_time(self) -> None:
        account = make_account()
        session, (entry,) = self.waiting(account)
        AccountPatient.objects.filter(user=account.user).update(removed_at=NOW)
        returns_at = SeatReturn.objects.get().returns_at
        assert pass_on_seats(now=returns_at - ONE_SECOND) == NOTHING
        assert pass_on_seats(now=returns_at) == PassedOn(offered=0, released=1, cleared=0)
        assert counters(session) == (0, 0)
        assert book(make_account(), session, now=returns_at).status == AppointmentStatus.BOOKED
        assert reread(entry).ended_at is None

    def test_who_left_is_not_asked(self) -> None:
        session, (leaving,) = full_session()
        first, second = wait_for(session), wait_for(session)
        leave_waitlist(entry_id=first.pk, user=first.joined_by, now=NOW)
        cancel(leaving)
        pass_on_seats(now=NOW)
        assert (reread(first).end, reread(second).end) == (WaitlistEnd.LEFT, WaitlistEnd.OFFERED)


class TestHours:
    def test_at_night_the_seat_waits_for_the_morning(self) -> None:
        session, (leaving,) = full_session()
        entry = wait_for(session)
        night, morning = at("23:00", days=-2), at("06:00", days=-1)
        cancel(leaving, now=night)
        for moment in (night, at("03:00", days=-1), morning - ONE_SECOND):
            assert pass_on_seats(now=moment) == NOTHING
        assert counters(session) == (0, 1)
        assert pass_on_seats(now=morning).offered == 1
        assert reread(entry).end == WaitlistEnd.OFFERED

    def test_an_offer_that_could_not_stand_for_the_shortest_time_is_not_made(self) -> None:
        session, (leaving,) = full_session()
        entry = wait_for(session)
        last = at("22:30", days=-1)
        cancel(leaving, now=last)
        assert pass_on_seats(now=last + ONE_SECOND).offered == 0
        assert pass_on_seats(now=last).offered == 1
        held = reread(entry).appointment
        assert held is not None
        assert held.hold_expires_at == at("23:00", days=-1)


class TestClearing:
    CLEARS = at("23:00", days=-1)

    def test_on_the_eve_of_the_visit(self) -> None:
        session, (leaving,) = full_session()
        other, _ = full_session(visit_date=VISIT + timedelta(days=1))
        entries, elsewhere = [wait_for(session) for _ in range(2)], wait_for(other)
        evening = at("22:45", days=-1)
        cancel(leaving, now=evening)
        SeatReturn.objects.update(returns_at=at("06:00"))
        assert pass_on_seats(now=self.CLEARS - ONE_SECOND) == NOTHING

        assert pass_on_seats(now=self.CLEARS) == PassedOn(offered=0, released=0, cleared=2)

        assert {(entry.end, entry.ended_at) for entry in map(reread, entries)} == {(WaitlistEnd.CLEARED, self.CLEARS)}
        assert reread(elsewhere).ended_at is None
        # What was kept for them is on sale at once, not at its own time.
        assert counters(session) == (0, 0)
        assert SeatReturn.objects.get().end == ReturnEnd.RELEASED
        assert pass_on_seats(now=self.CLEARS) == NOTHING

    def test_an_open_offer_stands(self) -> None:
        session, (leaving,) = full_session()
        entry = wait_for(session)
        cancel(leaving, now=at("22:30", days=-1))
        pass_on_seats(now=at("22:30", days=-1))
        pass_on_seats(now=self.CLEARS)
        held = reread(entry).appointment
        assert held is not None
        assert held.status == AppointmentStatus.PENDING

    def test_a_suspended_session(self) -> None:
        session, _ = full_session()
        entry = wait_for(session)
        suspend_session(session_id=session.pk, reason="外出会诊", substitute_session_id=None, by=make_staff(), now=NOW)
        assert pass_on_seats(now=NOW) == PassedOn(offered=0, released=0, cleared=1)
        assert reread(entry).end == WaitlistEnd.CANCELLED

    def test_an_offer_of_a_session_that_is_suspended_is_withdrawn(self) -> None:
        session, (leaving,) = full_session()
        entry = wait_for(session)
        cancel(leaving)
        pass_on_seats(now=NOW)
        suspend_session(session_id=session.pk, reason="外出会诊", substitute_session_id=None, by=make_staff(), now=NOW)
        held = reread(entry).appointment
        assert held is not None
        assert (held.status, held.outcome) == (AppointmentStatus.CANCELLED, "void")

    def test_a_closed_session(self) -> None:
        session, _ = full_session()
        entry = wait_for(session)
        ClinicSession.objects.filter(pk=session.pk).update(status=SessionStatus.CLOSED)
        assert pass_on_seats(now=NOW).cleared == 1
        assert reread(entry).end == WaitlistEnd.CANCELLED
