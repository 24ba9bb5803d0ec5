"""A patient's standing at a hospital, and what stands between them and a pause."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from booking.api.appeal_serializers import AppealFactsSerializer
from booking.models import Restriction, Standing
from booking.services.appeals.subjects import facts_of_restriction


class RestrictionSerializer(serializers.ModelSerializer[Restriction]):
    """A pause in force, and how it stands to appeals. `context`: `now` and `account_id`."""

    appeal = serializers.SerializerMethodField()

    class Meta:
        model = Restriction
        fields = ["id", "starts_at", "ends_at", "missed_count", "appeal"]
        read_only_fields = fields

    @extend_schema_field(AppealFactsSerializer)
    def get_appeal(self, restriction: Restriction) -> Any:
        facts = facts_of_restriction(restriction, now=self.context["now"])
        return AppealFactsSerializer(facts, context=self.context).data


class EarlyCancellationsSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="本月已按时取消次数。")
    limit = serializers.IntegerField(allow_null=True, help_text="达到后当月暂停预约；空为不限。")
    resets_at = serializers.DateTimeField(help_text="重新计数的时间。")


class MissesSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="统计期内失约次数。")
    limit = serializers.IntegerField(allow_null=True, help_text="达到后暂停预约；空为不限。")
    severe_limit = serializers.IntegerField(allow_null=True, help_text="达到后暂停更久；空为不分级。")
    window_days = serializers.IntegerField(help_text="统计天数，到今天为止。")


class StandingSerializer(serializers.ModelSerializer[Standing]):
    """`context`: `restriction` in force or None, the `counters`, `now` and `account_id`."""

    hospital = serializers.CharField(source="hospital.code", read_only=True)
    tier_label = serializers.CharField(source="get_tier_display", read_only=True)
    as_of = serializers.DateField(read_only=True, allow_null=True, help_text="Null where nothing was counted yet.")
    rates = serializers.SerializerMethodField()
    restricted_until = serializers.SerializerMethodField()
    restriction = serializers.SerializerMethodField(help_text="生效中的暂停。")
    early_cancellations = serializers.SerializerMethodField()
    misses = serializers.SerializerMethodField()

    class Meta:
        model = Standing
        fields = [
            "hospital",
            "patient",
            "as_of",
            "total",
            "fulfilled",
            "unattended",
            "cancelled",
            "missed",
            "score",
            "tier",
            "tier_label",
            "rates",
            "restricted_until",
            "restriction",
            "early_cancellations",
            "misses",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.FloatField(), allow_null=True))
    def get_rates(self, standing: Standing) -> dict[str, float] | None:
        """Percent of the counted appointments, two decimals; None where none was counted."""
        if not standing.total:
            return None
        counts = {name: getattr(standing, name) for name in ("fulfilled", "unattended", "cancelled", "missed")}
        return {name: round(100 * count / standing.total, 2) for name, count in counts.items()}

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_restricted_until(self, standing: Standing) -> str | None:
        restriction = self.context["restriction"]
        return serializers.DateTimeField().to_representation(restriction.ends_at) if restriction else None

    @extend_schema_field(RestrictionSerializer(allow_null=True))
    def get_restriction(self, standing: Standing) -> Any:
        restriction = self.context["restriction"]
        return RestrictionSerializer(restriction, context=self.context).data if restriction else None

    @extend_schema_field(EarlyCancellationsSerializer)
    def get_early_cancellations(self, standing: Standing) -> Any:
        return EarlyCancellationsSerializer(self.context["counters"].early_cancellations).data

    @extend_schema_field(MissesSerializer)
    def get_misses(self, standing: Standing) -> Any:
        return MissesSerializer(self.context["counters"].misses).data
