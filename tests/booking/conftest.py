"""Fixtures of the booking tests."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.utils import timezone

from tests.booking.books import check_books
from tests.factories.booking import Account, make_account
from wechat.emulator.testing import emulator, emulator_keys_folder

__all__ = ["emulator", "emulator_keys_folder"]


@pytest.fixture(autouse=True)
def books_balance(db: None) -> Iterator[None]:
    """Whatever a test did, events, counters and money agree at its end."""
    yield
    check_books()


@pytest.fixture
def now() -> datetime:
    """The moment the test runs, for what meets views and WeChat's clock; services alone are tested at fixed times."""
    return timezone.now()


@pytest.fixture
def account() -> Account:
    return make_account()
