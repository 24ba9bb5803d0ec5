"""Reading the fields that orders, refunds and notifications have in common."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

# WeChat also allows | and *, but wechatpayv3 signs a path before requests percent-encodes it, so a query for such a
# number would carry a wrong signature.
ORDER_NUMBER = re.compile(r"[0-9A-Za-z_\-]{6,32}")
REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-]{1,64}")


def checked_order_number(out_trade_no: str) -> str:
    if not ORDER_NUMBER.fullmatch(out_trade_no):
        raise ValueError("an order number has 6 to 32 letters, digits, _ and -")
    return out_trade_no


def checked_refund_number(out_refund_no: str) -> str:
    if not REFUND_NUMBER.fullmatch(out_refund_no):
        raise ValueError("a refund number has 1 to 64 letters, digits, _ and -")
    return out_refund_no


def text(source: Mapping[str, Any], name: str) -> str:
    """A string that must be there; ValueError otherwise."""
    value = source.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is missing or not a string")
    return value


def optional_text(source: Mapping[str, Any], name: str) -> str | None:
    return text(source, name) if source.get(name) is not None else None


def fen(source: Mapping[str, Any], name: str) -> int:
    """amount.`name` in fen; ValueError unless it is a whole number of CNY."""
    amount = source.get("amount")
    if not isinstance(amount, dict) or type(amount.get(name)) is not int:
        raise ValueError(f"amount.{name} is missing or not a whole number")
    if amount.get("currency", "CNY") != "CNY":
        raise ValueError("the amount is not in CNY")
    value: int = amount[name]
    return value


def moment(source: Mapping[str, Any], name: str) -> datetime | None:
    """An RFC 3339 time in UTC, None where there is none yet; ValueError when it is unreadable or has no offset."""
    written = optional_text(source, name)
    if not written:
        return None
    value = datetime.fromisoformat(written)
    if value.tzinfo is None:
        raise ValueError(f"{name} carries no offset")
    return value.astimezone(UTC)
