"""Changing the state of an order or a refund: only as the tables beside the models allow.

An order that is paid stays paid, a refund that succeeded stays so, however late, twice or out of order WeChat is heard.
"""

from typing import Any

from booking.models import ORDER_TRANSITIONS, REFUND_TRANSITIONS, OrderState, PaymentOrder, Refund, RefundState


class PayTransitionImpossible(Exception):
    """The table does not allow it. Callers ask first, so this is a fault of ours, and the transaction is undone."""


def order_may_become(order: PaymentOrder, state: OrderState) -> bool:
    return state in ORDER_TRANSITIONS[OrderState(order.state)]


def order_states_before(state: OrderState) -> list[OrderState]:
    """The states from which an order may come into `state`, for a conditional UPDATE."""
    return [before for before, after in ORDER_TRANSITIONS.items() if state in after]


def move_order(order: PaymentOrder, state: OrderState, **fields: Any) -> None:
    """Move a locked order to `state` and set `fields` with it. Raises PayTransitionImpossible."""
    if not order_may_become(order, state):
        raise PayTransitionImpossible(f"order {order.out_trade_no}: {order.state} → {state}")
    _write(order, state, fields)


def refund_may_become(refund: Refund, state: RefundState) -> bool:
    return state in REFUND_TRANSITIONS[RefundState(refund.state)]


# States in which WeChat is still asked: those that end in nothing but what WeChat says.
OPEN_REFUND_STATES = [state for state, after in REFUND_TRANSITIONS.items() if RefundState.FAILED in after]


def move_refund(refund: Refund, state: RefundState, **fields: Any) -> None:
    """Move a refund of a locked order to `state` and set `fields` with it. Raises PayTransitionImpossible."""
    if not refund_may_become(refund, state):
        raise PayTransitionImpossible(f"refund {refund.out_refund_no}: {refund.state} → {state}")
    _write(refund, state, fields)


def _write(row: PaymentOrder | Refund, state: str, fields: dict[str, Any]) -> None:
    row.state = state
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *fields])
