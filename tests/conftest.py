"""What every test may rely on."""

import itertools
import os

import pytest
from django.core.cache import caches

_serial = itertools.count()


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Each test finds the cache empty: its keys have a prefix of their own. Redis is started only by a test that uses it."""
    prefix = f"test-{os.getpid()}-{next(_serial)}"
    # Of this thread's cache; other threads make theirs from the settings.
    caches["default"].key_prefix = prefix
    caches.settings["default"]["KEY_PREFIX"] = prefix
