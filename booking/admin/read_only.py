from typing import Any

from django.http import HttpRequest

from hospitals.admin.scoped import HospitalScopedAdmin


class RecordAdmin(HospitalScopedAdmin):
    """Rows that services write and staff read: no form can add, change or delete them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
