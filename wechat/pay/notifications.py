"""What arrives at our notify URLs: believed only when WeChat signed it, lately, about our own account."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wechat.configuration import current_settings
from wechat.pay.client import SIGNATURE_TYPE, pay_client
from wechat.pay.errors import PayUnavailable
from wechat.pay.fields import text
from wechat.pay.orders import OrderState, read_order
from wechat.pay.refunds import RefundState, read_refund

# WeChat's own bound on how far apart the clocks of sender and receiver may be.
FRESH_SECONDS = 300
# WeChat sends such a signature from time to time to see that we check: a real check fails it.
PROBE_PREFIX = "WECHATPAY/SIGNTEST/"
HEADERS = ("Signature", "Timestamp", "Nonce", "Serial", "Signature-Type")


class NotificationRefused(Exception):
    """A notification that must change nothing. Answer it with 4xx."""


class ForgedNotification(NotificationRefused):
    """Not from WeChat: no signature, a wrong one, another key's, a probe, or a body that cannot be decrypted."""


class StaleNotification(NotificationRefused):
    """Signed more than 300 seconds from now: a replay, or a clock that is wrong."""


class ForeignNotification(NotificationRefused):
    """From WeChat, but about another merchant or mini-program."""


class UnknownNotification(NotificationRefused):
    """From WeChat and ours, but of a kind or shape that is not handled here."""


@dataclass(frozen=True)
class PaymentNotification:
    """`id` is the notification's own: remember it, the same one comes again until it is answered with 2xx."""

    id: str
    order: OrderState


@dataclass(frozen=True)
class RefundNotification:
    """`id` as in PaymentNotification. `event_type` is REFUND.SUCCESS, REFUND.ABNORMAL or REFUND.CLOSED."""

    id: str
    event_type: str
    refund: RefundState


def read_notification(*, headers: Mapping[str, str], body: bytes, now: datetime) -> PaymentNotification | RefundNotification:
    """Verify and decrypt a notification.

    `headers` are the request's (any case, or Django's META names); `body` is exactly what came in. Raises one of the
    NotificationRefused kinds and nothing else. Whether this id was seen before is for the caller's database.
    """
    signed = _signature_headers(headers)
    _check_sender(signed)
    _check_freshness(signed["Wechatpay-Timestamp"], now)
    return _read(_decrypted(signed, body))


def _signature_headers(headers: Mapping[str, str]) -> dict[str, str]:
    folded = {name.upper().replace("_", "-").removeprefix("HTTP-"): value for name, value in headers.items()}
    return {f"Wechatpay-{name}": str(folded.get(f"WECHATPAY-{name.upper()}", "")) for name in HEADERS}


def _check_sender(signed: Mapping[str, str]) -> None:
    if signed["Wechatpay-Signature"].startswith(PROBE_PREFIX):
        raise ForgedNotification("a signature probe")
    if signed["Wechatpay-Signature-Type"] != SIGNATURE_TYPE:
        raise ForgedNotification("another signature algorithm")
    if signed["Wechatpay-Serial"] != current_settings().platform_public_key_id:
        raise ForgedNotification("another key's serial")


def _check_freshness(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise ForgedNotification("no timestamp")
    if abs(now.timestamp() - int(timestamp)) > FRESH_SECONDS:
        raise StaleNotification(f"signed {now.timestamp() - int(timestamp):.0f} s ago")


def _decrypted(signed: dict[str, str], body: bytes) -> dict[str, Any]:
    try:
        _check_algorithm(body)
        document = pay_client().callback(signed, body)
    except PayUnavailable as error:
        raise ForgedNotification("a wrong signature") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ForgedNotification("an unreadable body") from error
    if not isinstance(document, dict) or not isinstance(document.get("resource"), dict):
        raise ForgedNotification("a body that cannot be decrypted")
    return document


def _check_algorithm(body: bytes) -> None:
    """ValueError for another cipher, which the library refuses with a bare Exception that cannot be caught by name."""
    resource = json.loads(body)["resource"]
    if resource["algorithm"] != "AEAD_AES_256_GCM":
        raise ValueError("another cipher")


def _read(document: dict[str, Any]) -> PaymentNotification | RefundNotification:
    resource, ours = document["resource"], current_settings()
    # A refund's notification names the merchant only.
    if resource.get("mchid") != ours.mchid or resource.get("appid", ours.appid) != ours.appid:
        raise ForeignNotification("about another account")
    try:
        id_, event_type = text(document, "id"), text(document, "event_type")
        if event_type.startswith("TRANSACTION."):
            return PaymentNotification(id=id_, order=read_order(resource))
        if event_type.startswith("REFUND."):
            state = read_refund(resource, status_field="refund_status")
            return RefundNotification(id=id_, event_type=event_type, refund=state)
    except ValueError as error:
        raise UnknownNotification(str(error)) from error
    raise UnknownNotification(f"an event of type {json.dumps(event_type)}")
