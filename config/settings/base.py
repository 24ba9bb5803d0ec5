"""Settings that every environment shares. What differs between machines comes from the environment."""

from datetime import timedelta
from pathlib import Path

from config import beat

BASE_DIR = Path(__file__).resolve().parents[2]

INSTALLED_APPS = [
    "config.apps.YuezhenAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config.apps.ConfigConfig",
    "wechat",
    "accounts",
    "hospitals",
    "booking",
    "scoring",
    "capacity",
    "notifications",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.api_queries.KnownQueryNames",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"}
    for name in ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_ROOT = BASE_DIR / "media"

# The hottest queries are prepared once a connection (accounts.prepared).
DATABASE_PREPARES = True
# Connections on which a scoring of all patients of a hospital counts and writes at the same time.
SCORING_CONNECTIONS = 2

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.PatientJWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api_parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "config.api_schema.TruthfulSchema",
    "DEFAULT_PAGINATION_CLASS": "config.api_pagination.Page",
    "PAGE_SIZE": 20,
    "EXCEPTION_HANDLER": "config.api_errors.exception_handler",
    # Per address. A whole hospital may stand behind one: what a single phone or account may do is limited in the services.
    # An export is of the account that asks, and reads all it has.
    "DEFAULT_THROTTLE_RATES": {"login": "300/min", "sms": "60/min", "export": "10/hour"},
    # Nobody stands between, so what a client says in X-Forwarded-For is not believed.
    "NUM_PROXIES": 0,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=30),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=30),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "约诊 Yuezhen API",
    "DESCRIPTION": "Outpatient appointments for the mini-program. Every error has one shape: {code, message, detail}.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api_schema.add_error_shape",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # One name for each choice set that several fields share.
    "ENUM_NAME_OVERRIDES": {
        "AppealStateEnum": "booking.models.AppealState",
        "ConsentKindEnum": "accounts.models.ConsentKind",
        "EntitlementKindEnum": "booking.models.EntitlementKind",
        "OfferedStateEnum": "hospitals.availability.STATE_CHOICES",
        "ReviewStateEnum": "booking.models.ReviewState",
        "WaitlistStateEnum": "booking.waitlist_selectors.WaitlistState",
    },
}

CELERY_BEAT_SCHEDULE = beat.SCHEDULE
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

# The account, not the hospital, limits how many patients it may carry (domain-rules.md, "patients per account").
PATIENTS_PER_ACCOUNT = 5
CONSENT_VERSION = "2026-11"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"quiet_refusals": {"()": "config.log_filters.QuietRefusals"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django.request": {"filters": ["quiet_refusals"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
