"""Fixtures of the races: real transactions on real connections, and the books checked at the end of each."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.utils import timezone

from tests.booking.books import check_books
from wechat.emulator.testing import emulator, emulator_keys_folder

__all__ = ["emulator", "emulator_keys_folder"]


@pytest.fixture
def oversells() -> None:
    """For a test that takes a lock away: its books do not balance, and it asserts so itself."""


@pytest.fixture(autouse=True)
def books_balance(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[None]:
    """However a race ended, events, counters and money agree."""
    yield
    if "oversells" not in request.fixturenames:
        check_books()


@pytest.fixture
def now() -> datetime:
    return timezone.now()
