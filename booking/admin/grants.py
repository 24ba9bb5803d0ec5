"""Numbers that a doctor added for a patient (加号): who, for whom, why, and what came of it; and adding one."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User
from booking.admin.for_patient import ForPatientPage, Window
from booking.admin.read_only import RecordAdmin
from booking.models import AppointmentStatus, ExtraGrant
from booking.services.grants import grant_extra_seat
from hospitals.admin.scoped import SCHEDULING_ROLES
from hospitals.models import ClinicSession


@admin.register(ExtraGrant)
class ExtraGrantAdmin(ForPatientPage, RecordAdmin):
    # Staff of the clinic office enter what the doctor decided: doctors have no accounts of their own.
    for_patient_roles = SCHEDULING_ROLES
    for_patient_title = "为患者加号"
    for_patient_hint = (
        "加号不占额定号源，排在所选时段的预约患者之后，不受暂停预约、次数上限与患者等级的限制。"
        "患者须在时限内确认或支付，逾期自动收回。"
    )
    for_patient_limits = "年龄或性别不符合科室规定时，仍由医生决定接诊。会与原因一并记录。"

    list_display = ["at", "hospital", "session", "masked_patient", "state", "reason", "by"]
    list_display_links = ["at"]
    list_filter = ["session__department", "appointment__status"]
    search_fields = ["appointment__code", "appointment__patient__name", "session__doctor__name"]
    search_help_text = "按约诊单号、就诊人或医生姓名查找"
    date_hierarchy = "at"
    list_select_related = ["hospital", "by", "session__doctor", "session__department", "appointment__patient"]
    fields = ["hospital", "session", "appointment", "masked_patient", "reason", "by", "at", "accept_until", "state"]

    @admin.display(description="就诊人")
    def masked_patient(self, grant: ExtraGrant) -> str:
        return grant.appointment.patient.masked_name

    @admin.display(description="进展")
    def state(self, grant: ExtraGrant) -> str:
        """What came of it is the appointment's to tell."""
        appointment = grant.appointment
        status = AppointmentStatus(appointment.status)
        if status == AppointmentStatus.PENDING and grant.accept_until is not None:
            until = grant.accept_until.astimezone(grant.hospital.zone)
            return f"{'待支付' if appointment.fee_fen else '待确认'}，{until:%m-%d %H:%M} 前"
        if status == AppointmentStatus.CANCELLED and appointment.booked_at is None:
            return f"未接受（{appointment.cancel_reason or appointment.get_cancelled_by_display()}）"
        return str(status.label)

    def windows(self, session: ClinicSession, now: datetime) -> list[Window]:
        """Those that are not over, the last one first: a number that is added comes after the others."""
        zone = session.hospital.zone
        ahead = session.slots.filter(ends_at__gt=now).order_by("-starts_at")
        return [
            (slot.pk, f"{slot.starts_at.astimezone(zone):%H:%M}–{slot.ends_at.astimezone(zone):%H:%M}（已约 {slot.taken}）")
            for slot in ahead
        ]

    def book_for_patient(self, request: HttpRequest, session: ClinicSession, wanted: dict[str, Any], now: datetime) -> str:
        grant = grant_extra_seat(
            session_id=session.pk,
            patient_id=wanted["patient"],
            slot_id=wanted["slot"],
            reason=wanted["reason"],
            override_limits=wanted["override_limits"],
            by=cast(User, request.user),
            now=now,
        )
        added = f"已为{grant.appointment.patient.masked_name}加号（{grant.appointment.number} 号）"
        if grant.accept_until is None:
            return f"{added}。该患者没有账户，无需确认，请当面或电话告知。"
        until = grant.accept_until.astimezone(session.hospital.zone)
        return f"{added}，患者须在 {until:%m-%d %H:%M} 前{'支付' if grant.appointment.fee_fen else '确认'}。"
