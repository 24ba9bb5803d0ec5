"""The tables of pay states hold: what they do not allow is refused and changes nothing."""

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest

from booking.models import ORDER_TRANSITIONS, REFUND_TRANSITIONS, OrderState, PaymentOrder, Refund, RefundState
from booking.services.pay_states import (
    OPEN_REFUND_STATES,
    PayTransitionImpossible,
    move_order,
    move_refund,
    order_may_become,
    order_states_before,
    refund_may_become,
)
from booking.services.payments import record_payment
from booking.services.reconciliation.comparison import refund_agrees
from tests.booking.clock import NOW, VISIT
from tests.factories.booking import make_appointment, make_clinic, paid_state
from wechat import pay

# Written out once more, so that a slip in the table is seen: (from, to).
ORDER_MOVES = {("created", "placed"), ("created", "paid"), ("created", "closed"), ("placed", "paid"), ("placed", "closed")}
ORDER_MOVES |= {("closed", "paid")}
REFUND_MOVES = {("requested", "processing"), ("requested", "succeeded"), ("requested", "failed")}
REFUND_MOVES |= {("processing", "succeeded"), ("processing", "failed"), ("failed", "succeeded")}
REFUND_MOVES |= {("failed", "requested"), ("failed", "replaced")}


def test_the_tables_are_complete() -> None:
    assert {(before.value, after.value) for before in OrderState for after in ORDER_TRANSITIONS[before]} == ORDER_MOVES
    assert {(before.value, after.value) for before in RefundState for after in REFUND_TRANSITIONS[before]} == REFUND_MOVES
    assert order_states_before(OrderState.PLACED) == [OrderState.CREATED]
    assert set(OPEN_REFUND_STATES) == {RefundState.REQUESTED, RefundState.PROCESSING}


@pytest.fixture
def order() -> PaymentOrder:
    session = make_clinic(visit_date=VISIT, fee_fen=5000)
    return make_appointment(now=NOW, session=session, is_paid=False).payment_order


@pytest.mark.parametrize(("before", "after"), sorted(set(itertools.product(OrderState, OrderState)) - ORDER_MOVES))
def test_an_order_does_not_go_where_it_may_not(order: PaymentOrder, before: OrderState, after: OrderState) -> None:
    kept = PaymentOrder.objects.values().get()
    order.state = before
    assert not order_may_become(order, after)
    with pytest.raises(PayTransitionImpossible, match=f"{before} → {after}"):
        move_order(order, after, closed_at=NOW)
    assert (order.state, order.closed_at) == (before, None)
    assert PaymentOrder.objects.values().get() == kept


@pytest.mark.parametrize(("before", "after"), sorted(set(itertools.product(RefundState, RefundState)) - REFUND_MOVES))
def test_nor_does_a_refund(before: RefundState, after: RefundState) -> None:
    refund = Refund(state=before, out_refund_no="YR1")
    assert not refund_may_become(refund, after)
    with pytest.raises(PayTransitionImpossible, match=f"YR1: {before} → {after}"):
        move_refund(refund, after, settled_at=NOW)
    assert (refund.state, refund.settled_at) == (before, None)


def test_a_move_writes_its_fields_with_it(order: PaymentOrder) -> None:
    move_order(order, OrderState.CLOSED, closed_at=NOW)
    assert PaymentOrder.objects.values_list("state", "closed_at").get() == (OrderState.CLOSED, NOW)
    # Paid though closed: WeChat closed it a moment too late.
    record_payment(state=paid_state(order.appointment, now=NOW), now=NOW)
    assert PaymentOrder.objects.values_list("state", "paid_fen").get() == (OrderState.PAID, 5000)


def line(status: str) -> pay.BillRow:
    return pay.BillRow(NOW, "YZ0001", "42", "o", "REFUND", 0, "YR1", "50", 100, status, Decimal(0))


@pytest.mark.parametrize(
    ("status", "agreeing"),
    [
        ("SUCCESS", {RefundState.SUCCEEDED}),
        ("PROCESSING", {RefundState.PROCESSING, RefundState.SUCCEEDED, RefundState.FAILED, RefundState.REPLACED}),
        ("ABNORMAL", {RefundState.FAILED, RefundState.SUCCEEDED, RefundState.REPLACED}),
        ("FAIL", {RefundState.FAILED, RefundState.SUCCEEDED, RefundState.REPLACED}),
    ],
)
def test_a_refund_may_have_gone_on_since_the_bill_but_not_back(status: str, agreeing: set[RefundState]) -> None:
    later = NOW + timedelta(days=1)
    found = {state for state in RefundState if refund_agrees(Refund(state=state, settled_at=later), line(status))}
    assert found == agreeing


def test_what_failed_by_the_bill_cannot_have_succeeded_before() -> None:
    assert not refund_agrees(Refund(state=RefundState.SUCCEEDED, settled_at=NOW), line("ABNORMAL"))
