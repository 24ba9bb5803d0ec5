"""Correcting the outcome of closed appointments, without an appeal."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import User
from booking.models import Appointment, AppointmentStatus, Outcome
from booking.services.mistakes import enter_in_error
from booking.services.outcomes import REASON_MAX_LENGTH, reclassify
from hospitals.admin.scoped import SCHEDULING_ROLES, HospitalScopedAdmin
from hospitals.admin.sentences import refusal_sentence

CHOICES = [
    (Outcome.VOID, "作废：不计入履约记录"),
    (Outcome.UNATTENDED, "预约未到：计为未到，不计爽约"),
    (Outcome.FULFILLED, "履约：患者当时已到诊"),
    (AppointmentStatus.ENTERED_IN_ERROR, "录入错误：测试、重复或录错人的预约，作废、释放号源并全额退款"),
]


class CorrectionForm(forms.Form):
    outcome = forms.ChoiceField(label="更正为", choices=CHOICES, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="更正原因",
        max_length=REASON_MAX_LENGTH,
        widget=forms.TextInput(attrs={"class": "vLargeTextField"}),
        help_text="与您的姓名一并记入预约经过，例如：签到机故障，患者已就诊。",
    )


class CorrectsOutcomes(HospitalScopedAdmin):
    """Mix into the page of appointments; put "correct_selected" among its actions."""

    def has_correct_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, SCHEDULING_ROLES, None)

    @admin.action(description="更正所选预约的结果…", permissions=["correct"])
    def correct_selected(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> HttpResponse | None:
        """Ask for the outcome and the reason, then correct one by one: each is a transaction with what follows from it."""
        # The action is open to whoever has a scheduling role somewhere; each row is judged at its own hospital.
        rows = queryset.select_related("hospital", "department", "patient")
        chosen = [row for row in rows if self.has_role(request, SCHEDULING_ROLES, row)]
        form = CorrectionForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            self._correct(request, chosen, form.cleaned_data["outcome"], form.cleaned_data["reason"])
            return None
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "更正预约结果",
            "opts": self.model._meta,
            "form": form,
            "appointments": chosen,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/booking/correct_outcomes.html", context)

    def _correct(self, request: HttpRequest, chosen: list[Appointment], wanted: str, reason: str) -> None:
        user, now, done = cast(User, request.user), timezone.now(), []
        is_error = wanted == AppointmentStatus.ENTERED_IN_ERROR
        label = str(AppointmentStatus.ENTERED_IN_ERROR.label if is_error else Outcome(wanted).label)
        for appointment in chosen:
            asked: dict[str, Any] = {"appointment_id": appointment.pk, "by": user, "reason": reason, "now": now}
            try:
                enter_in_error(**asked) if is_error else reclassify(**asked, outcome=Outcome(wanted))
            except Refusal as refusal:
                self.message_user(request, f"{appointment.code}：{refusal_sentence(refusal)}", messages.ERROR)
            else:
                done.append(appointment)
        if done:
            LogEntry.objects.log_actions(user.pk, done, CHANGE, change_message=f"更正结果为“{label}”：{reason}")
            self.message_user(request, f"{len(done)} 个预约的结果已更正为“{label}”。", messages.SUCCESS)
