from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.serializers import MeOut
from booking.models import Tier
from hospitals.models import Hospital


class PersonSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class HeldStandingSerializer(serializers.ModelSerializer[Hospital]):
    """A hospital as `standings_held` tells it."""

    hospital = serializers.CharField(source="code")
    hospital_name = serializers.CharField(source="name")
    tier = serializers.SerializerMethodField()
    tier_label = serializers.SerializerMethodField()
    score = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    is_paused = serializers.BooleanField(help_text="在线预约暂停中")
    perks = serializers.IntegerField(help_text="现在可使用的权益数")

    class Meta:
        model = Hospital
        fields = ["hospital", "hospital_name", "tier", "tier_label", "score", "is_paused", "perks"]

    def _tier(self, hospital: Hospital) -> Tier:
        return Tier(getattr(hospital, "tier", None) or Tier.UNRATED)

    @extend_schema_field(serializers.ChoiceField(choices=Tier.choices))
    def get_tier(self, hospital: Hospital) -> str:
        return str(self._tier(hospital))

    def get_tier_label(self, hospital: Hospital) -> str:
        return str(self._tier(hospital).label)


class SummarySerializer(serializers.Serializer[Any]):
    account = MeOut()
    patients = serializers.IntegerField(help_text="就诊人数")
    patient = PersonSerializer(allow_null=True, help_text="以下等级属于这位就诊人")
    standings = HeldStandingSerializer(many=True, help_text="该就诊人有记录的医院，暂停预约的在前，最近有变化的在前；至多三家")
    waiting = serializers.IntegerField(help_text="候补中的班次数")
    unread_messages = serializers.IntegerField()
    open_appeals = serializers.IntegerField(help_text="待处理的申诉数")
