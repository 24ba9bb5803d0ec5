"""The access token: fetched once for everybody, replaced once when it is refused."""

import threading
from typing import Any

import pytest
import requests
from django.core.cache import cache

from wechat.emulator.testing import Emulator
from wechat.miniprogram import WeChatMisconfigured, phone_number
from wechat.miniprogram.token import PREFIX, CacheStorage, token_key

TOKEN, PHONE = "/cgi-bin/stable_token", "/wxa/business/getuserphonenumber"


def ask_for_token(emulator: Emulator, **changes: Any) -> dict[str, Any]:
    body = {"grant_type": "client_credential", "appid": emulator.keys.appid, "secret": emulator.keys.secret} | changes
    with requests.Session() as session:
        session.trust_env = False
        answer: dict[str, Any] = session.post(f"{emulator.base_url}{TOKEN}", json=body, timeout=5).json()
    return answer


def cached_token(emulator: Emulator) -> str | None:
    return cache.get(PREFIX + token_key(emulator.keys.appid))


def test_two_calls_share_one_token(emulator: Emulator) -> None:
    for _ in range(2):
        phone_number(emulator.phone_code())
    assert (emulator.calls(TOKEN), emulator.calls(PHONE)) == (1, 2)


def test_another_process_finds_the_token_in_the_cache(emulator: Emulator) -> None:
    # A thread of its own has a client of its own, as another process has: only the cache is common.
    phone_number(emulator.phone_code())
    told: list[str] = []
    other = threading.Thread(target=lambda: told.append(phone_number(emulator.phone_code("13700000000")).number))
    other.start()
    other.join()
    assert told == ["13700000000"]
    assert emulator.calls(TOKEN) == 1


def test_the_token_is_kept_until_a_minute_before_its_end(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a token of somebody else's that is good for a little over 400 more seconds
    told = ask_for_token(emulator)
    emulator.advance(7200 - 400)
    kept_seconds: list[int | None] = []
    keep = CacheStorage.set

    def watched(storage: CacheStorage, key: str, value: str, ttl: int | None = None) -> None:
        kept_seconds.append(ttl)
        keep(storage, key, value, ttl)

    monkeypatch.setattr(CacheStorage, "set", watched)
    # when our own call needs one
    phone_number(emulator.phone_code())
    # then it is the same one, kept for 60 seconds less (the test itself may have taken some)
    assert cached_token(emulator) == told["access_token"]
    (kept,) = kept_seconds
    assert kept is not None
    assert 280 < kept <= 340


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_refused_token_is_replaced_and_the_call_repeated_once(emulator: Emulator, code: int) -> None:
    phone_number(emulator.phone_code())
    emulator.break_next(PHONE, "errcode", errcode=code)
    assert phone_number(emulator.phone_code("13600000000")).number == "13600000000"
    assert (emulator.calls(TOKEN), emulator.calls(PHONE)) == (2, 3)


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_refused_for_ever_ends_after_two_attempts(emulator: Emulator, code: int) -> None:
    emulator.break_next(PHONE, "errcode", errcode=code, times=50)
    with pytest.raises(WeChatMisconfigured) as refused:
        phone_number(emulator.phone_code())
    assert refused.value.code == code
    assert (emulator.calls(TOKEN), emulator.calls(PHONE)) == (2, 2)


def test_a_token_reset_elsewhere_is_replaced(emulator: Emulator) -> None:
    phone_number(emulator.phone_code())
    before = cached_token(emulator)
    emulator.revoke_tokens()
    phone_number(emulator.phone_code())
    assert cached_token(emulator) not in (None, before)


def test_a_token_that_ran_out_is_replaced(emulator: Emulator) -> None:
    phone_number(emulator.phone_code())
    emulator.advance(7201)
    phone_number(emulator.phone_code())
    assert (emulator.calls(TOKEN), emulator.calls(PHONE)) == (2, 3)


def test_an_invented_token_is_refused_as_invalid(emulator: Emulator) -> None:
    cache.set(PREFIX + token_key(emulator.keys.appid), "invented", 60)
    phone_number(emulator.phone_code())
    assert (emulator.calls(TOKEN), emulator.calls(PHONE)) == (1, 2)


def test_the_stable_token_stays_the_same_while_valid(emulator: Emulator) -> None:
    first = ask_for_token(emulator)
    emulator.advance(6000)
    second = ask_for_token(emulator)
    emulator.advance(950)  # within its last five minutes
    third = ask_for_token(emulator)
    assert first["access_token"] == second["access_token"] != third["access_token"]
    assert (first["expires_in"], third["expires_in"]) == (7200, 7200)
    assert 1195 <= second["expires_in"] <= 1200


def test_forcing_works_twenty_times_a_day(emulator: Emulator) -> None:
    tokens = [ask_for_token(emulator, force_refresh=True) for _ in range(21)]
    assert len({told["access_token"] for told in tokens[:20]}) == 20
    assert tokens[20]["errcode"] == 45009
    # an ordinary request still gets the last one, and tomorrow forcing works again
    assert ask_for_token(emulator)["access_token"] == tokens[19]["access_token"]
    emulator.advance(24 * 3600)
    assert "access_token" in ask_for_token(emulator, force_refresh=True)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"appid": "wxother"}, 40013), ({"secret": "x"}, 40125), ({"grant_type": "password"}, 40002), ({"appid": 5}, 40013)],
)
def test_a_bad_request_for_a_token_is_told_why(emulator: Emulator, changes: dict[str, Any], code: int) -> None:
    assert ask_for_token(emulator, **changes)["errcode"] == code
