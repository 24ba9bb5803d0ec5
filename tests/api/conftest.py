"""One account with something of everything; what a single request does to it is undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.utils import timezone

from tests.api.belongings import Belongings, make_belongings
from wechat.emulator.testing import Emulator, emulator, emulator_keys_folder

__all__ = ["emulator", "emulator_keys_folder"]


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def belongings(db: None, emulator: Emulator, now: datetime) -> Belongings:
    return make_belongings(now)


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is written inside. Marked as a test's own transaction, as services insist on being the outermost."""
    outer = transaction.atomic()
    outer._from_testcase = True
    with outer:
        yield
        transaction.set_rollback(True)


@pytest.fixture
def one_connection(db: None) -> Iterator[None]:
    """A server gives its connection up when a request is over; a test's transaction needs it, as Django's own client knows."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
