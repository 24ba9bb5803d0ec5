"""Refunds on their way: sent after the decision, under one number, until WeChat says how they ended."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from booking.models import (
    Appointment,
    CancelledBy,
    EventKind,
    OrderState,
    PaymentOrder,
    PayNotification,
    Refund,
    RefundState,
)
from booking.services import orders, refunds
from booking.services.cancellation import cancel_appointment
from booking.services.orders import place_order, settle_order
from booking.services.refunds import RefundNotFailed, RefundUnanswered, due_refunds, resubmit_refund, submit_refund
from booking.services.transitions import SYSTEM
from tests.booking.notices import REFUND, post
from tests.booking.snapshot import everything
from tests.factories.accounts import make_staff
from tests.factories.booking import make_appointment
from wechat import pay
from wechat.emulator.testing import Emulator

REFUNDS = "/v3/refund/domestic/refunds"


@pytest.fixture
def refund(emulator: Emulator, now: datetime) -> Refund:
    """Paid through WeChat and withdrawn by the hospital; nothing was sent yet."""
    appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
    place_order(appointment_id=appointment.pk, now=now)
    emulator.pay(appointment.payment_order.out_trade_no, notify="lost")
    assert settle_order(order_id=appointment.payment_order.pk, now=now)
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=now)
    return Refund.objects.get()


def state(refund: Refund) -> tuple[str, int, datetime | None]:
    refund.refresh_from_db()
    return refund.state, refund.attempts, refund.next_attempt_at


def test_accepted_then_asked_about_then_done(refund: Refund, emulator: Emulator, now: datetime) -> None:
    assert due_refunds(now=now) == [refund.pk]
    assert submit_refund(refund_id=refund.pk, now=now) == RefundState.PROCESSING
    assert state(refund) == (RefundState.PROCESSING, 1, now + timedelta(minutes=5))
    assert due_refunds(now=now + timedelta(minutes=4)) == []
    later = now + timedelta(minutes=5)
    assert due_refunds(now=later) == [refund.pk]
    assert submit_refund(refund_id=refund.pk, now=later) == RefundState.SUCCEEDED
    assert state(refund) == (RefundState.SUCCEEDED, 2, None)
    assert refund.settled_at is not None
    assert Appointment.objects.get().events.last().kind == EventKind.REFUND_DONE
    assert due_refunds(now=now + timedelta(days=9)) == []
    before = everything()
    assert submit_refund(refund_id=refund.pk, now=later) == RefundState.SUCCEEDED
    assert everything() == before
    assert emulator.calls(REFUNDS) == 1


def test_told_by_notification(refund: Refund, emulator: Emulator, now: datetime) -> None:
    submit_refund(refund_id=refund.pk, now=now)
    emulator.deliver()
    (notice,) = emulator.notifications(refund.out_refund_no)
    assert post(notice, path=REFUND).status_code == 204
    assert state(refund) == (RefundState.SUCCEEDED, 2, None)
    before = everything()
    assert post(notice, path=REFUND).status_code == 204
    assert everything() == before
    assert PayNotification.objects.count() == 1


def test_told_before_its_own_answer_was_recorded(refund: Refund, emulator: Emulator, now: datetime) -> None:
    """WeChat took it and the answer was lost: the notification is the first that we hear."""
    emulator.break_next(REFUNDS, "lost_answer")
    assert submit_refund(refund_id=refund.pk, now=now) == RefundState.REQUESTED
    emulator.deliver()
    assert post(*emulator.notifications(refund.out_refund_no), path=REFUND).status_code == 204
    assert state(refund)[0] == RefundState.SUCCEEDED
    assert submit_refund(refund_id=refund.pk, now=now) == RefundState.SUCCEEDED


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 500}, {"kind": "lost_answer"}, {"kind": "garbage"}, {"kind": "bad_signature"}]
)
def test_a_failure_is_retried_under_the_same_number(refund: Refund, emulator: Emulator, now: datetime, fault: dict) -> None:
    emulator.break_next(REFUNDS, **fault)
    assert submit_refund(refund_id=refund.pk, now=now) == RefundState.REQUESTED
    assert state(refund) == (RefundState.REQUESTED, 1, now + timedelta(minutes=1))
    assert refund.last_error != ""
    assert due_refunds(now=now) == []

    after = now + timedelta(minutes=1)
    # It may have been carried out the first time: WeChat then says at once how it stands.
    assert submit_refund(refund_id=refund.pk, now=after) in {RefundState.PROCESSING, RefundState.SUCCEEDED}
    assert submit_refund(refund_id=refund.pk, now=after) == RefundState.SUCCEEDED
    with emulator.world.store.transaction() as db:
        paid_back = db.execute("SELECT out_refund_no, amount, status FROM refund").fetchall()
    assert [tuple(row) for row in paid_back] == [(refund.out_refund_no, 5000, "SUCCESS")]


def test_the_waits_grow_to_an_hour_and_stay_there(refund: Refund, emulator: Emulator, now: datetime) -> None:
    emulator.break_next(REFUNDS, "status", status=500, times=6)
    waits = []
    for _ in range(6):
        submit_refund(refund_id=refund.pk, now=now)
        refund.refresh_from_db()
        waits.append((refund.next_attempt_at - now) / timedelta(minutes=1))
    assert waits == [1, 5, 30, 60, 60, 60]


def test_an_account_without_money_is_tried_again(refund: Refund, emulator: Emulator, now: datetime) -> None:
    emulator.next_refund("not_enough")
    assert submit_refund(refund_id=refund.pk, now=now) == RefundState.REQUESTED
    refund.refresh_from_db()
    assert refund.last_error.startswith("NOT_ENOUGH")
    assert submit_refund(refund_id=refund.pk, now=now + timedelta(hours=1)) == RefundState.PROCESSING


@pytest.mark.parametrize("outcome", ["abnormal", "closed"])
def test_what_wechat_gives_up_is_for_staff(refund: Refund, emulator: Emulator, now: datetime, outcome: str) -> None:
    emulator.next_refund(outcome)
    submit_refund(refund_id=refund.pk, now=now)
    assert submit_refund(refund_id=refund.pk, now=now) == RefundState.FAILED
    refund.refresh_from_db()
    assert (refund.last_error, refund.next_attempt_at) == (f"WeChat: {outcome.upper()}", None)
    assert due_refunds(now=now + timedelta(days=9)) == []
    assert not Appointment.objects.get().events.filter(kind=EventKind.REFUND_DONE).exists()


def test_what_stays_in_process_is_asked_about_again(refund: Refund, emulator: Emulator, now: datetime) -> None:
    emulator.next_refund("stuck")
    submit_refund(refund_id=refund.pk, now=now)
    assert submit_refund(refund_id=refund.pk, now=now) == RefundState.PROCESSING
    assert state(refund) == (RefundState.PROCESSING, 2, now + timedelta(minutes=30))
    emulator.settle_refund(refund.out_refund_no)
    assert submit_refund(refund_id=refund.pk, now=now) == RefundState.SUCCEEDED


def test_a_failure_does_not_reopen_what_was_settled_meanwhile(
    refund: Refund, emulator: Emulator, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notification arrives while our own request for the same refund is timing out."""

    def time_out(**asked: object) -> None:
        told = pay.RefundState(refund.out_refund_no, "x", "50", "SUCCESS", 5000, 5000, success_time=now)
        refunds.record_refund(state=told, now=now)
        raise pay.PayUnavailable("no answer")

    monkeypatch.setattr(pay, "refund", time_out)
    submit_refund(refund_id=refund.pk, now=now)
    assert state(refund) == (RefundState.SUCCEEDED, 1, None)
    assert refund.last_error == ""


class TestSubmittedAgain:
    """What WeChat gave up goes on by a member of staff's word."""

    @pytest.fixture
    def staff(self) -> User:
        return make_staff()

    def given_up(self, refund: Refund, emulator: Emulator, now: datetime, outcome: str) -> None:
        emulator.next_refund(outcome)
        for _ in range(2):
            submit_refund(refund_id=refund.pk, now=now)
        refund.refresh_from_db()
        assert refund.state == RefundState.FAILED

    def paid_back(self, emulator: Emulator) -> list[tuple[str, int, str]]:
        with emulator.world.store.transaction() as db:
            rows = db.execute("SELECT out_refund_no, amount, status FROM refund ORDER BY rowid").fetchall()
        return [tuple(row) for row in rows]

    def test_what_was_closed_gets_a_new_number_and_is_paid_once(
        self, refund: Refund, emulator: Emulator, now: datetime, staff: User
    ) -> None:
        self.given_up(refund, emulator, now, "closed")
        going_on = resubmit_refund(refund_id=refund.pk, by=staff, now=now)
        refund.refresh_from_db()
        assert (refund.state, going_on.state) == (RefundState.REPLACED, RefundState.REQUESTED)
        assert (going_on.replaces, going_on.amount_fen, going_on.resubmissions) == (refund, 5000, 1)
        assert due_refunds(now=now) == [going_on.pk]
        for _ in range(2):
            submit_refund(refund_id=going_on.pk, now=now)
        numbers = [refund.out_refund_no, going_on.out_refund_no]
        assert self.paid_back(emulator) == [(numbers[0], 5000, "CLOSED"), (numbers[1], 5000, "SUCCESS")]
        order = PaymentOrder.objects.get()
        assert (order.refunded_fen, order.returned_fen, order.state_label) == (5000, 5000, "已全额退款")
        request = Appointment.objects.get().events.filter(kind=EventKind.REFUND_REQUESTED).last()
        assert request is not None
        assert (request.actor, request.actor_kind) == (staff, "staff")
        assert (request.detail["out_refund_no"], request.detail["replaces"]) == (numbers[1], numbers[0])

    def test_what_is_abnormal_keeps_its_number(self, refund: Refund, emulator: Emulator, now: datetime, staff: User) -> None:
        self.given_up(refund, emulator, now, "abnormal")
        assert resubmit_refund(refund_id=refund.pk, by=staff, now=now) == refund
        assert submit_refund(refund_id=refund.pk, now=now) == RefundState.FAILED
        refund.refresh_from_db()
        assert refund.resubmissions == 1
        # Settled by hand in WeChat's console, the next look finds it done.
        emulator.settle_refund(refund.out_refund_no)
        assert resubmit_refund(refund_id=refund.pk, by=staff, now=now).state == RefundState.SUCCEEDED
        assert self.paid_back(emulator) == [(refund.out_refund_no, 5000, "SUCCESS")]
        assert due_refunds(now=now + timedelta(days=9)) == []

    @pytest.mark.parametrize("outcome", ["success", "stuck"])
    def test_what_goes_on_by_itself_is_left_alone(
        self, refund: Refund, emulator: Emulator, now: datetime, staff: User, outcome: str
    ) -> None:
        emulator.next_refund(outcome)
        for _ in range(2):
            submit_refund(refund_id=refund.pk, now=now)
        before, calls = everything(), emulator.calls(f"{REFUNDS}/{refund.out_refund_no}")
        with pytest.raises(RefundNotFailed):
            resubmit_refund(refund_id=refund.pk, by=staff, now=now)
        assert everything() == before
        assert emulator.calls(f"{REFUNDS}/{refund.out_refund_no}") == calls

    def test_what_was_replaced_is_not_replaced_again(
        self, refund: Refund, emulator: Emulator, now: datetime, staff: User
    ) -> None:
        self.given_up(refund, emulator, now, "closed")
        resubmit_refund(refund_id=refund.pk, by=staff, now=now)
        before = everything()
        with pytest.raises(RefundNotFailed):
            resubmit_refund(refund_id=refund.pk, by=staff, now=now)
        assert everything() == before

    def test_without_wechats_word_nothing_is_sent_again(
        self, refund: Refund, emulator: Emulator, now: datetime, staff: User
    ) -> None:
        self.given_up(refund, emulator, now, "closed")
        emulator.break_next(REFUNDS, "status", status=500)
        before = everything()
        with pytest.raises(RefundUnanswered):
            resubmit_refund(refund_id=refund.pk, by=staff, now=now)
        assert everything() == before


def test_an_order_says_what_became_of_its_money(refund: Refund, emulator: Emulator, now: datetime) -> None:
    order = refund.order
    assert order.state_label == "退款中"
    for _ in range(2):
        submit_refund(refund_id=refund.pk, now=now)
    order.refresh_from_db()
    assert (order.state, order.state_label) == (OrderState.PAID, "已全额退款")
    order.refunded_fen = order.returned_fen = 2000
    assert order.state_label == "部分退款"
    order.refunded_fen = order.returned_fen = 0
    assert order.state_label == "已支付"
    assert PaymentOrder(state=OrderState.PLACED).state_label == "待支付"


def test_numbers_have_the_day_of_wechats_bill() -> None:
    """Half past midnight in Beijing is still the day before in UTC."""
    moment = datetime(2026, 3, 11, 16, 30, tzinfo=UTC)
    assert orders.new_trade_number(moment)[:10] == "YZ20260312"
    assert refunds.new_refund_number(moment)[:10] == "YR20260312"
    assert len(orders.new_trade_number(moment)) == 30
