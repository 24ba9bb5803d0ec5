from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from booking.api.of_patient import PARAMETERS, asked_about
from booking.models import PastStanding
from scoring.api.standing_serializers import PastStandingSerializer, StandingSerializer
from scoring.explaining import explain_standing, past_standings


class StandingView(APIView):
    """A patient's standing at a hospital and what explains it: the counts and points, what the tier means there, the way up,
    what counts towards a pause, the pause, the perks.
    """

    @extend_schema(summary="我的履约等级", parameters=PARAMETERS, responses=StandingSerializer)
    def get(self, request: Request) -> Response:
        of, now = asked_about(request), timezone.now()
        explained = explain_standing(hospital=of.hospital, patient_id=of.patient_id, now=now)
        return Response(StandingSerializer(explained, context={"now": now, "account_id": of.user.pk}).data)


@extend_schema_view(get=extend_schema(summary="我的等级变化", parameters=PARAMETERS))
class StandingHistoryView(generics.ListAPIView[PastStanding]):
    """The standings that were replaced, the newest first."""

    queryset = PastStanding.objects.none()
    serializer_class = PastStandingSerializer

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        of = asked_about(request)
        page = self.paginate_queryset(past_standings(hospital=of.hospital, patient_id=of.patient_id))
        context = {"zone": of.hospital.zone}
        return self.get_paginated_response(PastStandingSerializer(page or [], many=True, context=context).data)
