"""One-time codes: what limits them, and what ends them."""

import datetime as dt
import re
from typing import Any

import pytest

from accounts.models import SmsCode
from accounts.phones import PhoneInvalid
from accounts.services.sms_codes import (
    SmsCodeExhausted,
    SmsCodeExpired,
    SmsCodeWrong,
    SmsDailyLimitReached,
    SmsTooSoon,
    SmsUnavailable,
    send_sms_code,
    spend_sms_code,
)

NOW = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
PHONE = "13800138000"

pytestmark = pytest.mark.django_db


def after(**gap: float) -> dt.datetime:
    return NOW + dt.timedelta(**gap)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_has_six_digits_and_is_spent_once(sms: list[tuple[str, str]]):
    send_sms_code(phone=PHONE, now=NOW)
    [(phone, code)] = sms
    assert phone == PHONE
    assert re.fullmatch("[0-9]{6}", code)

    assert spend_sms_code(phone=PHONE, code=code, now=after(minutes=4, seconds=59)) == PHONE
    with pytest.raises(SmsCodeExpired):
        spend_sms_code(phone=PHONE, code=code, now=after(minutes=4, seconds=59))


def test_a_code_ends_after_five_minutes(sms: list[tuple[str, str]]):
    send_sms_code(phone=PHONE, now=NOW)
    with pytest.raises(SmsCodeExpired):
        spend_sms_code(phone=PHONE, code=sms[0][1], now=after(minutes=5))
    assert SmsCode.objects.get().attempts == 0


def test_five_guesses_end_a_code_even_for_the_right_one(sms: list[tuple[str, str]]):
    send_sms_code(phone=PHONE, now=NOW)
    code = sms[0][1]
    left = []
    for _ in range(4):
        with pytest.raises(SmsCodeWrong) as caught:
            spend_sms_code(phone=PHONE, code=other_than(code), now=NOW)
        left.append(caught.value.detail["attempts_left"])
    assert left == [4, 3, 2, 1]
    for guess in (other_than(code), code):
        with pytest.raises(SmsCodeExhausted):
            spend_sms_code(phone=PHONE, code=guess, now=NOW)
    row = SmsCode.objects.get()
    assert (row.attempts, row.used_at) == (5, None)


def test_the_fifth_guess_may_be_right(sms: list[tuple[str, str]]):
    send_sms_code(phone=PHONE, now=NOW)
    code = sms[0][1]
    for _ in range(4):
        with pytest.raises(SmsCodeWrong):
            spend_sms_code(phone=PHONE, code=other_than(code), now=NOW)
    assert spend_sms_code(phone=PHONE, code=code, now=NOW) == PHONE


def test_a_code_is_good_for_its_phone_only(sms: list[tuple[str, str]]):
    send_sms_code(phone=PHONE, now=NOW)
    send_sms_code(phone="13900139000", now=NOW)
    codes = dict(sms)
    if codes[PHONE] == codes["13900139000"]:
        pytest.skip("one chance in a million: both codes are equal")
    with pytest.raises(SmsCodeWrong):
        spend_sms_code(phone="13900139000", code=codes[PHONE], now=NOW)


def test_a_new_code_takes_the_place_of_the_old(sms: list[tuple[str, str]]):
    send_sms_code(phone=PHONE, now=NOW)
    send_sms_code(phone=PHONE, now=after(seconds=60))
    old, new = (code for _, code in sms)
    if old != new:
        with pytest.raises(SmsCodeWrong):
            spend_sms_code(phone=PHONE, code=old, now=after(seconds=61))
    assert spend_sms_code(phone=PHONE, code=new, now=after(seconds=61)) == PHONE


def test_one_message_a_minute(sms: list[tuple[str, str]]):
    send_sms_code(phone=PHONE, now=NOW)
    with pytest.raises(SmsTooSoon) as caught:
        send_sms_code(phone=PHONE, now=after(seconds=59.5))
    assert caught.value.detail == {"retry_after_seconds": 1}
    send_sms_code(phone=PHONE, now=after(seconds=60))
    assert len(sms) == SmsCode.objects.count() == 2


def test_ten_messages_in_a_day(sms: list[tuple[str, str]]):
    for minute in range(10):
        send_sms_code(phone=PHONE, now=after(minutes=minute))
    with pytest.raises(SmsDailyLimitReached):
        send_sms_code(phone=PHONE, now=after(hours=23, minutes=59))
    assert len(sms) == SmsCode.objects.count() == 10
    send_sms_code(phone=PHONE, now=after(hours=24))
    assert len(sms) == 11


@pytest.mark.parametrize("sender", ["tests.accounts.senders.BrokenSmsSender", ""])
def test_a_message_that_cannot_be_sent_leaves_no_live_code(settings: Any, sender: str):
    settings.SMS_SENDER = sender
    with pytest.raises(SmsUnavailable):
        send_sms_code(phone=PHONE, now=NOW)
    row = SmsCode.objects.get()
    assert row.expires_at == NOW
    with pytest.raises(SmsTooSoon):  # a broken carrier is not hammered
        send_sms_code(phone=PHONE, now=after(seconds=1))


@pytest.mark.parametrize("phone", ["", "12800138000", "1380013800", "138001380000", "+85261234567", "phone", "１３８x"])
def test_only_mainland_mobiles_get_codes(sms: list[tuple[str, str]], phone: str):
    with pytest.raises(PhoneInvalid):
        send_sms_code(phone=phone, now=NOW)
    assert sms == []
    assert SmsCode.objects.count() == 0


@pytest.mark.parametrize("phone", ["１３８００１３８０００", "+86 138 0013 8000", "0086-13800138000", "8613800138000"])
def test_the_way_a_phone_is_written_does_not_matter(sms: list[tuple[str, str]], phone: str):
    send_sms_code(phone=phone, now=NOW)
    assert sms[0][0] == PHONE


def test_the_console_sender_prints_the_code(settings: Any, capsys: Any):
    settings.SMS_SENDER = "accounts.services.sms_senders.ConsoleSmsSender"
    send_sms_code(phone=PHONE, now=NOW)
    printed = re.fullmatch(r"SMS to 138\*\*\*\*8000: code ([0-9]{6}), valid for 5 minutes\n", capsys.readouterr().out)
    assert printed is not None
    assert spend_sms_code(phone=PHONE, code=printed[1], now=NOW) == PHONE
