"""Asking that a person looks at a tier (等级复核), the answers, and taking it back."""

from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import StrictIdField, StrictTextField
from accounts.models import User
from booking.models import StandingReview
from booking.services.reviews import REASON_MAX_LENGTH, ask_for_review, withdraw_review
from hospitals.models import Hospital


class ReviewSerializer(serializers.ModelSerializer[StandingReview]):
    hospital = serializers.CharField(source="hospital.code", read_only=True)
    tier_label = serializers.CharField(source="get_tier_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = StandingReview
        fields = [
            "id",
            "hospital",
            "patient",
            "reason",
            "asked_at",
            "tier",
            "tier_label",
            "score",
            "state",
            "state_label",
            "decided_at",
            "answer",
        ]
        read_only_fields = fields


class LatestReviewSerializer(ReviewSerializer):
    """As anybody sees it who carries the patient. `context["account_id"]` is the account that asks."""

    id = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()

    def _is_own(self, review: StandingReview) -> bool:
        return review.by_id == self.context["account_id"]

    def get_id(self, review: StandingReview) -> int | None:
        return review.pk if self._is_own(review) else None

    def get_reason(self, review: StandingReview) -> str | None:
        return review.reason if self._is_own(review) else None

    class Meta(ReviewSerializer.Meta):
        fields = [name for name in ReviewSerializer.Meta.fields if name not in ("hospital", "patient")]
        read_only_fields = fields


class StrictCodeField(serializers.SlugRelatedField[Hospital]):
    """A hospital's code, which is text."""

    def to_internal_value(self, data: Any) -> Hospital:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class AskForReviewSerializer(serializers.Serializer[dict[str, Any]]):
    hospital = StrictCodeField(slug_field="code", queryset=Hospital.objects.filter(is_active=True), label="医院")
    patient = StrictIdField(label="就诊人")
    reason = StrictTextField(label="申请理由", max_length=REASON_MAX_LENGTH)


@extend_schema_view(list=extend_schema(summary="我的等级复核"), retrieve=extend_schema(summary="等级复核详情"))
class ReviewViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[StandingReview]):
    queryset = StandingReview.objects.none()
    serializer_class = ReviewSerializer
    lookup_value_regex = "[0-9]+"

    @property
    def account(self) -> User:
        return cast(User, self.request.user)

    def get_queryset(self) -> QuerySet[StandingReview]:
        return StandingReview.objects.filter(by=self.account).select_related("hospital").order_by("-pk")

    @extend_schema(
        summary="申请人工复核等级",
        description="由医院的工作人员核对履约记录并答复。复核不直接改变等级：记录有误的，更正后重新评分。",
        request=AskForReviewSerializer,
        responses={201: ReviewSerializer},
    )
    def create(self, request: Request) -> Response:
        wanted = AskForReviewSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        review = ask_for_review(
            user=self.account,
            hospital=asked["hospital"],
            patient_id=asked["patient"],
            reason=asked["reason"],
            now=timezone.now(),
        )
        return Response(ReviewSerializer(review).data, status=201)

    @extend_schema(summary="撤回等级复核", request=None, responses=ReviewSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        review = self.get_object()
        withdraw_review(user=self.account, review_id=review.pk)
        return Response(ReviewSerializer(self.get_queryset().get(pk=review.pk)).data)
