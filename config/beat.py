"""Everything that runs by the clock, in one place. Times are in CELERY_TIMEZONE (Asia/Shanghai)."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {}
