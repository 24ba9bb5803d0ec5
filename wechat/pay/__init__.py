"""WeChat Pay, API v3, as a direct merchant in public-key mode. Amounts are integer fen."""

from wechat.pay.bills import BILL_ZONE, BillNotReady, BillRow, TradeBill, download_trade_bill
from wechat.pay.errors import (
    OrderClosed,
    OrderNotFound,
    OrderPaid,
    PayError,
    PayMisconfigured,
    PayUnavailable,
    RefundNotFound,
)
from wechat.pay.notifications import (
    ForeignNotification,
    ForgedNotification,
    NotificationRefused,
    PaymentNotification,
    RefundNotification,
    StaleNotification,
    UnknownNotification,
    read_notification,
)
from wechat.pay.orders import OrderState, close_order, place_order, query_order, request_payment_parameters
from wechat.pay.refunds import RefundState, query_refund, refund

__all__ = [
    "BILL_ZONE",
    "BillNotReady",
    "BillRow",
    "ForeignNotification",
    "ForgedNotification",
    "NotificationRefused",
    "OrderClosed",
    "OrderNotFound",
    "OrderPaid",
    "OrderState",
    "PayError",
    "PayMisconfigured",
    "PayUnavailable",
    "PaymentNotification",
    "RefundNotFound",
    "RefundNotification",
    "RefundState",
    "StaleNotification",
    "TradeBill",
    "UnknownNotification",
    "close_order",
    "download_trade_bill",
    "place_order",
    "query_order",
    "query_refund",
    "read_notification",
    "refund",
    "request_payment_parameters",
]
