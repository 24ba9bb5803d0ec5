from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in_user
from config.me.selectors import summary
from config.me.serializers import SummarySerializer
from hospitals.api.fields import IdField


class SummaryQuery(serializers.Serializer[Any]):
    patient = IdField(required=False, label="就诊人", help_text="Whose standings; the patient added first if left out.")


class SummaryView(APIView):
    @extend_schema(summary="我的主页", parameters=[SummaryQuery], responses=SummarySerializer)
    def get(self, request: Request) -> Response:
        query = SummaryQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = summary(user=signed_in_user(request), patient_id=query.validated_data.get("patient"), now=timezone.now())
        return Response(SummarySerializer(found).data)
