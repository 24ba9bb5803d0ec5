"""Appointments in the admin: looked at, checked in, finished, cancelled on the hospital's behalf."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import User
from booking.admin.correcting import CorrectsOutcomes
from booking.admin.desk import DeskPage
from booking.admin.event_facts import event_facts
from booking.admin.read_only import RecordAdmin
from booking.models import Appointment, AppointmentEvent, AppointmentStatus, CancelledBy
from booking.services.cancellation import cancel_appointment
from booking.services.checkin import check_in, finish_visit
from booking.services.transitions import staff_actor
from hospitals.admin.money import yuan
from hospitals.admin.scoped import EVERY_ROLE, SCHEDULING_ROLES, ReadOnlyInline
from hospitals.admin.sentences import refusal_sentence


class EventInline(ReadOnlyInline, admin.TabularInline):
    model = AppointmentEvent
    fields = ["at", "kind", "actor_kind", "actor", "from_status", "to_status", "facts"]
    readonly_fields = ["facts"]
    verbose_name_plural = "经过"

    @admin.display(description="详情")
    def facts(self, event: AppointmentEvent) -> str:
        return event_facts(event)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AppointmentEvent]:
        return super().get_queryset(request).select_related("actor")


class CancelForm(forms.Form):
    reason = forms.CharField(
        label="取消原因", max_length=200, help_text="会显示给患者。医院取消一律全额退款，不计入患者的履约记录。"
    )


@admin.register(Appointment)
class AppointmentAdmin(CorrectsOutcomes, DeskPage, RecordAdmin):
    list_display = [
        "code",
        "hospital",
        "visit_date",
        "window",
        "department",
        "doctor",
        "masked_patient",
        "channel",
        "number",
        "status",
        "outcome",
        "fee",
    ]
    list_filter = ["status", "channel", "outcome", "department"]
    search_fields = ["code", "patient__name", "patient__hospital_records__record_number"]
    search_help_text = "按约诊单号、就诊人姓名或就诊卡号查找"
    date_hierarchy = "visit_date"
    list_select_related = ["hospital", "department", "doctor", "patient", "slot"]
    inlines = [EventInline]
    actions = ["check_in_selected", "finish_selected", "cancel_selected", "correct_selected"]
    fieldsets = [
        ("预约", {"fields": ["code", "hospital", "session", "window", "channel", "number", "status", "outcome"]}),
        ("就诊人", {"fields": ["masked_patient", "patient_facts", "masked_document", "masked_phone"]}),
        ("时间", {"fields": ["created_at", "booked_at", "checked_in_at", "closed_at", "cancel_deadline"]}),
        ("改约", {"fields": ["rescheduled_from", "moved_to", "move_count"]}),
        ("取消", {"fields": ["cancelled_at", "cancelled_by", "cancel_reason"]}),
        ("费用", {"fields": ["fee", "payment_state"]}),
    ]

    def has_act_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, EVERY_ROLE, None)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, SCHEDULING_ROLES, None)

    @admin.display(description="时段", ordering="slot__starts_at")
    def window(self, appointment: Appointment) -> str:
        if appointment.slot is None:
            return "—"
        zone = appointment.hospital.zone
        starts, ends = (t.astimezone(zone) for t in (appointment.slot.starts_at, appointment.slot.ends_at))
        return f"{starts:%H:%M}–{ends:%H:%M}"

    @admin.display(description="就诊人", ordering="patient__name")
    def masked_patient(self, appointment: Appointment) -> str:
        return appointment.patient.masked_name

    @admin.display(description="性别与年龄")
    def patient_facts(self, appointment: Appointment) -> str:
        age = f"{appointment.age_at_visit} 岁" if appointment.age_at_visit is not None else "年龄未知"
        return f"{appointment.patient.get_sex_display()}，{age}"

    @admin.display(description="证件")
    def masked_document(self, appointment: Appointment) -> str:
        return appointment.patient.masked_document_number or "—"

    @admin.display(description="电话")
    def masked_phone(self, appointment: Appointment) -> str:
        return appointment.patient.masked_phone or "—"

    @admin.display(description="挂号费", ordering="fee_fen")
    def fee(self, appointment: Appointment) -> str:
        return f"{yuan(appointment.fee_fen)} 元"

    @admin.display(description="改约到")
    def moved_to(self, appointment: Appointment) -> Appointment | None:
        return Appointment.objects.filter(rescheduled_from=appointment).first()

    @admin.display(description="支付")
    def payment_state(self, appointment: Appointment) -> str:
        order = getattr(appointment, "payment_order", None)
        if order is None:
            return "无需支付"
        return f"{order.state_label}，已付 {yuan(order.paid_fen)} 元，已退 {yuan(order.returned_fen)} 元"

    @admin.action(description="签到所选预约", permissions=["act"])
    def check_in_selected(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        self._act(request, queryset, check_in, "已签到")

    @admin.action(description="所选预约就诊完成", permissions=["act"])
    def finish_selected(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        self._act(request, queryset, finish_visit, "已完成就诊")

    @admin.action(description="由医院取消所选预约…", permissions=["cancel"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> HttpResponse | None:
        """Ask for the reason and say what follows, then cancel one by one: each refund is a transaction of its own."""
        form = CancelForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            chosen = list(queryset.select_related(*self.list_select_related))
            context = {
                **self.admin_site.each_context(request),
                "title": "由医院取消预约",
                "opts": self.model._meta,
                "form": form,
                "appointments": chosen,
                "refund": f"{yuan(sum(a.fee_fen for a in chosen if a.status == AppointmentStatus.BOOKED))} 元",
                "checkbox_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/booking/cancel_appointments.html", context)

        def cancel(**arguments: Any) -> object:
            return cancel_appointment(by=CancelledBy.HOSPITAL, reason=form.cleaned_data["reason"], **arguments)

        # The action is open to whoever has a scheduling role somewhere; each row is judged at its own hospital.
        mine = [a for a in queryset if self.has_role(request, SCHEDULING_ROLES, a)]
        self._act(request, mine, cancel, "已取消")
        return None

    def _act(
        self,
        request: HttpRequest,
        appointments: QuerySet[Appointment] | list[Appointment],
        service: Callable[..., object],
        done: str,
    ) -> None:
        actor, now, count = staff_actor(cast(User, request.user)), timezone.now(), 0
        for appointment in appointments:
            try:
                service(appointment_id=appointment.pk, actor=actor, now=now)
            except Refusal as refusal:
                self.message_user(request, f"{appointment.code}：{refusal_sentence(refusal)}", messages.ERROR)
            else:
                count += 1
        if count:
            self.message_user(request, f"{count} 个预约{done}。", messages.SUCCESS)
