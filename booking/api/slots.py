"""A window before it is booked: all that the page of confirmation shows, in one answer."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from booking.api.slot_serializers import SlotToBookSerializer
from booking.slot_selectors import slot_to_book
from hospitals.api.fields import IdField


class SlotQuery(serializers.Serializer[Any]):
    patient = IdField(required=False, label="就诊人")


class SlotView(APIView):
    """Open to everyone; with a `patient`, of the account whose token it comes with."""

    permission_classes = (AllowAny,)

    @extend_schema(
        summary="预约确认页",
        description="时段、费用、规则的说明；登录后给出 patient 时，还给出该就诊人现在能否预约及原因。",
        parameters=[SlotQuery],
        responses=SlotToBookSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        query = SlotQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        patient_id = query.validated_data.get("patient")
        if patient_id is not None and not request.user.is_authenticated:
            self.permission_denied(request)
        user = request.user if request.user.is_authenticated else None
        found = slot_to_book(slot_id=pk, user=user, patient_id=patient_id, now=timezone.now())
        return Response(SlotToBookSerializer(found).data)
