"""Fixtures of the accounts' tests."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.tokens import issue_tokens
from tests.accounts.senders import MemorySmsSender
from tests.factories.accounts import make_user
from wechat.emulator.testing import emulator, emulator_keys_folder

__all__ = ["emulator", "emulator_keys_folder"]


@pytest.fixture(autouse=True)
def _fresh_throttles() -> Iterator[None]:
    """Rates are counted in the cache; no test inherits another's."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def sms(settings: Any) -> Iterator[list[tuple[str, str]]]:
    """The messages sent so far, as (phone, code)."""
    settings.SMS_SENDER = "tests.accounts.senders.MemorySmsSender"
    MemorySmsSender.sent.clear()
    yield MemorySmsSender.sent
    MemorySmsSender.sent.clear()


@pytest.fixture
def user(db: None) -> User:
    return make_user(phone="13900000001")


@pytest.fixture
def anonymous() -> APIClient:
    return APIClient()


def signed_in_client(user: User) -> APIClient:
    """A client that bears a real access token of `user`."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_tokens(user=user, now=timezone.now()).access}")
    return client


@pytest.fixture
def client(user: User) -> APIClient:
    return signed_in_client(user)
