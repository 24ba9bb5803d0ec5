from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from booking.api.waitlist_serializers import ReasonSerializer
from booking.models import Tier
from booking.services.waitlist.reasons import spoken
from booking.slot_selectors import PatientsChance, SlotToBook
from hospitals.api.serializers import HospitalSerializer, OfferedSessionSerializer, OfferedSlotSerializer


class PatientsChanceSerializer(serializers.Serializer[PatientsChance]):
    patient = serializers.IntegerField(source="patient_id")
    tier = serializers.ChoiceField(choices=Tier.choices)
    tier_label = serializers.SerializerMethodField()
    is_bookable = serializers.BooleanField()
    reasons = serializers.SerializerMethodField(help_text="Why not, the first to be told first.")

    def get_tier_label(self, chance: PatientsChance) -> str:
        return str(Tier(chance.tier).label)

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, chance: PatientsChance) -> list[dict[str, str]]:
        return [{"code": code, "message": message} for code, message in map(spoken, chance.reasons)]


class SlotToBookSerializer(serializers.Serializer[Any]):
    hospital = HospitalSerializer(source="offered.session.hospital")
    session = OfferedSessionSerializer(source="offered")
    slot = OfferedSlotSerializer()
    terms = serializers.ListField(child=serializers.CharField(), help_text="The rules that would hold, in plain sentences.")
    hold_minutes = serializers.SerializerMethodField(help_text="How long an unpaid booking keeps its seat; null: nothing to pay.")
    chance = PatientsChanceSerializer(allow_null=True, help_text="Of the `patient` that was asked for.")

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_hold_minutes(self, found: SlotToBook) -> int | None:
        return None if found.held_for is None else int(found.held_for.total_seconds() // 60)
