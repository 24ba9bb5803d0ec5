"""Holds that run out, and payments that come when they have."""

from datetime import datetime, timedelta

import pytest

from booking.locks import TooBusy
from booking.models import Appointment, AppointmentStatus, CancelledBy, EventKind, OrderState, Outcome, PaymentOrder, Refund
from booking.services import holds
from booking.services.cancellation import cancel_appointment, expire_hold
from booking.services.holds import SweepResult, close_abandoned_orders, expire_due_holds
from booking.services.orders import place_order
from booking.services.payments import record_payment
from booking.services.refunds import submit_refund
from booking.services.returns import release_due_returns
from booking.services.transitions import patient_actor
from hospitals.models import ClinicSession, Department, SessionStatus
from tests.booking.clock import NOW, VISIT, at
from tests.booking.notices import post
from tests.booking.snapshot import everything
from tests.factories.booking import Account, book, make_account, make_appointment, make_clinic, paid_state, slot_of
from wechat.emulator.testing import Emulator

CLOSE = "/v3/pay/transactions/out-trade-no/"
HOLD = timedelta(minutes=10)
# By then every seat that came back with a hold is on sale again.
BACK_ON_SALE = HOLD + timedelta(hours=2)


@pytest.fixture
def held(emulator: Emulator, now: datetime, account: Account) -> Appointment:
    """The only seat of its session, held for 50 yuan; its order was placed."""
    appointment = make_appointment(now=now, account=account, fee_fen=5000, rated_capacity=1, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    return appointment


def state(appointment: Appointment) -> tuple[str, str, int]:
    appointment.refresh_from_db()
    order = PaymentOrder.objects.get(appointment=appointment)
    return appointment.status, order.state, order.paid_fen - order.refunded_fen


def seats(appointment: Appointment) -> int:
    return ClinicSession.objects.get(pk=appointment.session_id).advance_taken


BOOKED = (AppointmentStatus.BOOKED, OrderState.PAID, 5000)
GIVEN_BACK = (AppointmentStatus.CANCELLED, OrderState.PAID, 0)


class TestExpiry:
    def test_the_seat_is_free_again_and_the_order_closed_at_wechat(
        self, held: Appointment, emulator: Emulator, now: datetime
    ) -> None:
        assert expire_due_holds(now=now + HOLD) == SweepResult(expired=1, paid=0)

        assert state(held) == (AppointmentStatus.CANCELLED, OrderState.CLOSED, 0)
        assert (held.cancelled_by, held.outcome, held.hold_expires_at) == (CancelledBy.SYSTEM, Outcome.VOID, None)
        assert held.events.last().kind == EventKind.HOLD_EXPIRED
        assert seats(held) == 0
        with pytest.raises(ValueError, match="订单已关闭"):
            emulator.pay(held.payment_order.out_trade_no)
        assert release_due_returns(now=now + BACK_ON_SALE) == 1
        assert make_appointment(now=now + BACK_ON_SALE, session=held.session, is_paid=False).number == 2

    def test_not_a_moment_before(self, held: Appointment, emulator: Emulator, now: datetime) -> None:
        before = everything()
        assert expire_due_holds(now=now + HOLD - timedelta(microseconds=1)) == SweepResult(expired=0, paid=0)
        assert everything() == before

    def test_again_changes_nothing(self, held: Appointment, now: datetime) -> None:
        expire_due_holds(now=now + HOLD)
        before = everything()
        assert expire_due_holds(now=now + HOLD) == SweepResult(expired=0, paid=0)
        assert close_abandoned_orders(now=now + HOLD) == 0
        assert everything() == before

    def test_an_order_that_never_reached_wechat(self, emulator: Emulator, now: datetime) -> None:
        appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
        assert expire_due_holds(now=now + HOLD) == SweepResult(expired=1, paid=0)
        assert state(appointment) == (AppointmentStatus.CANCELLED, OrderState.CLOSED, 0)

    def test_paid_and_never_told(self, held: Appointment, emulator: Emulator, now: datetime) -> None:
        """The notification was lost; closing the order says ORDERPAID."""
        emulator.pay(held.payment_order.out_trade_no, notify="lost")
        assert expire_due_holds(now=now + HOLD) == SweepResult(expired=0, paid=1)
        assert state(held) == BOOKED
        assert seats(held) == 1

    def test_while_wechat_is_down_the_seat_is_freed_and_the_order_ended_later(
        self, held: Appointment, emulator: Emulator, now: datetime
    ) -> None:
        emulator.break_next(CLOSE, "status", status=503)
        assert expire_due_holds(now=now + HOLD) == SweepResult(expired=1, paid=0)
        assert state(held) == (AppointmentStatus.CANCELLED, OrderState.PLACED, 0)
        assert seats(held) == 0
        emulator.break_next(CLOSE, "status", status=503)
        assert close_abandoned_orders(now=now + HOLD) == 0
        assert close_abandoned_orders(now=now + 2 * HOLD) == 1
        assert state(held) == (AppointmentStatus.CANCELLED, OrderState.CLOSED, 0)

    def test_one_that_cannot_be_freed_keeps_no_other_waiting(
        self, held: Appointment, emulator: Emulator, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = make_appointment(now=now, fee_fen=5000, is_paid=False)
        really_expire = holds.expire_hold

        def expire(*, appointment_id: int, now: datetime) -> bool:
            if appointment_id == held.pk:
                raise TooBusy()
            return really_expire(appointment_id=appointment_id, now=now)

        monkeypatch.setattr(holds, "expire_hold", expire)
        assert expire_due_holds(now=now + HOLD) == SweepResult(expired=1, paid=0)
        assert (state(held)[0], state(other)[0]) == (AppointmentStatus.PENDING, AppointmentStatus.CANCELLED)

    def test_paid_another_amount_frees_the_seat_and_keeps_no_other_waiting(
        self, held: Appointment, emulator: Emulator, now: datetime
    ) -> None:
        emulator.pay(held.payment_order.out_trade_no, notify="lost")
        PaymentOrder.objects.filter(appointment=held).update(amount_fen=4000)
        other = make_appointment(now=now, fee_fen=5000, is_paid=False)
        assert expire_due_holds(now=now + HOLD) == SweepResult(expired=2, paid=0)
        assert state(held) == (AppointmentStatus.CANCELLED, OrderState.PLACED, 0)
        assert state(other) == (AppointmentStatus.CANCELLED, OrderState.CLOSED, 0)

    def test_what_the_patient_withdrew_is_closed_at_wechat(self, held: Appointment, emulator: Emulator, now: datetime) -> None:
        actor = patient_actor(held.booked_by)
        cancel_appointment(appointment_id=held.pk, by=CancelledBy.PATIENT, actor=actor, now=now)
        assert close_abandoned_orders(now=now) == 1
        with pytest.raises(ValueError, match="订单已关闭"):
            emulator.pay(held.payment_order.out_trade_no)


class TestPaidTooLate:
    """Paid in time, heard of when the hold was over and WeChat could not be asked."""

    @pytest.fixture
    def late(self, held: Appointment, emulator: Emulator, now: datetime) -> Appointment:
        emulator.pay(held.payment_order.out_trade_no)
        emulator.break_next(CLOSE, "status", status=503)
        assert expire_due_holds(now=now + HOLD).expired == 1
        assert state(held) == (AppointmentStatus.CANCELLED, OrderState.PLACED, 0)
        return held

    def hear(self, late: Appointment, emulator: Emulator) -> None:
        assert post(*emulator.notifications(late.payment_order.out_trade_no)).status_code == 204

    def give_to_another(self, late: Appointment, now: datetime) -> None:
        assert release_due_returns(now=now + BACK_ON_SALE) == 1
        book(make_account(), late.session, now=now + BACK_ON_SALE)

    def test_a_seat_that_is_still_there_is_the_patients(self, late: Appointment, emulator: Emulator) -> None:
        self.hear(late, emulator)
        assert state(late) == BOOKED
        assert (late.number, late.outcome, late.cancelled_at, late.closed_at) == (2, "", None, None)
        assert late.events.last().detail == {"late_payment": True}
        assert seats(late) == 1
        assert not Refund.objects.exists()

    def test_one_that_is_on_sale_again_as_well(self, late: Appointment, emulator: Emulator, now: datetime) -> None:
        assert release_due_returns(now=now + BACK_ON_SALE) == 1
        self.hear(late, emulator)
        assert state(late) == BOOKED
        assert seats(late) == 1

    def test_heard_of_by_the_sweep(self, late: Appointment, emulator: Emulator, now: datetime) -> None:
        assert close_abandoned_orders(now=now + HOLD) == 1
        assert state(late) == BOOKED

    def test_where_the_seat_is_gone_the_money_goes_back_by_itself(
        self, late: Appointment, emulator: Emulator, now: datetime
    ) -> None:
        self.give_to_another(late, now)
        self.hear(late, emulator)
        assert state(late) == GIVEN_BACK
        assert seats(late) == 1
        refund = Refund.objects.get()
        assert (refund.amount_fen, submit_refund(refund_id=refund.pk, now=now)) == (5000, "processing")
        assert submit_refund(refund_id=refund.pk, now=now) == "succeeded"

    def test_twice_is_once(self, late: Appointment, emulator: Emulator, now: datetime) -> None:
        self.give_to_another(late, now)
        self.hear(late, emulator)
        before = everything()
        self.hear(late, emulator)
        assert close_abandoned_orders(now=now + HOLD) == 0
        assert everything() == before

    def test_a_suspended_session_gives_no_seat(self, late: Appointment, emulator: Emulator) -> None:
        ClinicSession.objects.update(status=SessionStatus.SUSPENDED)
        self.hear(late, emulator)
        assert state(late) == GIVEN_BACK


class TestPaidTooLateByTheRules:
    """A seat is given again only where a new booking would have been allowed."""

    @pytest.fixture
    def department(self) -> Department:
        return make_clinic(visit_date=VISIT).department

    def expired(self, account: Account, session: ClinicSession) -> Appointment:
        appointment = book(account, session, now=NOW)
        assert expire_hold(appointment_id=appointment.pk, now=NOW + HOLD)
        return appointment

    def pay(self, appointment: Appointment, now: datetime = NOW + 2 * HOLD) -> tuple[str, str, int]:
        record_payment(state=paid_state(appointment, now=now), now=now)
        return state(appointment)

    def test_the_same_session_booked_anew(self, account: Account, department: Department) -> None:
        session = make_clinic(visit_date=VISIT, fee_fen=5000, department=department)
        first = self.expired(account, session)
        second = book(account, session, now=NOW + HOLD)
        assert self.pay(first) == GIVEN_BACK
        assert self.pay(second) == BOOKED

    def test_another_booking_in_the_department_that_day(self, account: Account, department: Department) -> None:
        first = self.expired(account, make_clinic(visit_date=VISIT, fee_fen=5000, department=department))
        other = make_clinic(visit_date=VISIT, fee_fen=5000, department=department)
        second = book(account, other, now=NOW + HOLD)
        assert self.pay(first) == GIVEN_BACK
        assert self.pay(second) == BOOKED

    def test_the_window_is_taken(self, account: Account, department: Department) -> None:
        session = make_clinic(visit_date=VISIT, fee_fen=5000, department=department, rated_capacity=8)
        first = self.expired(account, session)
        assert release_due_returns(now=NOW + BACK_ON_SALE) == 1
        book(make_account(), session, now=NOW + BACK_ON_SALE)
        assert self.pay(first, NOW + BACK_ON_SALE) == GIVEN_BACK

    @pytest.mark.parametrize(
        ("now", "status", "channel"),
        [
            (at("17:00", days=-1), GIVEN_BACK, "advance"),  # too late for advance, too early for the day
            (at("08:10"), BOOKED, "same-day"),
            (at("08:30"), GIVEN_BACK, "advance"),  # the window is over
        ],
    )
    def test_by_the_channel_that_is_open_then(
        self, account: Account, department: Department, now: datetime, status: tuple, channel: str
    ) -> None:
        first = self.expired(account, make_clinic(visit_date=VISIT, fee_fen=5000, department=department))
        assert self.pay(first, now) == status
        assert first.channel == channel


class TestHeldTooLong:
    """Still pending when the money is heard of, and yet nothing to be seen for it."""

    def held(self) -> Appointment:
        return make_appointment(now=NOW, session=make_clinic(visit_date=VISIT, fee_fen=5000), is_paid=False)

    def test_the_session_is_over(self) -> None:
        appointment = self.held()
        record_payment(state=paid_state(appointment, now=NOW), now=at("12:00"))
        assert state(appointment) == GIVEN_BACK
        assert (appointment.outcome, seats(appointment)) == (Outcome.VOID, 0)

    def test_the_session_is_suspended(self) -> None:
        appointment = self.held()
        ClinicSession.objects.filter(pk=appointment.session_id).update(status=SessionStatus.SUSPENDED)
        record_payment(state=paid_state(appointment, now=NOW), now=NOW)
        assert state(appointment) == GIVEN_BACK
        assert slot_of(appointment.session).taken == 0

    def test_a_running_session_is_worth_its_money(self) -> None:
        appointment = self.held()
        record_payment(state=paid_state(appointment, now=NOW), now=at("11:59:59"))
        assert state(appointment) == BOOKED
