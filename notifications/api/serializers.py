from rest_framework import serializers

from notifications.models import OutboxMessage
from notifications.wording import sentence


class MessageSerializer(serializers.ModelSerializer[OutboxMessage]):
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    text = serializers.SerializerMethodField(help_text="One sentence to show, with names masked.")
    at = serializers.DateTimeField(source="due_at", read_only=True)
    hospital = serializers.CharField(source="hospital.code", read_only=True)
    hospital_name = serializers.CharField(source="hospital.name", read_only=True)
    appointment = serializers.CharField(source="appointment.code", read_only=True, default=None, allow_null=True)

    class Meta:
        model = OutboxMessage
        fields = [
            "id",
            "kind",
            "kind_label",
            "text",
            "at",
            "deadline",
            "hospital",
            "hospital_name",
            "appointment",
            "waitlist_entry",
            "appeal",
            "review",
        ]
        read_only_fields = fields

    def get_text(self, message: OutboxMessage) -> str:
        return sentence(message)
