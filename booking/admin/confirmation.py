"""Bookings whose patients are to be telephoned: the list, the number against a reason, and the button that confirms."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from accounts.errors import Refusal
from accounts.models import User
from accounts.services.sensitive_access import REASON_MAX_LENGTH, reveal_phone
from booking.admin.read_only import RecordAdmin
from booking.models import AppointmentStatus, ConfirmationCall
from booking.services.confirmation import confirm_by_phone
from hospitals.admin.scoped import EVERY_ROLE
from hospitals.admin.sentences import refusal_sentence
from hospitals.models import SessionStatus


class RevealForm(forms.Form):
    reason = forms.CharField(
        label="查看事由",
        max_length=REASON_MAX_LENGTH,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="将与您的账户和查看时间一并记录。",
    )


@admin.register(ConfirmationCall)
class ConfirmationCallAdmin(RecordAdmin):
    # The button stands by the number, so that it is in sight on a narrow screen.
    list_display = ["deadline", "masked_patient", "masked_phone", "confirm_button", "visit", "seen_by", "hospital"]
    list_display_links = None
    search_fields = ["code", "patient__name"]
    search_help_text = "按约诊单号或就诊人姓名查找"
    ordering = ["confirm_by", "pk"]
    list_select_related = ["hospital", "department", "doctor", "patient", "slot"]
    actions = ["confirm_selected"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConfirmationCall]:
        """Those that wait for a call. Of suspended sessions there is nothing to confirm."""
        waiting: QuerySet[ConfirmationCall] = super().get_queryset(request)
        return waiting.filter(
            status=AppointmentStatus.BOOKED,
            confirm_by__isnull=False,
            confirmed_at__isnull=True,
            session__status=SessionStatus.ACTIVE,
        )

    def has_act_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, EVERY_ROLE, None)

    @admin.display(description="确认截止", ordering="confirm_by")
    def deadline(self, call: ConfirmationCall) -> str:
        assert call.confirm_by is not None, "only those with a deadline are listed"
        until = f"{call.confirm_by.astimezone(call.hospital.zone):%m-%d %H:%M}"
        return until if call.confirm_by > timezone.now() else f"{until} 已到，即将释放"

    @admin.display(description="就诊人", ordering="patient__name")
    def masked_patient(self, call: ConfirmationCall) -> str:
        return call.patient.masked_name

    @admin.display(description="联系电话")
    def masked_phone(self, call: ConfirmationCall) -> str:
        if not call.patient.phone:
            return "未留电话"
        address = reverse("admin:booking_confirmation_phone", args=[call.pk])
        return format_html('{} <a href="{}">查看号码</a>', call.patient.masked_phone, address)

    @admin.display(description="就诊时间", ordering="visit_date")
    def visit(self, call: ConfirmationCall) -> str:
        if call.slot is None:
            return f"{call.visit_date:%m-%d}"
        starts, ends = (moment.astimezone(call.hospital.zone) for moment in (call.slot.starts_at, call.slot.ends_at))
        return f"{call.visit_date:%m-%d} {starts:%H:%M}–{ends:%H:%M}"

    @admin.display(description="科室与医生", ordering="department__name")
    def seen_by(self, call: ConfirmationCall) -> str:
        return f"{call.department.name} {call.doctor.name}" if call.doctor else call.department.name

    @admin.display(description="操作")
    def confirm_button(self, call: ConfirmationCall) -> str:
        # The list is a form already, whose token goes along: a button of it may be sent elsewhere.
        address = reverse("admin:booking_confirmation_confirm", args=[call.pk])
        return format_html('<button type="submit" class="button" formaction="{}">已确认</button>', address)

    @admin.action(description="所选预约已电话确认", permissions=["act"])
    def confirm_selected(self, request: HttpRequest, queryset: QuerySet[ConfirmationCall]) -> None:
        for call in queryset:
            self._confirm(request, call)

    def _confirm(self, request: HttpRequest, call: ConfirmationCall) -> None:
        try:
            confirm_by_phone(appointment_id=call.pk, by=cast(User, request.user), now=timezone.now())
        except Refusal as refusal:
            self.message_user(request, f"{call.patient.masked_name}：{refusal_sentence(refusal)}", messages.ERROR)
        else:
            self.message_user(request, f"已确认 {call.patient.masked_name} {call.visit_date} 的预约。", messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:call_id>/confirm/", wrap(require_POST(self.confirm_view)), name="booking_confirmation_confirm"),
            path("<int:call_id>/phone/", wrap(self.phone_view), name="booking_confirmation_phone"),
            *super().get_urls(),
        ]

    def _own(self, request: HttpRequest, call_id: int) -> ConfirmationCall:
        """One of the list; whatever else is asked for is not there."""
        found: ConfirmationCall | None = None
        if self.has_act_permission(request):
            found = self.get_queryset(request).select_related("hospital", "patient").filter(pk=call_id).first()
        if found is None:
            raise Http404
        return found

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": self.opts.verbose_name_plural} | (extra_context or {}))

    def confirm_view(self, request: HttpRequest, call_id: int) -> HttpResponse:
        self._confirm(request, self._own(request, call_id))
        return HttpResponseRedirect(self._list())

    def phone_view(self, request: HttpRequest, call_id: int) -> HttpResponse:
        """GET asks for the reason; POST records it and shows the number, once, on a page that is not cached."""
        call = self._own(request, call_id)
        form = RevealForm(request.POST or None, initial={"reason": f"电话确认预约 {call.code}"})
        number: str | None = None
        if request.method == "POST" and form.is_valid():
            number = reveal_phone(
                user=cast(User, request.user), patient=call.patient, reason=form.cleaned_data["reason"], now=timezone.now()
            )
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "查看联系电话",
            "opts": self.opts,
            "call": call,
            "form": form,
            "number": number,
            "back": self._list(),
            "confirm": reverse("admin:booking_confirmation_confirm", args=[call.pk]),
        }
        response = TemplateResponse(request, "admin/booking/confirmation_phone.html", context)
        add_never_cache_headers(response)
        return response

    @staticmethod
    def _list() -> str:
        return reverse("admin:booking_confirmationcall_changelist")
