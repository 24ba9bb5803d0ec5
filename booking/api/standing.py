from typing import cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.selectors import linked_patient
from booking.api.standing_serializers import StandingSerializer
from booking.services.standing import active_restriction, standing_of
from booking.standing_selectors import counters_of
from hospitals.models import Hospital


class StandingQuerySerializer(serializers.Serializer[dict[str, object]]):
    hospital = serializers.SlugRelatedField(slug_field="code", queryset=Hospital.objects.filter(is_active=True), label="医院")
    patient = serializers.IntegerField(label="就诊人", min_value=1, max_value=2**63 - 1)


class StandingView(APIView):
    """A patient's standing at a hospital, unrated where nothing was counted yet; what counts towards a pause; the pause."""

    @extend_schema(
        summary="我的履约等级",
        parameters=[OpenApiParameter("hospital", str, required=True), OpenApiParameter("patient", int, required=True)],
        responses=StandingSerializer,
    )
    def get(self, request: Request) -> Response:
        wanted = StandingQuerySerializer(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        hospital, patient_id = wanted.validated_data["hospital"], wanted.validated_data["patient"]
        user, now = cast(User, request.user), timezone.now()
        linked_patient(user_id=user.pk, patient_id=patient_id)
        standing = standing_of(hospital_id=hospital.pk, patient_id=patient_id)
        standing.hospital = hospital
        restriction = active_restriction(hospital_id=hospital.pk, patient_id=patient_id, at=now)
        if restriction is not None:
            restriction.hospital = hospital
        context = {
            "restriction": restriction,
            "counters": counters_of(hospital=hospital, patient_id=patient_id, now=now),
            "now": now,
            "account_id": user.pk,
        }
        return Response(StandingSerializer(standing, context=context).data)
