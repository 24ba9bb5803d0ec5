"""A payment on its way from WeChat to a booked appointment: by notification, by query, doubled, lost, late to be heard of."""

from datetime import datetime

import pytest

from booking.models import (
    Appointment,
    AppointmentStatus,
    CancelledBy,
    EventKind,
    OrderState,
    PaymentOrder,
    PayNotification,
    Refund,
)
from booking.services.cancellation import cancel_appointment
from booking.services.orders import NothingToPay, PaymentUnavailable, place_order, settle_order
from booking.services.payments import PaymentNotOurs, record_payment
from booking.services.refunds import submit_refund
from booking.services.transitions import patient_actor
from tests.booking.notices import REFUND, post
from tests.booking.snapshot import everything
from tests.factories.booking import make_appointment, paid_state
from wechat import pay
from wechat.emulator.testing import Emulator

PLACE = "/v3/pay/transactions/jsapi"


@pytest.fixture
def appointment(emulator: Emulator, now: datetime) -> Appointment:
    """A held seat for 50 yuan whose order was placed with WeChat."""
    appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    appointment.payment_order.refresh_from_db()
    return appointment


def number(appointment: Appointment) -> str:
    return appointment.payment_order.out_trade_no


def state(appointment: Appointment) -> tuple[str, str, int]:
    appointment.refresh_from_db()
    order = PaymentOrder.objects.get(appointment=appointment)
    return appointment.status, order.state, order.paid_fen - order.refunded_fen


HELD = (AppointmentStatus.PENDING, OrderState.PLACED, 0)
BOOKED = (AppointmentStatus.BOOKED, OrderState.PAID, 5000)


class TestPlacing:
    def test_the_parameters_open_the_payment_sheet(self, appointment: Appointment, emulator: Emulator, now: datetime) -> None:
        parameters = place_order(appointment_id=appointment.pk, now=now)
        assert emulator.world.signer.is_payment_request(parameters)
        assert parameters["package"] == f"prepay_id={appointment.payment_order.prepay_id}"
        assert emulator.calls(PLACE) == 1  # asking again costs WeChat nothing
        assert state(appointment) == HELD

    @pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "garbage"}, {"kind": "bad_signature"}])
    def test_while_wechat_does_not_answer_the_seat_stays_held(self, emulator: Emulator, now: datetime, fault: dict) -> None:
        appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
        before = everything()
        emulator.break_next(PLACE, **fault)
        with pytest.raises(PaymentUnavailable):
            place_order(appointment_id=appointment.pk, now=now)
        assert everything() == before
        assert place_order(appointment_id=appointment.pk, now=now)["signType"] == "RSA"

    def test_an_answer_lost_on_its_way_is_asked_for_again(self, emulator: Emulator, now: datetime) -> None:
        appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
        emulator.break_next(PLACE, "lost_answer")
        with pytest.raises(PaymentUnavailable):
            place_order(appointment_id=appointment.pk, now=now)
        assert place_order(appointment_id=appointment.pk, now=now)["signType"] == "RSA"
        assert state(appointment) == HELD

    def test_paid_after_its_answer_was_lost(self, emulator: Emulator, now: datetime) -> None:
        appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
        emulator.break_next(PLACE, "lost_answer")
        with pytest.raises(PaymentUnavailable):
            place_order(appointment_id=appointment.pk, now=now)
        emulator.pay(number(appointment), notify="lost")
        with pytest.raises(NothingToPay):
            place_order(appointment_id=appointment.pk, now=now)
        assert state(appointment) == BOOKED

    def test_nothing_is_to_be_paid_once_the_hold_is_over_or_the_money_there(
        self, appointment: Appointment, emulator: Emulator, now: datetime
    ) -> None:
        with pytest.raises(NothingToPay):
            place_order(appointment_id=appointment.pk, now=appointment.hold_expires_at)
        assert state(appointment) == HELD
        record_payment(state=paid_state(appointment, now=now), now=now)
        with pytest.raises(NothingToPay):
            place_order(appointment_id=appointment.pk, now=now)

    def test_what_wechat_has_closed_cannot_be_paid(self, emulator: Emulator, now: datetime) -> None:
        appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
        pay.place_order(
            out_trade_no=number(appointment),
            amount_fen=5000,
            description="x",
            openid=appointment.payment_order.openid,
            expires_at=appointment.hold_expires_at,
        )
        pay.close_order(out_trade_no=number(appointment))
        with pytest.raises(NothingToPay):
            place_order(appointment_id=appointment.pk, now=now)

    def test_an_order_that_the_sweep_ended_meanwhile_does_not_stay_payable(
        self, emulator: Emulator, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The sweep closes the order between WeChat's answer and our note of it."""
        appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
        really_place = pay.place_order

        def place_and_lose_the_race(**order: object) -> str:
            prepay_id = really_place(**order)
            PaymentOrder.objects.update(state=OrderState.CLOSED, closed_at=now)
            return prepay_id

        monkeypatch.setattr(pay, "place_order", place_and_lose_the_race)
        with pytest.raises(NothingToPay):
            place_order(appointment_id=appointment.pk, now=now)
        with pytest.raises(ValueError, match="订单已关闭"):
            emulator.pay(number(appointment))


class TestNotified:
    def test_a_notification_books_the_appointment(self, appointment: Appointment, emulator: Emulator) -> None:
        emulator.pay(number(appointment))
        answer = post(*emulator.notifications(number(appointment)))
        assert (answer.status_code, answer.content) == (204, b"")
        assert state(appointment) == BOOKED
        assert appointment.booked_at is not None
        assert appointment.hold_expires_at is None
        order = appointment.payment_order
        order.refresh_from_db()
        assert order.transaction_id.startswith("42")
        assert order.paid_at is not None
        assert list(appointment.events.values_list("kind", "from_status", "to_status")) == [
            (EventKind.CREATED, "", "pending"),
            (EventKind.PAYMENT_RECEIVED, "pending", "pending"),
            (EventKind.BOOKED, "pending", "booked"),
        ]

    def test_the_same_notification_acts_once(self, appointment: Appointment, emulator: Emulator) -> None:
        emulator.pay(number(appointment), notify="doubled")
        (notice,) = emulator.notifications(number(appointment))
        assert post(notice).status_code == 204
        before = everything()
        (again,) = emulator.notifications(number(appointment))  # the same id, signed anew
        assert post(again).status_code == 204
        assert post(notice).status_code == 204
        assert everything() == before
        assert PayNotification.objects.count() == 1

    def test_a_second_notification_of_the_same_payment_acts_once(self, appointment: Appointment, emulator: Emulator) -> None:
        """Another id about what was recorded already: by the query that overtook it."""
        emulator.pay(number(appointment))
        assert settle_order(order_id=appointment.payment_order.pk, now=appointment.created_at)
        before = everything(but=(PayNotification,))
        assert post(*emulator.notifications(number(appointment))).status_code == 204
        assert everything(but=(PayNotification,)) == before
        assert state(appointment) == BOOKED

    def test_heard_of_after_its_own_refund(self, appointment: Appointment, emulator: Emulator, now: datetime) -> None:
        """Paid (found by query), withdrawn, refunded, the refund notified; only then the payment's notification comes."""
        emulator.pay(number(appointment))
        settle_order(order_id=appointment.payment_order.pk, now=now)
        withdraw(appointment, now)
        refund = Refund.objects.get()
        submit_refund(refund_id=refund.pk, now=now)
        emulator.deliver()
        assert post(*emulator.notifications(refund.out_refund_no), path=REFUND).status_code == 204
        before = everything(but=(PayNotification,))
        assert state(appointment) == (AppointmentStatus.CANCELLED, OrderState.PAID, 0)

        assert post(*emulator.notifications(number(appointment))).status_code == 204

        assert everything(but=(PayNotification,)) == before


class TestAskedFor:
    def test_a_lost_notification_is_found_by_query(self, appointment: Appointment, emulator: Emulator, now: datetime) -> None:
        emulator.pay(number(appointment), notify="lost")
        assert state(appointment) == HELD
        assert settle_order(order_id=appointment.payment_order.pk, now=now) is True
        assert state(appointment) == BOOKED
        before = everything()
        assert settle_order(order_id=appointment.payment_order.pk, now=now) is True
        assert everything() == before

    def test_unpaid_or_unknown_to_wechat_changes_nothing(self, appointment: Appointment, now: datetime) -> None:
        never_placed = make_appointment(now=now, fee_fen=5000, is_paid=False)
        before = everything()
        assert settle_order(order_id=appointment.payment_order.pk, now=now) is False
        assert settle_order(order_id=never_placed.payment_order.pk, now=now) is False
        assert everything() == before

    @pytest.mark.parametrize("fault", [{"kind": "status", "status": 502}, {"kind": "bad_signature"}, {"kind": "garbage"}])
    def test_an_answer_that_cannot_be_trusted_changes_nothing(
        self, appointment: Appointment, emulator: Emulator, now: datetime, fault: dict
    ) -> None:
        emulator.pay(number(appointment), notify="lost")
        emulator.break_next("/v3/pay/transactions/out-trade-no/", **fault)
        before = everything()
        with pytest.raises(PaymentUnavailable):
            settle_order(order_id=appointment.payment_order.pk, now=now)
        assert everything() == before

    def test_another_amount_than_was_asked_is_for_staff(
        self, appointment: Appointment, emulator: Emulator, now: datetime
    ) -> None:
        emulator.pay(number(appointment), notify="lost")
        PaymentOrder.objects.update(amount_fen=4999)
        before = everything()
        with pytest.raises(PaymentUnavailable):
            settle_order(order_id=appointment.payment_order.pk, now=now)
        with pytest.raises(PaymentNotOurs):
            record_payment(state=paid_state(appointment, now=now), now=now)
        assert everything() == before


def withdraw(appointment: Appointment, now: datetime) -> None:
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.PATIENT, actor=patient_actor(appointment.booked_by), now=now)


def test_paid_after_the_patient_withdrew_goes_back(appointment: Appointment, emulator: Emulator, now: datetime) -> None:
    withdraw(appointment, now)
    emulator.pay(number(appointment))
    assert post(*emulator.notifications(number(appointment))).status_code == 204
    assert state(appointment) == (AppointmentStatus.CANCELLED, OrderState.PAID, 0)
    assert Refund.objects.get().amount_fen == 5000
