"""A patient's standing at a hospital, explained, and what stands between them and a pause."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from booking.api.appeal_serializers import AppealFactsSerializer
from booking.api.reviews import LatestReviewSerializer
from booking.entitlement_selectors import Allowance
from booking.entitlement_wording import allowance_sentence
from booking.models import EntitlementKind, PastStanding, Restriction, Tier
from booking.services.appeals.subjects import facts_of_restriction
from booking.services.reviews import refusal_of_review
from scoring.explaining import ExplainedStanding
from scoring.sentences import (
    FAIRNESS,
    FORMULA,
    FULL_HUNDREDTHS,
    LABELS,
    TIER_LABELS,
    Step,
    hundredths,
    part_sentence,
    past_sentence,
    window_sentence,
)


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


class PartSerializer(serializers.Serializer[Any]):
    name = serializers.ChoiceField(choices=list(LABELS.items()))
    name_label = serializers.CharField()
    count = serializers.IntegerField(help_text="次数。")
    points = serializers.CharField(help_text="得分，两位小数。")
    full_points = serializers.CharField(help_text="满分，两位小数。")
    sentence = serializers.CharField()


class StepSerializer(serializers.Serializer[Step]):
    tier = serializers.ChoiceField(choices=Tier.choices)
    tier_label = serializers.SerializerMethodField()
    kept_visits = serializers.IntegerField(help_text="还需按时就诊的次数；0 表示下次评分即可。")
    sentence = serializers.CharField()

    def get_tier_label(self, step: Step) -> str:
        return TIER_LABELS[step.tier]


class ScoringTermsSerializer(serializers.Serializer[Any]):
    """By what a standing was counted and judged."""

    window_days = serializers.IntegerField(source="policy.window_days")
    counted_since = serializers.DateField(help_text="早于或等于此日的就诊不计入。")
    minimum_appointments = serializers.IntegerField(source="policy.minimum_appointments")
    tier_a_from = serializers.DecimalField(source="policy.tier_a_from", max_digits=5, decimal_places=2)
    tier_b_from = serializers.DecimalField(source="policy.tier_b_from", max_digits=5, decimal_places=2)
    tier_c_from = serializers.DecimalField(source="policy.tier_c_from", max_digits=5, decimal_places=2)
    formula = serializers.SerializerMethodField()
    window = serializers.SerializerMethodField()

    def get_formula(self, explained: ExplainedStanding) -> str:
        return FORMULA

    def get_window(self, explained: ExplainedStanding) -> str:
        return window_sentence(explained.policy.window_days)


class AllowanceSerializer(serializers.Serializer[Any]):
    """`context`: `zone` and `now`."""

    kind = serializers.ChoiceField(choices=EntitlementKind.choices)
    granted = serializers.IntegerField()
    used = serializers.IntegerField()
    left = serializers.IntegerField()
    ends_at = serializers.DateTimeField(help_text="失效时间；优惠券为最早失效的一张。")
    sentence = serializers.SerializerMethodField()

    def get_sentence(self, allowance: Allowance) -> str:
        return allowance_sentence(allowance, zone=self.context["zone"], now=self.context["now"])


class StandingReviewFactsSerializer(serializers.Serializer[Any]):
    """Whether a person can be asked to look at the tier, and the latest time that one was."""

    can_ask = serializers.SerializerMethodField()
    latest = serializers.SerializerMethodField(help_text="最近一次复核；其他账户提出的不给出编号和理由。")

    def get_can_ask(self, explained: ExplainedStanding) -> bool:
        return refusal_of_review(explained.standing, explained.review) is None

    @extend_schema_field(LatestReviewSerializer(allow_null=True))
    def get_latest(self, explained: ExplainedStanding) -> Any:
        review = explained.review
        return None if review is None else LatestReviewSerializer(review, context=self.context).data


class StandingSerializer(serializers.Serializer[ExplainedStanding]):
    """`context`: `now` and `account_id`."""

    hospital = serializers.CharField(source="standing.hospital.code")
    patient = serializers.IntegerField(source="standing.patient_id")
    as_of = serializers.DateField(source="standing.as_of", allow_null=True, help_text="Null where nothing was counted yet.")
    total = serializers.IntegerField(source="standing.total")
    fulfilled = serializers.IntegerField(source="standing.fulfilled")
    unattended = serializers.IntegerField(source="standing.unattended")
    cancelled = serializers.IntegerField(source="standing.cancelled")
    missed = serializers.IntegerField(source="standing.missed")
    score = serializers.DecimalField(source="standing.score", max_digits=5, decimal_places=2, allow_null=True)
    tier = serializers.ChoiceField(source="standing.tier", choices=Tier.choices)
    tier_label = serializers.CharField(source="standing.get_tier_display")
    rates = serializers.SerializerMethodField()
    explanation = serializers.CharField(source="told", help_text="评分由来，一句话。")
    parts = serializers.SerializerMethodField(help_text="四部分各得多少分；没有评分时为空数组。")
    terms = ScoringTermsSerializer(source="*")
    way = serializers.CharField(help_text="怎样升级，一句话；最高等级则是怎样保持。")
    steps = StepSerializer(many=True, help_text="更高的各等级，由近及远。")
    privileges = serializers.ListField(source="meaning.privileges", child=serializers.CharField())
    limits = serializers.ListField(source="meaning.limits", child=serializers.CharField())
    fairness = serializers.SerializerMethodField()
    entitlements = serializers.SerializerMethodField(help_text="当前等级的权益，及尚可使用的优惠券。")
    review = StandingReviewFactsSerializer(source="*")
    restricted_until = serializers.SerializerMethodField()
    restriction = serializers.SerializerMethodField(help_text="生效中的暂停。")
    early_cancellations = EarlyCancellationsSerializer(source="counters.early_cancellations")
    misses = MissesSerializer(source="counters.misses")

    @extend_schema_field(serializers.DictField(child=serializers.FloatField(), allow_null=True))
    def get_rates(self, explained: ExplainedStanding) -> dict[str, float] | None:
        """Percent of the counted appointments, two decimals, half up; None where none was counted."""
        rates = explained.score.rates_hundredths
        return None if rates is None else {name: rate / 100 for name, rate in rates.items()}

    @extend_schema_field(PartSerializer(many=True))
    def get_parts(self, explained: ExplainedStanding) -> Any:
        points = explained.score.points_hundredths
        if points is None:
            return []
        parts = [
            {
                "name": name,
                "name_label": label,
                "count": getattr(explained.score.counts, name),
                "points": hundredths(points[name]),
                "full_points": hundredths(FULL_HUNDREDTHS[name]),
                "sentence": part_sentence(name, explained.score),
            }
            for name, label in LABELS.items()
        ]
        return PartSerializer(parts, many=True).data

    def get_fairness(self, explained: ExplainedStanding) -> str:
        return FAIRNESS

    @extend_schema_field(AllowanceSerializer(many=True))
    def get_entitlements(self, explained: ExplainedStanding) -> Any:
        context = {**self.context, "zone": explained.standing.hospital.zone}
        return AllowanceSerializer(explained.allowances, many=True, context=context).data

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_restricted_until(self, explained: ExplainedStanding) -> str | None:
        restriction = explained.restriction
        return serializers.DateTimeField().to_representation(restriction.ends_at) if restriction else None

    @extend_schema_field(RestrictionSerializer(allow_null=True))
    def get_restriction(self, explained: ExplainedStanding) -> Any:
        restriction = explained.restriction
        return RestrictionSerializer(restriction, context=self.context).data if restriction else None


class PastStandingSerializer(serializers.ModelSerializer[PastStanding]):
    """`context`: the hospital's `zone`."""

    tier_label = serializers.CharField(source="get_tier_display", read_only=True)
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = PastStanding
        fields = [
            "id",
            "held_from",
            "held_until",
            "as_of",
            "total",
            "fulfilled",
            "unattended",
            "cancelled",
            "missed",
            "score",
            "tier",
            "tier_label",
            "sentence",
        ]
        read_only_fields = fields

    def get_sentence(self, past: PastStanding) -> str:
        zone = self.context["zone"]
        return past_sentence(
            Tier(past.tier).label,
            past.score,
            held_from=past.held_from.astimezone(zone).date(),
            held_until=past.held_until.astimezone(zone).date(),
        )
