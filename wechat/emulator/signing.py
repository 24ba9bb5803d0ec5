"""Both directions of API v3's signatures, and the encryption of notifications."""

import base64
import binascii
import json
import re
import secrets
import time
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wechat.emulator.http import Request
from wechat.emulator.keys import EmulatorKeys

SCHEME = "WECHATPAY2-SHA256-RSA2048"
FRESH_SECONDS = 300


class Signer:
    """Signs as the platform, verifies as the platform. Signature times are real time, whatever the emulated clock."""

    def __init__(self, keys: EmulatorKeys) -> None:
        self.keys = keys
        self._platform_key = keys.platform_private_key()
        self._merchant_key = keys.merchant_public_key()

    def headers(self, body: bytes, *, signed_at: float | None = None) -> dict[str, str]:
        """The headers that vouch for an answer or a notification."""
        timestamp = str(int(time.time() if signed_at is None else signed_at))
        nonce = secrets.token_hex(16)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = self._platform_key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Serial": self.keys.platform_public_key_id,
            "Wechatpay-Signature-Type": SCHEME,
        }

    def is_from_merchant(self, request: Request) -> bool:
        """Whether the Authorization header is the merchant's, fresh, over exactly this request."""
        scheme, _, rest = request.authorization.partition(" ")
        told = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        timestamp = told.get("timestamp", "")
        if scheme != SCHEME or told.get("mchid") != self.keys.mchid or told.get("serial_no") != self.keys.cert_serial:
            return False
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > FRESH_SECONDS:
            return False
        head = f"{request.method}\n{request.target}\n{timestamp}\n{told.get('nonce_str', '')}\n"
        return self._is_merchants(told.get("signature", ""), head.encode() + request.body + b"\n")

    def is_payment_request(self, parameters: dict[str, str]) -> bool:
        """Whether the parameters given to wx.requestPayment were signed by the merchant."""
        lines = (self.keys.appid, *(parameters.get(name, "") for name in ("timeStamp", "nonceStr", "package")))
        message = "".join(f"{line}\n" for line in lines)
        return parameters.get("signType") == "RSA" and self._is_merchants(parameters.get("paySign", ""), message.encode())

    def encrypted(self, resource: dict[str, Any], *, kind: str) -> dict[str, str]:
        """A notification's `resource`: AES-256-GCM under the APIv3 key."""
        nonce = secrets.token_hex(6)
        plain = json.dumps(resource, ensure_ascii=False).encode()
        sealed = AESGCM(self.keys.apiv3_key.encode()).encrypt(nonce.encode(), plain, kind.encode())
        return {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": kind,
            "nonce": nonce,
        }

    def _is_merchants(self, signature: str, message: bytes) -> bool:
        try:
            raw = base64.b64decode(signature, validate=True)
            self._merchant_key.verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True
