"""The emulator's key material: made on first use, kept in one file, never committed."""

import contextlib
import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

FILE_NAME = "emulator-keys.json"
# The messages of `notifications`, with the titles that WeChat shows where it asks for them; the emulator refuses any template
# that is not listed (40037).
SUBSCRIBE_TEMPLATES = {
    "booked": "预约成功通知",
    "cancelled": "预约取消通知",
    "payment_due": "待支付提醒",
    "refunded": "退款通知",
    "reminder": "就诊提醒",
    "session_suspended": "停诊通知",
    "waitlist_offer": "候补到号通知",
    "waitlist_ended": "候补结束通知",
    "extra_granted": "加号通知",
    "to_confirm": "预约确认提醒",
    "appeal_decided": "申诉结果通知",
    "called": "叫号提醒",
}


@dataclass(frozen=True)
class EmulatorKeys:
    """Both sides' secrets: the merchant's account and the platform's signing key."""

    appid: str
    secret: str
    mchid: str
    apiv3_key: str
    cert_serial: str
    merchant_private_key_pem: str
    platform_private_key_pem: str
    # Kept beside the private key, as loading one to derive it would slow every start of the site.
    platform_public_key_pem: str
    platform_public_key_id: str

    def merchant_public_key(self) -> rsa.RSAPublicKey:
        return _load(self.merchant_private_key_pem).public_key()

    def platform_private_key(self) -> rsa.RSAPrivateKey:
        return _load(self.platform_private_key_pem)


def load_or_create_keys(folder: Path | str) -> EmulatorKeys:
    """The keys kept in `folder`, made if there are none; several processes may ask at once, all get the same ones.

    Raises OSError when the folder cannot be used, ValueError when its file is not one of ours.
    """
    path = Path(folder) / FILE_NAME
    if not path.exists():
        _publish(path, json.dumps(asdict(_new_keys()), indent=1))
    try:
        return EmulatorKeys(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} is damaged or of another version; remove it to get new keys") from error


def emulator_settings(folder: Path | str, base_url: str, notify_base_url: str) -> dict[str, Any]:
    """The setting WECHAT for an emulator at `base_url` that notifies the site at `notify_base_url`."""
    keys = load_or_create_keys(folder)
    site = notify_base_url.rstrip("/")
    return {
        "appid": keys.appid,
        "secret": keys.secret,
        "mchid": keys.mchid,
        "apiv3_key": keys.apiv3_key,
        "private_key_pem": keys.merchant_private_key_pem,
        "cert_serial": keys.cert_serial,
        "platform_public_key_pem": keys.platform_public_key_pem,
        "platform_public_key_id": keys.platform_public_key_id,
        "api_base_url": base_url,
        "pay_base_url": base_url,
        "notify_url": f"{site}/wechat/pay/notify",
        "refund_notify_url": f"{site}/wechat/pay/refund-notify",
        "timeout_seconds": 5.0,
        "subscribe_templates": {name: template_id(name) for name in SUBSCRIBE_TEMPLATES},
    }


def template_id(name: str) -> str:
    """A template id of WeChat's length (43 characters) that still tells which message it is."""
    return f"tmpl-{name}".ljust(43, "0")


def _new_keys() -> EmulatorKeys:
    platform_key = _new_key()
    return EmulatorKeys(
        appid="wx" + secrets.token_hex(8),
        secret=secrets.token_hex(16),
        mchid="1900000001",
        apiv3_key=secrets.token_hex(16),
        cert_serial=secrets.token_hex(20).upper(),
        merchant_private_key_pem=_private_pem(_new_key()),
        platform_private_key_pem=_private_pem(platform_key),
        platform_public_key_pem=_public_pem(platform_key.public_key()),
        platform_public_key_id="PUB_KEY_ID_" + "".join(secrets.choice("0123456789") for _ in range(34)),
    )


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _public_pem(key: rsa.RSAPublicKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(encoding, form).decode("ascii")


def _private_pem(key: rsa.RSAPrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode("ascii")


@lru_cache(maxsize=8)
def _load(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode("ascii"), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the emulator signs with RSA keys")
    return key


def _publish(path: Path, text: str) -> None:
    """Write a whole file under its name, unless another process was first: a half-written key is never seen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".keys-")  # mkstemp makes it readable by us alone
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)
