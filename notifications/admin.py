from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from booking.admin.read_only import RecordAdmin
from notifications.models import OutboxMessage
from notifications.selectors import TOLD_OF
from notifications.wording import sentence, visit_of


@admin.register(OutboxMessage)
class OutboxMessageAdmin(RecordAdmin):
    """What was sent to whom, to look at; messages are written and sent by the worker alone."""

    list_display = ["kind", "about", "hospital", "state", "due_at", "sent_at", "last_error"]
    list_filter = ["kind", "state"]
    search_fields = ["appointment__code"]
    search_help_text = "按约诊单号查找"
    date_hierarchy = "due_at"
    fields = [
        "kind",
        "hospital",
        "appointment",
        "waitlist_entry",
        "appeal",
        "review",
        "text",
        "state",
        "reason_at",
        "due_at",
        "deadline",
        "next_attempt_at",
        "sent_at",
        "attempts",
        "last_error",
    ]
    readonly_fields = ["text"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMessage]:
        return super().get_queryset(request).select_related(*TOLD_OF)

    @admin.display(description="事项")
    def about(self, message: OutboxMessage) -> str:
        visit = visit_of(message)
        if visit is None:
            return "预约限制" if message.review is None else f"{message.review.patient.masked_name} 等级复核"
        return f"{visit.patient} {visit.when} {visit.department}"

    @admin.display(description="内容")
    def text(self, message: OutboxMessage) -> str:
        return sentence(message)
