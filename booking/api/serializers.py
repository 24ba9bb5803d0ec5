import threading
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import StrictIdField, StrictTextField
from booking.api.appeal_serializers import AppealFactsSerializer
from booking.api.suspension_serializers import SuspensionSerializer
from booking.models import Appointment, AppointmentStatus, CancelledBy, PaymentOrder
from booking.services.appeals.subjects import facts_of_appointment
from booking.services.cancellation import refund_percent
from booking.services.checkin import check_in_opens_at
from hospitals.models import SessionStatus


class PaymentParametersSerializer(serializers.Serializer[dict[str, str]]):
    """What `wx.requestPayment` takes, signed by the server."""

    timeStamp = serializers.CharField()  # noqa: N815
    nonceStr = serializers.CharField()  # noqa: N815
    package = serializers.CharField()
    signType = serializers.CharField()  # noqa: N815
    paySign = serializers.CharField()  # noqa: N815


class PaymentOrderSerializer(serializers.ModelSerializer[PaymentOrder]):
    state_label = serializers.CharField(
        read_only=True, help_text="In words, also once money went back: 退款中, 部分退款, 已全额退款."
    )

    class Meta:
        model = PaymentOrder
        fields = [
            "out_trade_no",
            "amount_fen",
            "state",
            "state_label",
            "paid_fen",
            "refunded_fen",
            "returned_fen",
            "paid_at",
            "expires_at",
        ]
        read_only_fields = fields


class AppointmentSerializer(serializers.ModelSerializer[Appointment]):
    hospital = serializers.CharField(source="hospital.code", read_only=True)
    hospital_name = serializers.CharField(source="hospital.name", read_only=True)
    department_name = serializers.CharField(source="department.name", read_only=True)
    doctor_name = serializers.CharField(source="doctor.name", read_only=True, default=None)
    patient_name = serializers.CharField(source="patient.masked_name", read_only=True)
    status_label = serializers.SerializerMethodField()
    channel_label = serializers.CharField(source="get_channel_display", read_only=True)
    outcome_label = serializers.CharField(source="get_outcome_display", read_only=True)
    starts_at = serializers.DateTimeField(source="slot.starts_at", read_only=True, default=None)
    ends_at = serializers.DateTimeField(source="slot.ends_at", read_only=True, default=None)
    room = serializers.CharField(source="session.room", read_only=True)
    is_suspended = serializers.SerializerMethodField(help_text="Of the session; the detail says what can be chosen.")
    moved_from = serializers.CharField(source="rescheduled_from.code", read_only=True, default=None)
    moved_to = serializers.SerializerMethodField()
    payment_order = serializers.SerializerMethodField()
    check_in_opens_at = serializers.SerializerMethodField()
    needs_confirmation = serializers.SerializerMethodField(
        help_text="Staff will call; what they cannot confirm by `confirm_by` is released and paid back."
    )

    class Meta:
        model = Appointment
        fields = [
            "code",
            "hospital",
            "hospital_name",
            "department",
            "department_name",
            "doctor",
            "doctor_name",
            "patient",
            "patient_name",
            "session",
            "slot",
            "visit_date",
            "starts_at",
            "ends_at",
            "room",
            "is_suspended",
            "channel",
            "channel_label",
            "number",
            "status",
            "status_label",
            "outcome",
            "outcome_label",
            "fee_fen",
            "created_at",
            "hold_expires_at",
            "cancel_deadline",
            "needs_confirmation",
            "confirm_by",
            "confirmed_at",
            "cancelled_at",
            "cancel_reason",
            "check_in_opens_at",
            "checked_in_at",
            "move_count",
            "moved_from",
            "moved_to",
            "payment_order",
        ]
        read_only_fields = fields

    def get_status_label(self, appointment: Appointment) -> str:
        # What is pending and costs nothing waits for the patient's word, not for money.
        is_free_offer = appointment.status == AppointmentStatus.PENDING and not appointment.fee_fen
        return "待确认" if is_free_offer else appointment.get_status_display()

    def get_is_suspended(self, appointment: Appointment) -> bool:
        return appointment.session.status == SessionStatus.SUSPENDED

    def get_needs_confirmation(self, appointment: Appointment) -> bool:
        is_open = appointment.status in (AppointmentStatus.PENDING, AppointmentStatus.BOOKED)
        return is_open and appointment.confirm_by is not None and appointment.confirmed_at is None

    def get_moved_to(self, appointment: Appointment) -> str | None:
        """The code of the one that took its place. Only one that was left has such, so others are not looked up."""
        if appointment.status != AppointmentStatus.CANCELLED:
            return None
        following = getattr(appointment, "rescheduled_to", None)
        return following.code if following else None

    @extend_schema_field(PaymentOrderSerializer(allow_null=True))
    def get_payment_order(self, appointment: Appointment) -> Any:
        # What costs nothing has no order to look for.
        order = getattr(appointment, "payment_order", None) if appointment.fee_fen else None
        return PaymentOrderSerializer(order).data if order else None

    @extend_schema_field(serializers.DateTimeField())
    def get_check_in_opens_at(self, appointment: Appointment) -> str:
        return serializers.DateTimeField().to_representation(check_in_opens_at(appointment)) or ""


class AppointmentDetailSerializer(AppointmentSerializer):
    """As in the list, with what a cancellation would give back now, and what is to be chosen after a suspension."""

    refund_percent_now = serializers.SerializerMethodField()
    suspension = serializers.SerializerMethodField()
    appeal = serializers.SerializerMethodField()

    class Meta(AppointmentSerializer.Meta):
        fields = [*AppointmentSerializer.Meta.fields, "refund_percent_now", "suspension", "appeal"]
        read_only_fields = fields

    def get_refund_percent_now(self, appointment: Appointment) -> int:
        return refund_percent(appointment=appointment, by=CancelledBy.PATIENT, now=self.context["now"])

    @extend_schema_field(SuspensionSerializer(allow_null=True))
    def get_suspension(self, appointment: Appointment) -> Any:
        # Not looked for where there can be none: a booking is answered from what it has read.
        if appointment.session.status == SessionStatus.ACTIVE:
            return None
        row = getattr(appointment, "suspension_choice", None)
        return SuspensionSerializer(row).data if row else None

    @extend_schema_field(AppealFactsSerializer(allow_null=True))
    def get_appeal(self, appointment: Appointment) -> Any:
        """None where nothing is held against the patient. Only of a closed one is it looked for."""
        facts = facts_of_appointment(appointment, now=self.context["now"])
        account = {"account_id": appointment.booked_by_id}
        return AppealFactsSerializer(facts, context=account).data if facts else None


class _PerThread(threading.local):
    """A serializer's fields are made anew with each instance, which costs more than a booking's queries: one a thread will do."""

    def __init__(self) -> None:
        self.context: dict[str, Any] = {}
        self.detail = AppointmentDetailSerializer(context=self.context)


_per_thread = _PerThread()


def appointment_detail(appointment: Appointment, *, now: datetime) -> dict[str, Any]:
    """What `AppointmentDetailSerializer` shows, for the answer that has to be quick."""
    _per_thread.context["now"] = now
    return _per_thread.detail.to_representation(appointment)


class BookedSerializer(serializers.Serializer[dict[str, Any]]):
    """The appointment and, where a fee is due and WeChat answered, how to pay it."""

    appointment = AppointmentDetailSerializer()
    payment = PaymentParametersSerializer(allow_null=True)


class BookSerializer(serializers.Serializer[dict[str, Any]]):
    patient = StrictIdField(label="就诊人")
    slot = StrictIdField(label="时段")


class MoveSerializer(serializers.Serializer[dict[str, Any]]):
    slot = StrictIdField(label="新时段")


class CancelSerializer(serializers.Serializer[dict[str, Any]]):
    reason = StrictTextField(label="取消原因", max_length=200, required=False, allow_blank=True, default="")


class CancelledSerializer(serializers.Serializer[dict[str, Any]]):
    appointment = AppointmentDetailSerializer()
    refund_fen = serializers.IntegerField(help_text="What goes back to the payer, in fen.")
