"""Fixtures of the faults: real transactions, and the books checked at the end of each."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.utils import timezone

from tests.booking.books import check_books
from wechat.emulator.testing import emulator, emulator_keys_folder

__all__ = ["emulator", "emulator_keys_folder"]


@pytest.fixture(autouse=True)
def books_balance(transactional_db: None) -> Iterator[None]:
    """Whatever broke, events, counters and money agree."""
    yield
    check_books()


@pytest.fixture
def now() -> datetime:
    return timezone.now()
