"""A deployment: everything that differs comes from the environment; what is missing is named at the start, all of it.

The web process speaks plain HTTP and is reached only through a proxy that ends TLS and sets X-Forwarded-Proto.
"""

import os
from dataclasses import MISSING, fields

import dj_database_url

from config.settings.base import *  # noqa: F403
from config.settings.environment import Environment, listed
from wechat.configuration import WeChatSettings, settings_from_environment

ENVIRONMENT = Environment(os.environ)

DEBUG = False
SECRET_KEY = ENVIRONMENT.required("SECRET_KEY")
# Where the platform is reached from outside, such as https://yuezhen.example: WeChat sends its notifications there.
SITE_URL = ENVIRONMENT.required("SITE_URL").rstrip("/")
ALLOWED_HOSTS = listed(ENVIRONMENT.required("ALLOWED_HOSTS"))
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL else []

# Fernet keys, the first encrypts; the older ones behind it still decrypt.
FIELD_ENCRYPTION_KEYS = listed(ENVIRONMENT.required("FIELD_ENCRYPTION_KEYS"))
LOOKUP_INDEX_KEY = ENVIRONMENT.required("LOOKUP_INDEX_KEY")

_database_url = ENVIRONMENT.required("DATABASE_URL")
if _database_url:
    DATABASES = {"default": dict(dj_database_url.parse(_database_url, conn_max_age=60, conn_health_checks=True))}
# Behind a pooler that shares server connections between transactions, nothing can be prepared on them.
DATABASE_PREPARES = ENVIRONMENT.flag("DATABASE_PREPARES", default=True)

_redis_url = ENVIRONMENT.required("REDIS_URL")
CELERY_BROKER_URL = _redis_url
# The cache may live on a Redis of its own; on a shared one its keys have a prefix.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": ENVIRONMENT.optional("REDIS_CACHE_URL", _redis_url),
        "KEY_PREFIX": "yuezhen",
        # What is cached can be done without: nobody waits for a Redis that does not answer.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

_notifications = {
    "notify_url": f"{SITE_URL}/wechat/pay/notify",
    "refund_notify_url": f"{SITE_URL}/wechat/pay/refund-notify",
}
for _field in fields(WeChatSettings):
    if _field.default is MISSING and _field.name not in _notifications:
        ENVIRONMENT.required(f"WECHAT_{_field.name.upper()}")
    else:
        ENVIRONMENT.optional(f"WECHAT_{_field.name.upper()}")
WECHAT = _notifications | settings_from_environment(os.environ)

ENVIRONMENT.refuse_missing()

# Rates are counted by the address that the outermost of our proxies saw: each appends to X-Forwarded-For what reached it, and
# what stands further left is the client's own word. 0 where the web process is reached directly.
REST_FRAMEWORK = {**REST_FRAMEWORK, "NUM_PROXIES": ENVIRONMENT.count("TRUSTED_PROXIES", default=1)}  # noqa: F405

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Names carry a hash of the content, so browsers may keep them for ever.
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
