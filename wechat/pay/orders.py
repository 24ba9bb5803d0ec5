"""An order at WeChat Pay: placed, asked about, closed."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wechat.configuration import current_settings
from wechat.pay.client import call, pay_client
from wechat.pay.errors import OrderClosed, PayUnavailable
from wechat.pay.fields import checked_order_number, fen, moment, optional_text, text


@dataclass(frozen=True)
class OrderState:
    """What WeChat says about an order.

    `trade_state` is SUCCESS, REFUND, NOTPAY, CLOSED, REVOKED, USERPAYING or PAYERROR. `transaction_id`, `amount_fen`,
    `success_time` and `openid` are known once it is paid.
    """

    out_trade_no: str
    trade_state: str
    transaction_id: str | None = None
    amount_fen: int | None = None
    success_time: datetime | None = None
    openid: str | None = None

    @property
    def is_paid(self) -> bool:
        """Money came in, though some of it may have gone back since."""
        return self.trade_state in {"SUCCESS", "REFUND"}


def place_order(*, out_trade_no: str, amount_fen: int, description: str, openid: str, expires_at: datetime) -> str:
    """Place an order that can be paid until `expires_at`; its prepay_id, valid for 2 hours.

    The same order may be placed again while it is unpaid. Raises OrderPaid, OrderClosed, PayError (INVALID_REQUEST when
    the number stands for another order), PayMisconfigured, PayUnavailable.
    """
    number = checked_order_number(out_trade_no)
    answer = call(
        lambda: pay_client().pay(
            description=description[:127],
            out_trade_no=number,
            amount={"total": amount_fen, "currency": "CNY"},
            payer={"openid": openid},
            time_expire=expires_at.astimezone(UTC).isoformat(timespec="seconds"),
        )
    )
    prepay_id = answer.get("prepay_id")
    if not isinstance(prepay_id, str):
        raise PayUnavailable("the answer carries no prepay_id")
    return prepay_id


def request_payment_parameters(*, prepay_id: str, now: datetime) -> dict[str, str]:
    """What the mini-program hands to `wx.requestPayment`, signed."""
    timestamp, nonce, package = str(int(now.timestamp())), uuid.uuid4().hex, f"prepay_id={prepay_id}"
    signature = pay_client().sign([current_settings().appid, timestamp, nonce, package])
    return {"timeStamp": timestamp, "nonceStr": nonce, "package": package, "signType": "RSA", "paySign": signature}


def query_order(*, out_trade_no: str) -> OrderState:
    """Ask WeChat how an order stands. Raises OrderNotFound, PayMisconfigured, PayUnavailable."""
    number = checked_order_number(out_trade_no)
    answer = call(lambda: pay_client().query(out_trade_no=number))
    try:
        state = read_order(answer)
    except ValueError as error:
        raise PayUnavailable(f"the answer is unreadable: {error}") from error
    ours = answer.get("mchid") == current_settings().mchid and answer.get("appid") == current_settings().appid
    if state.out_trade_no != number or not ours:
        raise PayUnavailable("the answer is about another order", code="UNTRUSTED")
    return state


def close_order(*, out_trade_no: str) -> None:
    """Make an unpaid order unpayable; closing twice is fine. Raises OrderPaid, OrderNotFound, PayUnavailable."""
    number = checked_order_number(out_trade_no)
    with suppress(OrderClosed):
        call(lambda: pay_client().close(number))


def read_order(source: Mapping[str, Any]) -> OrderState:
    """A transaction as WeChat writes it, in an answer or a notification. ValueError when a field is missing or odd."""
    state = OrderState(out_trade_no=text(source, "out_trade_no"), trade_state=text(source, "trade_state"))
    if not state.is_paid:
        return state
    payer = source.get("payer")
    return OrderState(
        out_trade_no=state.out_trade_no,
        trade_state=state.trade_state,
        transaction_id=text(source, "transaction_id"),
        amount_fen=fen(source, "total"),
        success_time=moment(source, "success_time"),
        openid=optional_text(payer, "openid") if isinstance(payer, dict) else None,
    )
