"""Posting WeChat's notifications to our own address, as WeChat would."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from wechat.emulator.notices import SignedNotice
from wechat.emulator.testing import Emulator

PAYMENT, REFUND = "/wechat/pay/notify", "/wechat/pay/refund-notify"


def post(notice: SignedNotice, *, path: str = PAYMENT, body: bytes | None = None, **headers: str) -> Any:
    """Send a notification as it is, or with another `body` or other headers (`Wechatpay_Serial="…"`)."""
    changed = notice.headers | {name.replace("_", "-"): value for name, value in headers.items()}
    answer: HttpResponse = Client().post(
        path,
        data=notice.body if body is None else body,
        content_type="application/json",
        headers={name: value for name, value in changed.items() if name != "Content-Type"},
    )
    return answer


def signed(
    emulator: Emulator, resource: dict[str, Any], *, event_type: str = "TRANSACTION.SUCCESS", id: str = "n-1"
) -> SignedNotice:
    """A notification of any content, signed and encrypted by WeChat's own keys."""
    kind = "refund" if event_type.startswith("REFUND.") else "transaction"
    told = {
        "id": "notice-of-our-own",
        "create_time": "2026-03-10T10:00:00+08:00",
        "resource_type": "encrypt-resource",
        "event_type": event_type,
        "summary": "支付成功",
        "resource": emulator.world.signer.encrypted(resource, kind=kind),
    }
    body = json.dumps(told).encode()
    return SignedNotice(PAYMENT, emulator.world.signer.headers(body), body)


def transaction(emulator: Emulator, **changes: Any) -> dict[str, Any]:
    """A paid transaction as WeChat writes it."""
    told: dict[str, Any] = {
        "appid": emulator.keys.appid,
        "mchid": emulator.keys.mchid,
        "out_trade_no": "YZ20260310000000",
        "transaction_id": "4200000000000000000000000001",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "success_time": "2026-03-10T10:00:00+08:00",
        "payer": {"openid": "o" + "0" * 27},
        "amount": {"total": 5000, "payer_total": 5000, "currency": "CNY", "payer_currency": "CNY"},
    }
    return told | changes
