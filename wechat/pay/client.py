"""wechatpayv3's client, with its gateway, its answers and its exceptions under control."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import requests
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

from wechat.configuration import LOOPBACK_HOSTS, WeChatSettings, current_settings, is_local
from wechat.pay.errors import PayError, PayUnavailable, error_for

SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"

Answer = tuple[int, str | bytes]


class PublicKeyCore(Core):
    """The library's core, pointed at our gateway and trusting the one public key that we were given.

    Shown a serial it does not know, the library would fetch certificates, even for an anonymous caller's notification;
    in public-key mode there is nothing to fetch, so that is simply an answer that cannot be trusted.
    """

    def __init__(self, values: WeChatSettings) -> None:
        super().__init__(
            mchid=values.mchid,
            cert_serial_no=values.cert_serial,
            private_key=values.private_key_pem,
            apiv3_key=values.apiv3_key,
            # The emulator on this machine is reached directly, whatever proxy the environment names.
            proxy={"no_proxy": ",".join(LOOPBACK_HOSTS)} if is_local(values.pay_base_url) else None,
            timeout=(min(3.0, values.timeout_seconds), values.timeout_seconds),
            public_key=values.platform_public_key_pem,
            public_key_id=values.platform_public_key_id,
        )
        self._gate_way = values.pay_base_url

    def _verify_signature(self, headers: Mapping[str, str], body: str) -> bool:
        """True, or PayUnavailable: the library's own refusal here is a bare Exception."""
        known = headers.get("Wechatpay-Serial") == self._public_key_id
        if not known or headers.get("Wechatpay-Signature-Type") != SIGNATURE_TYPE:
            raise PayUnavailable("the answer is not signed with WeChat's key", code="UNTRUSTED")
        if not super()._verify_signature(headers, body):
            raise PayUnavailable("the answer's signature is wrong", code="UNTRUSTED")
        return True


def pay_client() -> WeChatPay:
    """The client for the present settings. It holds keys only, no connection, so threads may share it."""
    return _client(current_settings())


@lru_cache(maxsize=4)
def _client(values: WeChatSettings) -> WeChatPay:
    client = WeChatPay(
        wechatpay_type=WeChatPayType.MINIPROG,
        mchid=values.mchid,
        private_key=values.private_key_pem,
        cert_serial_no=values.cert_serial,
        appid=values.appid,
        apiv3_key=values.apiv3_key,
        notify_url=values.notify_url,
        # Without these it would start in certificate mode, which calls out while being constructed.
        public_key=values.platform_public_key_pem,
        public_key_id=values.platform_public_key_id,
    )
    client._core = PublicKeyCore(values)
    return client


def call(request: Callable[[], Answer]) -> dict[str, Any]:
    """Run one of the library's calls; the answer's JSON, {} for 204. Raises PayError and its kinds only."""
    status, content = send(request)
    if status == 204:
        return {}
    answer = _object(content)
    if answer is None:
        raise PayUnavailable("the answer is unreadable")
    return answer


def send(request: Callable[[], Answer]) -> Answer:
    """Run one of the library's calls and sort out its failures; the status is 2xx when this returns."""
    try:
        status, content = request()
    except requests.RequestException as error:
        raise PayUnavailable(f"no answer: {type(error).__name__}", code="NO_ANSWER") from error
    if 200 <= status < 300:
        return status, content
    told = _object(content) or {}
    if status < 500 and isinstance(told.get("code"), str):
        raise error_for(told["code"], str(told.get("message", "")))
    if status >= 500 or status == 429 or not told:
        raise PayUnavailable(f"HTTP {status}", code=str(told.get("code") or f"HTTP_{status}"))
    raise PayError(str(told.get("message", "")), code=f"HTTP_{status}")


def _object(content: str | bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
