"""Runs one manage.py command under the production settings with throwaway values, for commands that reach no server.

`python scripts/production_manage.py check --deploy --fail-level WARNING` in CI, `… collectstatic --no-input` in the image.
"""

import base64
import os
import secrets
import sys
from pathlib import Path

THROWAWAY = {
    "SECRET_KEY": secrets.token_urlsafe(50),
    "SITE_URL": "https://yuezhen.invalid",
    "ALLOWED_HOSTS": "yuezhen.invalid",
    "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "LOOKUP_INDEX_KEY": secrets.token_urlsafe(32),
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "WECHAT_APPID": "wx0000000000000000",
    "WECHAT_SECRET": "0" * 32,
    "WECHAT_MCHID": "1900000000",
    "WECHAT_APIV3_KEY": "0" * 32,
    "WECHAT_PRIVATE_KEY_PEM": "none",
    "WECHAT_CERT_SERIAL": "0" * 40,
    "WECHAT_PLATFORM_PUBLIC_KEY_PEM": "none",
    "WECHAT_PLATFORM_PUBLIC_KEY_ID": "none",
}


def main(arguments: list[str]) -> None:
    os.environ.update(THROWAWAY, DJANGO_SETTINGS_MODULE="config.settings.production")
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
