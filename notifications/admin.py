from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from hospitals.admin.scoped import HospitalScopedAdmin
from notifications.models import OutboxMessage


@admin.register(OutboxMessage)
class OutboxMessageAdmin(HospitalScopedAdmin):
    """What was sent to whom, to look at; messages are written and sent by the worker alone."""

    hospital_path = "appointment__hospital"
    list_display = ["appointment", "kind", "state", "due_at", "sent_at", "attempts", "last_error"]
    list_filter = ["kind", "state"]
    search_fields = ["appointment__code"]
    date_hierarchy = "due_at"
    list_select_related = ["appointment"]
    exclude = ["user"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
