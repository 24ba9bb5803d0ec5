"""Money going back the way it came."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wechat.configuration import current_settings
from wechat.pay.client import call, pay_client
from wechat.pay.errors import PayUnavailable
from wechat.pay.fields import checked_order_number, checked_refund_number, fen, moment, optional_text, text


@dataclass(frozen=True)
class RefundState:
    """What WeChat says about a refund: `status` is PROCESSING, SUCCESS, CLOSED or ABNORMAL (staff must act)."""

    out_refund_no: str
    out_trade_no: str
    refund_id: str
    status: str
    refund_fen: int
    total_fen: int
    success_time: datetime | None = None
    # Where it went, as WeChat words it for people: 支付用户的零钱, 招商银行借记卡1234.
    received_account: str | None = None


def refund(*, out_refund_no: str, out_trade_no: str, refund_fen: int, total_fen: int, reason: str) -> RefundState:
    """Ask for `refund_fen` of an order of `total_fen` back. PROCESSING means accepted: the end comes by notification.

    Safe to repeat with the same `out_refund_no`; a retry must use it, or the patient is paid twice. Raises PayError
    (NOT_ENOUGH, INVALID_REQUEST when too much is asked), PayMisconfigured, PayUnavailable.
    """
    number, order = checked_refund_number(out_refund_no), checked_order_number(out_trade_no)
    answer = call(
        lambda: pay_client().refund(
            out_refund_no=number,
            out_trade_no=order,
            amount={"refund": refund_fen, "total": total_fen, "currency": "CNY"},
            reason=reason[:80],
            notify_url=current_settings().refund_notify_url,
        )
    )
    return _trusted(answer, number)


def query_refund(*, out_refund_no: str) -> RefundState:
    """Ask WeChat how a refund stands. Raises RefundNotFound, PayMisconfigured, PayUnavailable."""
    number = checked_refund_number(out_refund_no)
    return _trusted(call(lambda: pay_client().query_refund(number)), number)


def read_refund(source: Mapping[str, Any], *, status_field: str = "status") -> RefundState:
    """A refund as WeChat writes it; a notification calls its status `refund_status`. ValueError when a field is odd."""
    return RefundState(
        out_refund_no=text(source, "out_refund_no"),
        out_trade_no=text(source, "out_trade_no"),
        refund_id=text(source, "refund_id"),
        status=text(source, status_field),
        refund_fen=fen(source, "refund"),
        total_fen=fen(source, "total"),
        success_time=moment(source, "success_time"),
        received_account=optional_text(source, "user_received_account"),
    )


def _trusted(answer: Mapping[str, Any], number: str) -> RefundState:
    try:
        state = read_refund(answer)
    except ValueError as error:
        raise PayUnavailable(f"the answer is unreadable: {error}") from error
    if state.out_refund_no != number:
        raise PayUnavailable("the answer is about another refund", code="UNTRUSTED")
    return state
