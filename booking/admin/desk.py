"""Booking at the desk: for who calls or stands at the counter."""

from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest

from accounts.models import User
from booking.admin.for_patient import ForPatientPage, Window
from booking.models import AppointmentStatus
from booking.services.desk import book_at_desk
from hospitals.admin.scoped import EVERY_ROLE
from hospitals.models import ClinicSession
from hospitals.selectors.schedule import slots_of_session, with_openings


class DeskPage(ForPatientPage):
    """Mix into the appointments' admin: its "add" books at the desk."""

    for_patient_roles = EVERY_ROLE
    for_patient_title = "代患者预约"
    for_patient_hint = "电话与窗口预约不受患者等级和暂停预约的限制。收费号须由患者的微信账户在保留时限内支付。"
    for_patient_limits = "年龄、性别不符合科室规定，或超过预约次数上限时仍然预约。会与原因一并记录。"

    def windows(self, session: ClinicSession, now: datetime) -> list[Window]:
        """Those with a seat in the channel that is open now, the first one first."""
        (offered,) = with_openings([session], now=now)
        return [
            (window.slot.pk, f"{window.starts_at:%H:%M}–{window.ends_at:%H:%M}（余 {window.seats_left}）")
            for window in slots_of_session(offered, now=now)
            if window.seats_left > 0
        ]

    def book_for_patient(self, request: HttpRequest, session: ClinicSession, wanted: dict[str, Any], now: datetime) -> str:
        booked = book_at_desk(
            slot_id=wanted["slot"],
            patient_id=wanted["patient"],
            reason=wanted["reason"],
            override_limits=wanted["override_limits"],
            by=cast(User, request.user),
            now=now,
        )
        made = f"已为{booked.patient.masked_name}预约，约诊单号 {booked.code}（{booked.number} 号）"
        if booked.status == AppointmentStatus.BOOKED or booked.hold_expires_at is None:
            return f"{made}。"
        until = booked.hold_expires_at.astimezone(session.hospital.zone)
        return f"{made}，患者须在 {until:%m-%d %H:%M} 前用微信支付。"
