"""One account with something of everything; what a single request does to it is undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.test import override_settings
from django.utils import timezone

from tests.api.belongings import Belongings, make_belongings
from wechat.emulator.keys import emulator_settings, load_or_create_keys
from wechat.emulator.server import running_emulator
from wechat.emulator.store import Store
from wechat.emulator.testing import Emulator, emulator, emulator_keys_folder
from wechat.emulator.world import World
from wechat.miniprogram.token import forget_token

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


@contextmanager
def one_connection() -> Iterator[None]:
    """A server gives its connection up when a request is over; a transaction needs it, as Django's own client knows."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def kept_belongings(django_db_setup: None, django_db_blocker: Any, emulator_keys_folder: Path) -> Iterator[Belongings]:
    """Belongings for a whole module, made once: they take longer than most tests of them.

    Tests of such a module are not marked for the database and keep their writes within `undone()`: Django's own test case would
    close the connection behind each test, and with it the transaction that holds all this.
    """
    world = World(load_or_create_keys(emulator_keys_folder), Store(None), refund_seconds=0.0)
    with running_emulator(world, deliver=False) as base_url, django_db_blocker.unblock(), one_connection():
        values = emulator_settings(emulator_keys_folder, base_url, "http://127.0.0.1:9")
        forget_token(values["appid"])
        with override_settings(WECHAT=values), undone():
            yield make_belongings(timezone.now())
        connection.close()
        forget_token(values["appid"])
    world.store.close()
