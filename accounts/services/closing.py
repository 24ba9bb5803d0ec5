"""Accounts closed and reopened by staff, and what time ends by itself."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts.locks import lock_account
from accounts.models import SmsCode, User
from accounts.services.sms_codes import DAY


@dataclass(frozen=True, slots=True)
class Purged:
    sms_codes: int
    refresh_tokens: int


@transaction.atomic
def close_account(*, user: User, now: dt.datetime) -> bool:
    """Lock a person out: no sign-in, no refresh, and the next request with an access token is refused. False if it was closed."""
    account = lock_account(user.pk)
    if not account.is_active:
        return False
    account.is_active = False
    account.save(update_fields=["is_active"])
    live = OutstandingToken.objects.filter(user=account, expires_at__gt=now, blacklistedtoken__isnull=True)
    BlacklistedToken.objects.bulk_create([BlacklistedToken(token=token) for token in live], ignore_conflicts=True)
    return True


@transaction.atomic
def reopen_account(*, user: User) -> bool:
    """Let a person in again, by signing in anew. False if the account was open."""
    account = lock_account(user.pk)
    if account.is_active:
        return False
    account.is_active = True
    account.save(update_fields=["is_active"])
    return True


@transaction.atomic
def purge_expired_credentials(*, now: dt.datetime) -> Purged:
    """Delete codes that count towards no limit any more, and refresh tokens that have expired. Safe to run twice."""
    codes, _ = SmsCode.objects.filter(created_at__lte=now - DAY).delete()
    expired = OutstandingToken.objects.filter(expires_at__lte=now)
    BlacklistedToken.objects.filter(token__in=expired).delete()
    _, deleted = expired.delete()
    return Purged(sms_codes=codes, refresh_tokens=deleted.get(OutstandingToken._meta.label, 0))
