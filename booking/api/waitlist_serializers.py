from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import StrictIdField
from booking.models import Appointment, WaitlistEntry, WaitlistSkip
from booking.services.waitlist.reasons import spoken
from booking.waitlist_selectors import SessionWaitlist, WaitlistState, entry_clears_at, state_of


class JoinWaitlistSerializer(serializers.Serializer[dict[str, Any]]):
    session = StrictIdField(label="门诊班次")
    patient = StrictIdField(label="就诊人")


class WaitlistOfferSerializer(serializers.ModelSerializer[Appointment]):
    """The appointment that holds the seat: pay for it, or accept it where it costs nothing, or cancel it."""

    appointment = serializers.CharField(source="code", read_only=True)
    starts_at = serializers.DateTimeField(source="slot.starts_at", read_only=True, default=None)
    ends_at = serializers.DateTimeField(source="slot.ends_at", read_only=True, default=None)
    answer_by = serializers.DateTimeField(source="hold_expires_at", read_only=True, allow_null=True)

    class Meta:
        model = Appointment
        fields = ["appointment", "status", "starts_at", "ends_at", "fee_fen", "answer_by"]
        read_only_fields = fields


class WaitlistSkipSerializer(serializers.ModelSerializer[WaitlistSkip]):
    class Meta:
        model = WaitlistSkip
        fields = ["at", "code", "reason"]
        read_only_fields = fields


class WaitlistEntrySerializer(serializers.ModelSerializer[WaitlistEntry]):
    hospital = serializers.CharField(source="hospital.code", read_only=True)
    hospital_name = serializers.CharField(source="hospital.name", read_only=True)
    department_name = serializers.CharField(source="session.department.name", read_only=True)
    doctor_name = serializers.CharField(source="session.doctor.name", read_only=True, default=None)
    visit_date = serializers.DateField(source="session.visit_date", read_only=True)
    period = serializers.CharField(source="session.period", read_only=True)
    period_label = serializers.CharField(source="session.get_period_display", read_only=True)
    starts_at = serializers.DateTimeField(source="session.starts_at", read_only=True)
    ends_at = serializers.DateTimeField(source="session.ends_at", read_only=True)
    fee_fen = serializers.IntegerField(source="session.fee_fen", read_only=True)
    patient_name = serializers.CharField(source="patient.masked_name", read_only=True)
    rule_label = serializers.CharField(source="get_rule_display", read_only=True)
    state = serializers.SerializerMethodField()
    state_label = serializers.SerializerMethodField()
    position = serializers.SerializerMethodField(help_text="1 is next. Null where the patient no longer waits.")
    length = serializers.IntegerField(read_only=True, help_text="Patients who wait for the session now.")
    seats_returned = serializers.IntegerField(
        read_only=True, help_text="Seats of the session that others gave up since the patient joined, offered or not."
    )
    clears_at = serializers.SerializerMethodField(help_text="When the waitlist ends.")
    offer = WaitlistOfferSerializer(source="appointment", read_only=True, allow_null=True)
    skips = WaitlistSkipSerializer(many=True, read_only=True)

    class Meta:
        model = WaitlistEntry
        fields = [
            "id",
            "hospital",
            "hospital_name",
            "session",
            "department_name",
            "doctor_name",
            "visit_date",
            "period",
            "period_label",
            "starts_at",
            "ends_at",
            "fee_fen",
            "patient",
            "patient_name",
            "rule",
            "rule_label",
            "state",
            "state_label",
            "joined_at",
            "ended_at",
            "position",
            "length",
            "seats_returned",
            "clears_at",
            "offer",
            "skips",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=WaitlistState.choices))
    def get_state(self, entry: WaitlistEntry) -> str:
        return state_of(entry).value

    def get_state_label(self, entry: WaitlistEntry) -> str:
        return str(state_of(entry).label)

    def get_position(self, entry: WaitlistEntry) -> int | None:
        return None if entry.ended_at else entry.position  # type: ignore[attr-defined]

    @extend_schema_field(serializers.DateTimeField())
    def get_clears_at(self, entry: WaitlistEntry) -> str:
        moment: datetime = entry_clears_at(entry, self.context["policies"])
        return serializers.DateTimeField().to_representation(moment) or ""


class ReasonSerializer(serializers.Serializer[dict[str, str]]):
    code = serializers.CharField()
    message = serializers.CharField()


class SessionWaitlistSerializer(serializers.Serializer[SessionWaitlist]):
    """Whether the waitlist of a session can be joined, and why not. What has to do with the patient is said at joining."""

    session = serializers.IntegerField(source="session.pk")
    is_open = serializers.BooleanField()
    length = serializers.IntegerField(help_text="Patients who wait now.")
    limit = serializers.IntegerField(help_text="How many may wait; 0 where the hospital keeps no waitlist.")
    clears_at = serializers.DateTimeField(help_text="When the waitlist ends.")
    reasons = serializers.SerializerMethodField()

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, waitlist: SessionWaitlist) -> list[dict[str, str]]:
        return [{"code": code, "message": message} for code, message in map(spoken, waitlist.reasons)]
