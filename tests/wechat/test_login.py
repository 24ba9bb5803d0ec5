"""Sign-in and phone number through the real client, over HTTP."""

import dataclasses
import warnings
from typing import Any

import pytest

from wechat.emulator.testing import Emulator
from wechat.miniprogram import (
    MiniProgramSession,
    WeChatBusy,
    WeChatCodeInvalid,
    WeChatCodeUsed,
    WeChatError,
    WeChatMisconfigured,
    code_to_session,
    phone_number,
)

LOGIN, TOKEN, PHONE = "/sns/jscode2session", "/cgi-bin/stable_token", "/wxa/business/getuserphonenumber"


def test_the_same_person_has_the_same_openid(emulator: Emulator) -> None:
    first, second = (code_to_session(emulator.login_code("李雷")) for _ in range(2))
    other = code_to_session(emulator.login_code("韩梅梅"))
    assert first == second == MiniProgramSession(openid=emulator.openid("李雷"), unionid=None)
    assert other.openid != first.openid
    assert len(first.openid) == 28


def test_a_bound_account_brings_its_unionid(emulator: Emulator) -> None:
    assert code_to_session(emulator.login_code("李雷", unionid="oUNION")).unionid == "oUNION"


def test_signing_in_fetches_no_token_and_warns_of_nothing(emulator: Emulator) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        code_to_session(emulator.login_code())
    assert (emulator.calls(LOGIN), emulator.calls(TOKEN)) == (1, 0)


@pytest.mark.parametrize(("kind", "exchange"), [("login_code", code_to_session), ("phone_code", phone_number)])
class TestCodes:
    def test_a_code_works_once(self, emulator: Emulator, kind: str, exchange: Any) -> None:
        code = getattr(emulator, kind)()
        exchange(code)
        with pytest.raises(WeChatCodeUsed) as refused:
            exchange(code)
        assert refused.value.code == 40163

    def test_a_code_works_for_five_minutes(self, emulator: Emulator, kind: str, exchange: Any) -> None:
        in_time, late = getattr(emulator, kind)(), getattr(emulator, kind)()
        emulator.advance(299)
        exchange(in_time)
        emulator.advance(2)
        with pytest.raises(WeChatCodeInvalid) as refused:
            exchange(late)
        assert (type(refused.value), refused.value.code) == (WeChatCodeInvalid, 40029)

    def test_an_unknown_code_is_invalid(self, emulator: Emulator, kind: str, exchange: Any) -> None:
        with pytest.raises(WeChatCodeInvalid) as refused:
            exchange("no-such-code")
        assert refused.value.code == 40029

    def test_a_code_of_the_other_kind_is_invalid(self, emulator: Emulator, kind: str, exchange: Any) -> None:
        other = emulator.phone_code() if kind == "login_code" else emulator.login_code()
        with pytest.raises(WeChatCodeInvalid):
            exchange(other)


@pytest.mark.parametrize(("name", "value", "code"), [("appid", "wxother", 40013), ("secret", "wrong", 40125)])
@pytest.mark.parametrize("exchange", [code_to_session, phone_number])
def test_wrong_credentials_are_our_mistake(
    emulator: Emulator, settings: Any, name: str, value: str, code: int, exchange: Any
) -> None:
    settings.WECHAT = settings.WECHAT | {name: value}
    login = emulator.login_code()
    with pytest.raises(WeChatMisconfigured) as refused:
        exchange(login)
    assert refused.value.code == code
    # nothing was spent: the code still works once the settings are right
    settings.WECHAT = settings.WECHAT | {name: getattr(emulator.keys, name)}
    assert code_to_session(login).openid == emulator.openid("patient")


def test_the_hundred_and_first_login_in_a_minute_is_too_many(emulator: Emulator) -> None:
    for _ in range(100):
        code_to_session(emulator.login_code("急性子"))
    with pytest.raises(WeChatBusy) as refused:
        code_to_session(emulator.login_code("急性子"))
    assert refused.value.code == 45011
    code_to_session(emulator.login_code("旁人"))
    emulator.advance(61)
    code_to_session(emulator.login_code("急性子"))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "errcode", "errcode": -1}, -1),
        ({"kind": "errcode", "errcode": 45011}, 45011),
        ({"kind": "status", "status": 500}, None),
        ({"kind": "status", "status": 404}, None),
        ({"kind": "garbage"}, None),
        ({"kind": "lost_answer"}, None),
    ],
)
@pytest.mark.parametrize(("path", "exchange"), [(LOGIN, code_to_session), (PHONE, phone_number), (TOKEN, phone_number)])
def test_a_bad_day_at_wechat_is_busy(
    emulator: Emulator, fault: dict[str, Any], code: int | None, path: str, exchange: Any
) -> None:
    emulator.break_next(path, **fault)
    with pytest.raises(WeChatBusy) as refused:
        exchange(emulator.login_code() if exchange is code_to_session else emulator.phone_code())
    assert refused.value.code == code
    assert emulator.calls(path) == 1


@pytest.mark.parametrize(("path", "exchange"), [(LOGIN, code_to_session), (PHONE, phone_number), (TOKEN, phone_number)])
def test_a_slow_answer_is_given_up(emulator: Emulator, settings: Any, path: str, exchange: Any) -> None:
    settings.WECHAT = settings.WECHAT | {"timeout_seconds": 0.2}
    emulator.break_next(path, "slow", seconds=1.0)
    with pytest.raises(WeChatBusy):
        exchange(emulator.login_code() if exchange is code_to_session else emulator.phone_code())


def test_nobody_answers_and_the_error_keeps_our_secret(emulator: Emulator, settings: Any) -> None:
    settings.WECHAT = settings.WECHAT | {"api_base_url": "http://127.0.0.1:9"}
    with pytest.raises(WeChatBusy) as refused:
        code_to_session("any")
    error: BaseException | None = refused.value
    assert error is not None
    assert error.__suppress_context__
    assert emulator.keys.secret not in str(error)


def test_an_unlisted_errcode_is_the_plain_error(emulator: Emulator) -> None:
    emulator.break_next(LOGIN, "errcode", errcode=40226)
    with pytest.raises(WeChatError) as refused:
        code_to_session(emulator.login_code())
    assert (type(refused.value), refused.value.code) == (WeChatError, 40226)


def test_the_session_carries_no_session_key() -> None:
    assert {field.name for field in dataclasses.fields(MiniProgramSession)} == {"openid", "unionid"}
