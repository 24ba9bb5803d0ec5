"""What the gateway must know about our accounts at WeChat, read from the setting WECHAT."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

API_BASE_URL = "https://api.weixin.qq.com"
PAY_BASE_URL = "https://api.mch.weixin.qq.com"
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class WeChatSettings:
    """One mini-program and the merchant account that it is bound to. Hashable, so that clients are cached per value."""

    appid: str
    secret: str = field(repr=False)
    mchid: str
    apiv3_key: str = field(repr=False)
    private_key_pem: str = field(repr=False)
    cert_serial: str
    platform_public_key_pem: str = field(repr=False)
    platform_public_key_id: str
    notify_url: str
    refund_notify_url: str
    api_base_url: str = API_BASE_URL
    pay_base_url: str = PAY_BASE_URL
    # WeChat answers in well under a second; a patient should not watch a spinner for longer than this.
    timeout_seconds: float = 5.0
    # Name of the message → the template's id at WeChat.
    subscribe_templates: tuple[tuple[str, str], ...] = ()

    def template_id(self, name: str) -> str:
        """The id of the subscription template `name`; KeyError when none is configured."""
        return dict(self.subscribe_templates)[name]


def current_settings() -> WeChatSettings:
    """The setting WECHAT as a value; ImproperlyConfigured names everything that is missing or unknown."""
    return settings_from_mapping(settings.WECHAT)


def settings_from_mapping(values: Mapping[str, Any]) -> WeChatSettings:
    known = {each.name for each in fields(WeChatSettings)}
    required = known - {"api_base_url", "pay_base_url", "timeout_seconds", "subscribe_templates"}
    missing = sorted(name for name in required if not values.get(name))
    unknown = sorted(values.keys() - known)
    if missing or unknown:
        raise ImproperlyConfigured(f"WECHAT: missing {missing}, unknown {unknown}")
    given = dict(values)
    given["subscribe_templates"] = tuple(sorted(dict(values.get("subscribe_templates", ())).items()))
    for name in ("api_base_url", "pay_base_url"):
        if name in given:
            given[name] = given[name].rstrip("/")
    return WeChatSettings(**given)


def settings_from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The setting WECHAT from variables WECHAT_APPID, WECHAT_PRIVATE_KEY_PEM and so on, for production.

    Each may be given instead as WECHAT_…_FILE, the path of a file that holds the value (a mounted secret). Templates
    come as `name=id` pairs separated by commas in WECHAT_SUBSCRIBE_TEMPLATES. Nothing is checked here: the first use
    does that, so that commands without WeChat run without its keys.
    """
    values: dict[str, Any] = {}
    for each in fields(WeChatSettings):
        variable = f"WECHAT_{each.name.upper()}"
        if path := environ.get(f"{variable}_FILE"):
            values[each.name] = Path(path).read_text(encoding="utf-8").strip()
        elif value := environ.get(variable):
            values[each.name] = value
    if "timeout_seconds" in values:
        values["timeout_seconds"] = float(values["timeout_seconds"])
    if "subscribe_templates" in values:
        pairs = (pair.partition("=") for pair in values["subscribe_templates"].split(",") if pair.strip())
        values["subscribe_templates"] = {name.strip(): template.strip() for name, _, template in pairs}
    return values


def is_local(base_url: str) -> bool:
    """Whether an address is on this machine, where the emulator is."""
    return urlsplit(base_url).hostname in LOOPBACK_HOSTS
