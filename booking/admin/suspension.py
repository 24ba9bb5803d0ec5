"""Suspending sessions (停诊): find those of a department or doctor, name substitutes, say why; and taking it back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, IntegerField, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.errors import Refusal
from accounts.models import User
from booking.admin.choosing import ChoosePage, is_open
from booking.admin.read_only import RecordAdmin
from booking.models import Suspension, SuspensionChoice
from booking.services.cancellation import PRESENT_STATUSES
from booking.services.suspension import Suspended, restore_session, suspend_session
from booking.suspension_selectors import SessionToSuspend, sessions_to_suspend
from hospitals.admin.scoped import SCHEDULING_ROLES, ReadOnlyInline, hospitals_with_role, is_platform_operator
from hospitals.admin.sentences import refusal_sentence
from hospitals.models import ClinicSession, Department, Doctor

# A longer absence is entered in parts: each session is a transaction and a look at its patients.
LONGEST_SPAN = timedelta(days=92)


class SpanForm(forms.Form):
    """Which sessions to look for."""

    department = forms.ModelChoiceField(label="科室", queryset=Department.objects.none())
    doctor = forms.ModelChoiceField(
        label="医生", queryset=Doctor.objects.none(), required=False, help_text="留空则列出全科室的班次。"
    )
    first_day = forms.DateField(label="从", widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(label="到", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.GET if "department" in request.GET else None)
        scope = {} if is_platform_operator(request) else {"hospital_id__in": hospitals_with_role(request, SCHEDULING_ROLES)}
        departments = cast("forms.ModelChoiceField[Department]", self.fields["department"])
        doctors = cast("forms.ModelChoiceField[Doctor]", self.fields["doctor"])
        departments.queryset = Department.objects.filter(**scope)
        doctors.queryset = Doctor.objects.filter(**scope).select_related("department")

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        first, last, doctor = values.get("first_day"), values.get("last_day"), values.get("doctor")
        if first and last and not timedelta(0) <= last - first <= LONGEST_SPAN:
            self.add_error("last_day", f"应不早于开始日期，最多 {LONGEST_SPAN.days} 天。")
        if doctor and values.get("department") and doctor.department_id != values["department"].pk:
            self.add_error("doctor", "不属于所选科室。")
        return values


class SuspendForm(forms.Form):
    """Which of the sessions found to suspend, why, and who stands in."""

    sessions = forms.TypedMultipleChoiceField(label="停诊班次", coerce=int)
    reason = forms.CharField(
        label="停诊原因", max_length=200, widget=forms.TextInput(attrs={"size": 60}), help_text="会显示给患者。"
    )

    def __init__(self, data: Any, found: Sequence[SessionToSuspend]) -> None:
        super().__init__(data)
        sessions = cast(forms.TypedMultipleChoiceField, self.fields["sessions"])
        sessions.choices = [(row.session.pk, str(row.session)) for row in found]
        for row in found:
            choices = [("", "不安排替诊"), *((str(other.pk), _described(other)) for other in row.substitutes)]
            self.fields[f"substitute_{row.session.pk}"] = forms.TypedChoiceField(
                label="替诊", choices=choices, required=False, coerce=int, empty_value=None
            )

    def rows(self, found: Sequence[SessionToSuspend]) -> list[tuple[SessionToSuspend, str, forms.BoundField]]:
        """What the page shows of each session: its facts, its hours and the field for its substitute."""
        return [(row, _hours(row.session), self[f"substitute_{row.session.pk}"]) for row in found]


def _hours(session: ClinicSession) -> str:
    zone = session.hospital.zone
    return f"{session.starts_at.astimezone(zone):%H:%M}–{session.ends_at.astimezone(zone):%H:%M}"


def _described(session: ClinicSession) -> str:
    return f"{session.doctor or session.department} {_hours(session)}，余 {session.rated_left} 个号"


class ChoiceInline(ReadOnlyInline, admin.TabularInline):
    model = SuspensionChoice
    fields = ["appointment", "masked_patient", "status", "state", "chosen_at", "chosen_by", "moved_to", "see_to"]
    readonly_fields = ["masked_patient", "status", "state", "see_to"]
    verbose_name_plural = "患者的选择（没有选择人的是到时按规则处理）"

    @admin.display(description="就诊人")
    def masked_patient(self, row: SuspensionChoice) -> str:
        return row.appointment.patient.masked_name

    @admin.display(description="选择")
    def state(self, row: SuspensionChoice) -> str:
        return str(row)

    @admin.display(description="状态")
    def status(self, row: SuspensionChoice) -> str:
        return row.appointment.get_status_display()

    @admin.display(description="安排")
    def see_to(self, row: SuspensionChoice) -> str:
        if not is_open(row):
            return "—"
        return format_html('<a href="{}">代为选择</a>', reverse("admin:booking_suspension_choose", args=[row.pk]))

    def get_queryset(self, request: HttpRequest) -> QuerySet[SuspensionChoice]:
        """Who sits there and has not chosen comes first."""
        is_waiting = Case(
            When(choice="", appointment__status__in=PRESENT_STATUSES, then=0), default=1, output_field=IntegerField()
        )
        rows = super().get_queryset(request).select_related("appointment__patient", "chosen_by", "moved_to")
        return rows.order_by(is_waiting, "pk")


@admin.register(Suspension)
class SuspensionAdmin(ChoosePage, RecordAdmin):
    list_display = ["session", "hospital", "reason", "by", "at", "choose_until", "substitute_session", "chosen", "to_see_to"]
    list_filter = ["session__department"]
    search_fields = ["session__doctor__name", "session__department__name"]
    date_hierarchy = "at"
    ordering = ["-at", "-pk"]
    list_select_related = [
        "hospital",
        "by",
        "session__doctor",
        "session__department",
        "substitute_session__doctor",
        "substitute_session__department",
    ]
    inlines = [ChoiceInline]
    actions = ["restore_selected"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, SCHEDULING_ROLES, None)

    def has_restore_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, SCHEDULING_ROLES, None)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suspension]:
        asked, answered = Count("choices"), Count("choices", filter=~Q(choices__choice=""))
        present = Count("choices", filter=Q(choices__choice="", choices__appointment__status__in=PRESENT_STATUSES))
        return super().get_queryset(request).annotate(asked=asked, answered=answered, present=present)

    @admin.display(description="已选择/应选择")
    def chosen(self, suspension: Any) -> str:
        return f"{suspension.answered}/{suspension.asked}"

    @admin.display(description="已到院待安排")
    def to_see_to(self, suspension: Any) -> str:
        return f"{suspension.present} 人" if suspension.present else "—"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Look for sessions by the address, then suspend those that are ticked."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        span, now = SpanForm(request), timezone.now()
        found = sessions_to_suspend(**span.cleaned_data, now=now) if span.is_valid() else []
        form = SuspendForm(request.POST if request.method == "POST" else None, found)
        if found and form.is_valid():
            for session_id in form.cleaned_data["sessions"]:
                self._suspend(request, session_id, form)
            return HttpResponseRedirect(reverse("admin:booking_suspension_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": "停诊",
            "opts": self.model._meta,
            "span": span,
            "form": form,
            "rows": form.rows(found),
            "has_looked": span.is_bound and span.is_valid(),
        }
        return TemplateResponse(request, "admin/booking/suspend_sessions.html", context)

    def _suspend(self, request: HttpRequest, session_id: int, form: SuspendForm) -> None:
        """Each session by itself: one that was closed meanwhile does not keep the others from being suspended."""
        try:
            suspended = suspend_session(
                session_id=session_id,
                reason=form.cleaned_data["reason"],
                by=cast(User, request.user),
                now=timezone.now(),
                substitute_session_id=form.cleaned_data[f"substitute_{session_id}"],
            )
        except Refusal as refusal:
            self.message_user(request, f"{dict(_choices(form))[session_id]}：{refusal_sentence(refusal)}", messages.ERROR)
        else:
            self.message_user(request, _told(suspended), messages.WARNING if suspended.present else messages.SUCCESS)

    @admin.action(description="所选班次恢复出诊", permissions=["restore"])
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Suspension]) -> None:
        for suspension in queryset.select_related("session__doctor", "session__department"):
            # The action is open to whoever has a scheduling role somewhere; each row is judged at its own hospital.
            if not self.has_role(request, SCHEDULING_ROLES, suspension):
                continue
            name = str(suspension.session)
            try:
                count = restore_session(session_id=suspension.session_id, by=cast(User, request.user), now=timezone.now())
            except Refusal as refusal:
                self.message_user(request, f"{name}：{refusal_sentence(refusal)}", messages.ERROR)
            else:
                self.message_user(request, f"{name}已恢复出诊，{count} 个预约不变，患者会收到通知。", messages.SUCCESS)


def _choices(form: SuspendForm) -> list[tuple[int, str]]:
    return list(cast(Any, form.fields["sessions"]).choices)


def _told(suspended: Suspended) -> str:
    told = f"{suspended.suspension.session}已停诊：{suspended.to_choose} 位患者待选择，{suspended.withdrawn} 个待支付预约已取消。"
    return told + (f"另有 {suspended.present} 位患者已签到，请在停诊页面逐一安排。" if suspended.present else "")
