from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks

from config.folded_migrations import check_histories


class ConfigConfig(AppConfig):
    """The top layer: settings, URLs, the demo world and the commands that use every app."""

    name = "config"
    verbose_name = "平台"

    def ready(self) -> None:
        checks.register(check_histories, checks.Tags.database)


class YuezhenAdminConfig(SimpleAdminConfig):
    """The admin pages are found where the URLs are read or checked, not at every start.

    With them comes whatever draws, writes workbooks and calls WeChat: half of what a command would import.
    """

    default_site = "config.admin_site.YuezhenAdminSite"

    def ready(self) -> None:
        checks.register(_check_pages, checks.Tags.admin)


def _check_pages(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Django's own checks of the admin, which look at what has been found so far."""
    autodiscover()
    return [*check_dependencies(**kwargs), *check_admin_app(app_configs, **kwargs)]
