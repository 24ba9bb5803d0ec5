"""One-time codes by short message: six digits, five minutes, five attempts, once."""

import datetime as dt
import hmac
import logging
import secrets
from dataclasses import dataclass

from django.db import transaction

from accounts.encryption import lookup_index
from accounts.errors import Refusal
from accounts.locks import lock_phone
from accounts.models import SmsCode
from accounts.phones import normalised_mobile, phone_index
from accounts.services.sms_senders import SmsSendFailed, sms_sender

logger = logging.getLogger(__name__)

LIFETIME = dt.timedelta(minutes=5)
MAX_ATTEMPTS = 5
# One message a minute, ten in any 24 hours: enough for a person, too slow to flood a phone or to guess a code.
INTERVAL = dt.timedelta(seconds=60)
DAILY_LIMIT = 10
DAY = dt.timedelta(hours=24)


class SmsTooSoon(Refusal):
    """The last code is less than a minute old. Detail: `retry_after_seconds`."""


class SmsDailyLimitReached(Refusal):
    """Ten codes in 24 hours. Detail: `limit`."""


class SmsUnavailable(Refusal):
    """The message could not be sent."""


class SmsCodeWrong(Refusal):
    """Not the code that was sent. Detail: `attempts_left`."""


class SmsCodeExpired(Refusal):
    """No live code for this phone: never sent, too old, or used."""


class SmsCodeExhausted(Refusal):
    """Guessed wrong too often; a new code is needed."""


@dataclass(frozen=True, slots=True)
class SentCode:
    expires_at: dt.datetime
    next_at: dt.datetime


def send_sms_code(*, phone: str, now: dt.datetime) -> SentCode:
    """Send a new code to `phone`; it takes the place of an older one.

    Raises PhoneInvalid, SmsTooSoon, SmsDailyLimitReached, or SmsUnavailable. A message that failed still counts against the
    limits, so that a broken carrier is not hammered.
    """
    number = normalised_mobile(phone)
    code = f"{secrets.randbelow(1_000_000):06d}"
    row = _reserve(index=phone_index(number), code=code, now=now)
    try:
        sms_sender().send_code(phone=number, code=code, valid_minutes=LIFETIME // dt.timedelta(minutes=1))
    except SmsSendFailed as error:
        logger.warning("A sign-in code was not sent: %s", error)
        SmsCode.objects.filter(pk=row.pk).update(expires_at=now)
        raise SmsUnavailable() from error
    return SentCode(expires_at=row.expires_at, next_at=now + INTERVAL)


def spend_sms_code(*, phone: str, code: str, now: dt.datetime) -> str:
    """Use up the live code of `phone` and return the number as it is kept.

    Raises PhoneInvalid, SmsCodeExpired, SmsCodeExhausted, SmsCodeWrong. Call it outside a transaction: a wrong guess must
    stay counted although it is refused.
    """
    number = normalised_mobile(phone)
    index = phone_index(number)
    with transaction.atomic(durable=True):
        refusal = _judge(index=index, code=code, now=now)
    if refusal is not None:
        raise refusal
    return number


@transaction.atomic
def _reserve(*, index: str, code: str, now: dt.datetime) -> SmsCode:
    lock_phone(index)
    recent = list(SmsCode.objects.filter(phone_index=index, created_at__gt=now - DAY).order_by("-created_at")[:DAILY_LIMIT])
    if recent and (wait := recent[0].created_at + INTERVAL - now) > dt.timedelta(0):
        raise SmsTooSoon(retry_after_seconds=-(-wait // dt.timedelta(seconds=1)))
    if len(recent) >= DAILY_LIMIT:
        raise SmsDailyLimitReached(limit=DAILY_LIMIT)
    return SmsCode.objects.create(phone_index=index, code_hash=_hash(index, code), created_at=now, expires_at=now + LIFETIME)


def _judge(*, index: str, code: str, now: dt.datetime) -> Refusal | None:
    """Count the attempt against the newest code; None when it is the right one. Returned, not raised: the count must commit."""
    row = SmsCode.objects.select_for_update().filter(phone_index=index).order_by("-created_at", "-pk").first()
    if row is None or row.used_at is not None or row.expires_at <= now:
        return SmsCodeExpired()
    if row.attempts >= MAX_ATTEMPTS:
        return SmsCodeExhausted()
    row.attempts += 1
    is_right = hmac.compare_digest(row.code_hash, _hash(index, code))
    if is_right:
        row.used_at = now
    row.save(update_fields=["attempts", "used_at"])
    if is_right:
        return None
    left = MAX_ATTEMPTS - row.attempts
    return SmsCodeWrong(attempts_left=left) if left else SmsCodeExhausted()


def _hash(index: str, code: str) -> str:
    # Keyed, as a million codes are soon tried; bound to the phone, so that a row serves no other.
    return lookup_index("sms-code", f"{index}:{code}")
