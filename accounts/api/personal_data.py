"""A person's own data: taken along, and deleted."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in_user
from accounts.api.throttles import LenientScopedRateThrottle
from accounts.services.export import export_personal_data


class ExportPartOut(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="供程序使用的名称，如 appointments")
    title = serializers.CharField(help_text="中文标题，如“预约”")
    labels = serializers.DictField(child=serializers.CharField(), help_text="各字段的中文名")
    rows = serializers.ListField(child=serializers.DictField(), help_text="每行的字段与 labels 相同")


class ExportOut(serializers.Serializer[Any]):
    exported_at = serializers.DateTimeField()
    parts = ExportPartOut(many=True)


class ExportView(APIView):
    throttle_classes = [LenientScopedRateThrottle]
    throttle_scope = "export"

    @extend_schema(
        operation_id="me_export",
        responses=ExportOut,
        summary="导出我的个人数据",
        description="本平台保存的与账户有关的全部数据，就诊人的证件号码不脱敏；每次导出都记入查看记录。每小时最多 10 次。",
        tags=["account"],
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        parts = export_personal_data(user=signed_in_user(request), now=now)
        answer = Response(ExportOut({"exported_at": now, "parts": parts}).data)
        answer["Cache-Control"] = "no-store"
        return answer
