"""A developer's machine and the demo: everything that is not given by the environment is brought or made by itself.

`DATABASE_URL` and `REDIS_URL` name servers to use; without them the checkout's embedded ones are started by the first
use. The keys are made once and kept in `.local`. The demo tells its processes where it serves by YUEZHEN_WEB_URL,
YUEZHEN_EMULATOR_URL and YUEZHEN_PREVIEW_URL.
"""

import os
from typing import Any

import dj_database_url

from config.embedded import LOCAL, broker, generated_keys, postgres
from config.settings.base import *  # noqa: F403
from wechat.emulator.keys import emulator_settings

# Off unless asked for: the demo shows what patients see, and Django keeps every query in memory while it is on.
DEBUG = os.environ.get("YUEZHEN_DEBUG") == "1"
ALLOWED_HOSTS = ["*"]

_keys = generated_keys.load_or_create(LOCAL)
SECRET_KEY = _keys.secret_key
FIELD_ENCRYPTION_KEYS = _keys.field_encryption_keys
LOOKUP_INDEX_KEY = _keys.lookup_index_key

DATABASES: dict[str, dict[str, Any]]
if os.environ.get("DATABASE_URL"):
    DATABASES = {"default": dict(dj_database_url.config(conn_max_age=60, conn_health_checks=True))}
else:
    DATABASES = {
        "default": {
            "ENGINE": "config.embedded.backend",
            "NAME": postgres.DATABASE,
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {},
        }
    }

CACHES: dict[str, dict[str, Any]]
if os.environ.get("REDIS_URL"):
    CELERY_BROKER_URL = os.environ["REDIS_URL"]
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": os.environ["REDIS_URL"]}}
else:
    CELERY_BROKER_URL = broker.register()
    CACHES = {"default": {"BACKEND": "config.embedded.cache.EmbeddedRedisCache", "LOCATION": "1"}}

WEB_URL = os.environ.get("YUEZHEN_WEB_URL", "http://127.0.0.1:8000")
EMULATOR_URL = os.environ.get("YUEZHEN_EMULATOR_URL", "http://127.0.0.1:8001")
# Of the mini-program in a browser, where the demo shows it: /preview/ leads there.
PREVIEW_URL = os.environ.get("YUEZHEN_PREVIEW_URL", "")
WECHAT = emulator_settings(LOCAL / "wechat", EMULATOR_URL, WEB_URL)

# Served by whitenoise straight from the apps: no `collectstatic` between an edit and a reload.
WHITENOISE_USE_FINDERS = True
# Sign-in codes appear where the web server writes.
SMS_SENDER = "accounts.services.sms_senders.ConsoleSmsSender"
