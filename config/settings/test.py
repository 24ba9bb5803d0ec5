"""The test run: as `local`, with databases of its own, so that runs side by side and a running demo do not meet."""

import os

from config.embedded import postgres, redis
from config.settings.local import *  # noqa: F403

DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]

# A test database is made anew for each run: a crash may lose it, so nothing waits for the disk.
DATABASES["default"]["OPTIONS"] = {  # noqa: F405
    **DATABASES["default"].get("OPTIONS", {}),  # noqa: F405
    # A statement that would take for ever fails: while the server is waited for, no timer of Python's can end a test.
    "options": "-c synchronous_commit=off -c jit=off -c statement_timeout=300s",
}
if DATABASES["default"]["ENGINE"] == "config.embedded.backend":  # noqa: F405
    # A killed run leaves its database; the next start of the server drops whatever has this prefix.
    DATABASES["default"]["TEST"] = {"NAME": f"{postgres.TEST_DATABASE_PREFIX}{os.getpid()}"}  # noqa: F405
if CACHES["default"]["BACKEND"] == "config.embedded.cache.EmbeddedRedisCache":  # noqa: F405
    CACHES["default"]["LOCATION"] = str(redis.database_of_test_run())  # noqa: F405
CACHES["default"]["KEY_PREFIX"] = f"test-{os.getpid()}"  # noqa: F405

# The strength of the hash is Django's business, its slowness would be ours.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tasks run in place, with their errors; tests/setup/ runs one through the real broker and worker.
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
