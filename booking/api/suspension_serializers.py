"""What a patient is told of a suspended visit (停诊)."""

from rest_framework import serializers

from booking.models import SuspensionChoice
from hospitals.models import ClinicSession, SessionStatus


class SubstituteSerializer(serializers.ModelSerializer[ClinicSession]):
    """Who stands in for the doctor."""

    doctor_name = serializers.CharField(source="doctor.name", read_only=True, default=None)
    doctor_title = serializers.CharField(source="doctor.get_title_display", read_only=True, default=None)
    has_room = serializers.SerializerMethodField(help_text="Whether a seat is left now.")

    class Meta:
        model = ClinicSession
        fields = ["id", "doctor", "doctor_name", "doctor_title", "visit_date", "starts_at", "ends_at", "has_room"]
        read_only_fields = fields

    def get_has_room(self, session: ClinicSession) -> bool:
        return session.status == SessionStatus.ACTIVE and session.rated_left > 0


class SuspensionSerializer(serializers.ModelSerializer[SuspensionChoice]):
    """The suspension of an appointment's session and what was chosen; `choice` is empty until then."""

    reason = serializers.CharField(source="suspension.reason", read_only=True)
    suspended_at = serializers.DateTimeField(source="suspension.at", read_only=True)
    choose_until = serializers.DateTimeField(source="suspension.choose_until", read_only=True)
    substitute = SubstituteSerializer(source="suspension.substitute_session", read_only=True, allow_null=True)
    choice_label = serializers.SerializerMethodField()

    class Meta:
        model = SuspensionChoice
        fields = ["reason", "suspended_at", "choose_until", "substitute", "choice", "choice_label", "chosen_at"]
        read_only_fields = fields

    def get_choice_label(self, row: SuspensionChoice) -> str:
        return str(row)
