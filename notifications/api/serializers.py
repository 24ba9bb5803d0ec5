from typing import Any

from rest_framework import serializers

from accounts.api.fields import StrictIdField
from notifications.models import OutboxMessage
from notifications.subscriptions import LARGEST_REQUEST, Occasion
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
            "read_at",
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


class ReadSerializer(serializers.Serializer[dict[str, Any]]):
    up_to = StrictIdField(required=False, allow_null=True, default=None, help_text="读到的最新一条消息的编号；缺省为全部")


class UnreadSerializer(serializers.Serializer[dict[str, Any]]):
    unread = serializers.IntegerField(help_text="未读的消息数")


class SubscribeSerializer(serializers.Serializer[dict[str, Any]]):
    """By occasion the template ids for `wx.requestSubscribeMessage`, at most three; none where nothing is to be asked."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            occasion.value: serializers.ListField(child=serializers.CharField(), max_length=LARGEST_REQUEST)
            for occasion in Occasion
        }


class SettingsSerializer(serializers.Serializer[dict[str, Any]]):
    consent_version = serializers.CharField(help_text="现行同意文本的版本")
    patients_limit = serializers.IntegerField(help_text="每个账户的就诊人上限")
    subscribe = SubscribeSerializer(help_text="各时刻请求订阅的消息模板")
