"""What the night deletes, and what it leaves."""

import datetime as dt

import pytest
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts.models import SmsCode, User
from accounts.services.closing import Purged, close_account, purge_expired_credentials
from accounts.services.sms_codes import send_sms_code
from accounts.services.tokens import issue_tokens
from accounts.tasks import purge

NOW = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


def test_only_what_has_ended_is_deleted_and_once(user: User, sms: list[tuple[str, str]]):
    send_sms_code(phone="13800138000", now=NOW - dt.timedelta(hours=24))
    send_sms_code(phone="13800138000", now=NOW - dt.timedelta(hours=23))
    issue_tokens(user=user, now=NOW - dt.timedelta(days=30))
    issue_tokens(user=user, now=NOW - dt.timedelta(days=29))
    close_account(user=user, now=NOW - dt.timedelta(days=29))
    assert BlacklistedToken.objects.count() == 2

    assert purge_expired_credentials(now=NOW) == Purged(sms_codes=1, refresh_tokens=1)
    assert purge_expired_credentials(now=NOW) == Purged(sms_codes=0, refresh_tokens=0)

    assert SmsCode.objects.get().created_at == NOW - dt.timedelta(hours=23)
    assert OutstandingToken.objects.get().expires_at == NOW + dt.timedelta(days=1)
    assert BlacklistedToken.objects.count() == 1


def test_the_task_runs(user: User, sms: list[tuple[str, str]]):
    send_sms_code(phone="13800138000", now=NOW)
    purge.delay()
    assert SmsCode.objects.count() == 0
