"""A clinic session's page, with the record of its quotas: who set them, from what to what, and why."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from capacity.models import QuotaChange
from capacity.plan_tables import step
from capacity.services.by_hand import record_by_hand
from hospitals.admin.scoped import ReadOnlyInline
from hospitals.admin.sentences import refusal_sentence
from hospitals.admin.sessions import ClinicSessionAdmin, ClinicSessionForm
from hospitals.locks import TooBusy, lock_session_in_time
from hospitals.models import ClinicSession

QUOTA_FIELDSET = "号源"


class RecordedSessionForm(ClinicSessionForm):
    quota_reason = forms.CharField(
        label="调整原因",
        required=False,
        max_length=200,
        help_text="改动预约号、加号或固定时填写，与操作人一并记入号源变更记录。",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class QuotaChangeInline(ReadOnlyInline, admin.TabularInline):
    model = QuotaChange
    verbose_name_plural = "号源变更记录"
    fields = ["when", "kind", "advance_quota", "extra_quota", "who", "reason"]
    readonly_fields = ["when", "kind", "advance_quota", "extra_quota", "who", "reason"]
    ordering = ["-pk"]

    @admin.display(description="时间")
    def when(self, change: QuotaChange) -> str:
        return f"{change.at.astimezone(change.hospital.zone):%Y-%m-%d %H:%M}"

    @admin.display(description="预约号 N1")
    def advance_quota(self, change: QuotaChange) -> str:
        return step(change.advance_before, change.advance_after)

    @admin.display(description="加号 NA")
    def extra_quota(self, change: QuotaChange) -> str:
        return step(change.extra_before, change.extra_after)

    @admin.display(description="操作人")
    def who(self, change: QuotaChange) -> str:
        return str(change.by) if change.by else "系统"

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuotaChange]:
        return super().get_queryset(request).select_related("hospital", "by")


class RecordedSessionAdmin(ClinicSessionAdmin):
    """In place of the page that knows no plans."""

    form = RecordedSessionForm
    inlines = [*ClinicSessionAdmin.inlines, QuotaChangeInline]

    class Media:
        css = {"all": ["capacity/session.css"]}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if not self.has_change_permission(request, obj):
            return self.fieldsets
        return [
            (name, {**options, "fields": [*options["fields"], "quota_reason"]} if name == QUOTA_FIELDSET else options)
            for name, options in self.fieldsets
        ]

    def save_model(self, request: HttpRequest, obj: ClinicSession, form: Any, change: bool) -> None:
        try:
            with transaction.atomic():
                before = lock_session_in_time(obj.pk)
                super().save_model(request, obj, form, change)
                reason = form.cleaned_data["quota_reason"]
                record_by_hand(before=before, by=cast(User, request.user), now=timezone.now(), reason=reason)
        except TooBusy as busy:
            self.message_user(request, refusal_sentence(busy), messages.ERROR)


admin.site.unregister(ClinicSession)
admin.site.register(ClinicSession, RecordedSessionAdmin)
