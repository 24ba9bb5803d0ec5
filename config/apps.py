from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    """The top layer: settings, URLs, the demo world and the commands that use every app."""

    name = "config"
    verbose_name = "平台"


class YuezhenAdminConfig(AdminConfig):
    default_site = "config.admin_site.YuezhenAdminSite"
