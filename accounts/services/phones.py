"""The phone of an account: proven by WeChat or by a code, and of one account only."""

import datetime as dt

from django.db import IntegrityError, transaction

from accounts.errors import Refusal
from accounts.locks import lock_account
from accounts.models import User
from accounts.phones import normalised_contact, phone_index
from accounts.services.sms_codes import spend_sms_code
from accounts.services.wechat_answers import wechat_errors_refused
from wechat.miniprogram import phone_number


class PhoneTaken(Refusal):
    """Another account has this phone. Accounts are not merged by themselves: that would hand one's patients to the other."""


def bind_phone_by_wechat(*, user: User, code: str, now: dt.datetime) -> User:
    """Bind the number that WeChat vouches for. Raises WeChatCodeRefused, WeChatUnavailable, PhoneInvalid, PhoneTaken."""
    with wechat_errors_refused():
        answer = phone_number(code)
    is_mainland = answer.country_code in ("", "86")
    number = normalised_contact(answer.number if is_mainland else f"+{answer.country_code}{answer.number}")
    return _bind(user=user, number=number, now=now)


def bind_phone_by_sms(*, user: User, phone: str, code: str, now: dt.datetime) -> User:
    """Bind a number by the code sent to it. Raises what `spend_sms_code` raises, and PhoneTaken."""
    number = spend_sms_code(phone=phone, code=code, now=now)
    return _bind(user=user, number=number, now=now)


def _bind(*, user: User, number: str, now: dt.datetime) -> User:
    try:
        with transaction.atomic():
            account = lock_account(user.pk)
            account.phone, account.phone_index, account.phone_verified_at = number, phone_index(number), now
            account.save(update_fields=["phone", "phone_index", "phone_verified_at"])
            return account
    except IntegrityError as error:
        raise PhoneTaken() from error
