from django.contrib import admin

from booking.admin.read_only import RecordAdmin
from notifications.models import OutboxMessage


@admin.register(OutboxMessage)
class OutboxMessageAdmin(RecordAdmin):
    """What was sent to whom, to look at; messages are written and sent by the worker alone."""

    hospital_path = "appointment__hospital"
    list_display = ["appointment", "kind", "state", "due_at", "sent_at", "attempts", "last_error"]
    list_filter = ["kind", "state"]
    search_fields = ["appointment__code"]
    date_hierarchy = "due_at"
    list_select_related = ["appointment"]
    exclude = ["user"]
