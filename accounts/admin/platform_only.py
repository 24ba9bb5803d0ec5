"""Who may look: these rows belong to no hospital, so only those who run the platform see them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


def runs_the_platform(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))


class PlatformOnlyAdmin(admin.ModelAdmin):
    """Superusers only, whatever permissions a group may have been given."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return runs_the_platform(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return runs_the_platform(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return runs_the_platform(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return runs_the_platform(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(PlatformOnlyAdmin):
    """Records that explain themselves only as long as nobody edits them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
