"""What every test may rely on."""

import gc
import hashlib
import itertools
import os
from pathlib import Path
from typing import Any

import django
import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from hypothesis import settings as hypothesis_settings

from tests.emptying import empty_by_deleting

# Times are measured by the benchmarks; a busy machine fails no test.
hypothesis_settings.register_profile("yuezhen", deadline=None)
hypothesis_settings.load_profile("yuezhen")
empty_by_deleting()

# Modules and tests by the thousand come into being and stay: looking them through for garbage took a third of the collection.
gc.disable()

_serial = itertools.count()
# Unlike the databases of a run, which begin with test_, these outlive it: the next run copies them as well.
TEMPLATE_PREFIX = "template_yuezhen_"
# The newest; older ones belong to what the migrations were before.
TEMPLATES_KEPT = 3
# Any number that nothing else locks.
TEMPLATE_LOCK = 20261122


SETUP = Path(__file__).parent / "setup"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those of whole processes first: the longest, and without a database.

    In a parallel run one worker begins with them while the other makes the database that all others wait for, and none is
    left with the longest test when the others have ended. pytest-django has put the rest in order before.
    """
    items.sort(key=lambda item: SETUP not in item.path.parents)


def pytest_collection_finish() -> None:
    """From here on garbage is looked for among what the tests themselves leave."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Each test finds the cache empty: its keys have a prefix of their own. Redis is started only by a test that uses it."""
    prefix = f"test-{os.getpid()}-{next(_serial)}"
    # Of this thread's cache; other threads make theirs from the settings.
    caches["default"].key_prefix = prefix
    caches.settings["default"]["KEY_PREFIX"] = prefix


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: Any) -> None:
    """On the embedded server a test database begins as a copy of one that has all migrations.

    To apply them takes several seconds in each worker of a parallel run, a copy takes one. Django then migrates the copy as it
    would an empty database, and finds nothing to do. Other servers are not ours to leave databases on.
    """
    if settings.DATABASES["default"]["ENGINE"] == "config.embedded.backend":
        with django_db_blocker.unblock():
            connection.settings_dict["TEST"]["TEMPLATE"] = _migrated_template()


def _migrated_template() -> str:
    """The name of a database with these very migrations; whoever needs it first makes it, while the others wait."""
    wanted = TEMPLATE_PREFIX + _digest_of_migrations()
    with connection._nodb_cursor() as cursor:
        # Given up with the connection, however that ends.
        cursor.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        kept = _kept_templates(cursor)
        if wanted not in kept:
            _make_template(cursor, wanted)
            for name in [*kept, wanted][:-TEMPLATES_KEPT]:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
    return wanted


def _digest_of_migrations() -> str:
    """Of their text, and of the lists that they load."""
    digest = hashlib.sha256(django.__version__.encode())
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        for path in sorted([*Path(app.path).glob("migrations/*.py"), *Path(app.path).glob("data/*")]):
            digest.update(f"{app.label}/{path.name}".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _kept_templates(cursor: Any) -> list[str]:
    """The oldest first: the server numbers databases as they are made."""
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid", [TEMPLATE_PREFIX])
    return [name for (name,) in cursor.fetchall()]


def _make_template(cursor: Any, wanted: str) -> None:
    """Under another name until all migrations are applied, so that what was interrupted is no template."""
    unfinished, original = f"unfinished_{wanted}", connection.settings_dict["NAME"]
    cursor.execute(f'DROP DATABASE IF EXISTS "{unfinished}"')
    cursor.execute(f'CREATE DATABASE "{unfinished}"')
    connection.close()
    connection.settings_dict["NAME"] = unfinished
    try:
        call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
    cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{wanted}"')
