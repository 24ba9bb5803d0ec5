"""The setting WECHAT: complete or refused, from a mapping or from the environment."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from wechat.configuration import (
    WeChatSettings,
    current_settings,
    is_local,
    settings_from_environment,
    settings_from_mapping,
)
from wechat.emulator.keys import emulator_settings, template_id
from wechat.emulator.testing import Emulator

GIVEN = {
    "appid": "wx1",
    "secret": "s",
    "mchid": "1900000001",
    "apiv3_key": "k" * 32,
    "private_key_pem": "pem",
    "cert_serial": "AA",
    "platform_public_key_pem": "pub",
    "platform_public_key_id": "PUB_KEY_ID_1",
    "notify_url": "https://example.invalid/n",
    "refund_notify_url": "https://example.invalid/r",
}


def test_only_accounts_keys_and_urls_need_to_be_given() -> None:
    values = settings_from_mapping(GIVEN)
    assert values.api_base_url == "https://api.weixin.qq.com"
    assert values.pay_base_url == "https://api.mch.weixin.qq.com"
    assert values.subscribe_templates == ()
    assert hash(values) == hash(settings_from_mapping(dict(GIVEN)))


@pytest.mark.parametrize("name", sorted(GIVEN))
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_missing_is_named(name: str, value: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        settings_from_mapping(GIVEN | {name: value})


def test_what_is_unknown_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="apiv2_key"):
        settings_from_mapping(GIVEN | {"apiv2_key": "x"})


def test_secrets_do_not_show() -> None:
    values = settings_from_mapping(GIVEN | {"secret": "SECRET", "apiv3_key": "SECRET", "private_key_pem": "SECRET"})
    assert "SECRET" not in repr(values)


def test_templates_are_found_by_name(emulator: Emulator) -> None:
    assert current_settings().template_id("booked") == template_id("booked")
    with pytest.raises(KeyError):
        current_settings().template_id("unknown")


def test_the_environment_gives_values_and_files(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n")
    environ = {f"WECHAT_{name.upper()}": value for name, value in GIVEN.items()}
    del environ["WECHAT_PRIVATE_KEY_PEM"]
    environ |= {
        "WECHAT_PRIVATE_KEY_PEM_FILE": str(tmp_path / "key.pem"),
        "WECHAT_TIMEOUT_SECONDS": "2.5",
        "WECHAT_SUBSCRIBE_TEMPLATES": "booked=abc, reminder = def",
        "OTHER": "x",
    }
    values = settings_from_mapping(settings_from_environment(environ))
    assert values.private_key_pem == "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"
    assert values.timeout_seconds == 2.5
    assert (values.template_id("booked"), values.template_id("reminder")) == ("abc", "def")


def test_an_empty_environment_gives_nothing() -> None:
    assert settings_from_environment({"WECHAT_APPID": ""}) == {}


def test_the_emulators_settings_are_complete(tmp_path: Path) -> None:
    values = settings_from_mapping(emulator_settings(tmp_path, "http://127.0.0.1:8190/", "http://127.0.0.1:8000/"))
    assert isinstance(values, WeChatSettings)
    assert (values.api_base_url, values.notify_url) == ("http://127.0.0.1:8190", "http://127.0.0.1:8000/wechat/pay/notify")


@pytest.mark.parametrize(("address", "local"), [("http://127.0.0.1:8190", True), ("https://api.weixin.qq.com", False)])
def test_an_address_on_this_machine_is_told_from_others(address: str, local: bool) -> None:
    assert is_local(address) is local


def test_the_emulator_is_reached_past_a_proxy(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    from wechat import pay
    from wechat.miniprogram import code_to_session

    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert code_to_session(emulator.login_code()).openid == emulator.openid("patient")
    with pytest.raises(pay.OrderNotFound):
        pay.query_order(out_trade_no="UNKNOWN1")
