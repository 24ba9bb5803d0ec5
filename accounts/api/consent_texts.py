"""The texts of the consents, to be read before anybody has signed in."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.consent_texts import consent_texts, versions
from accounts.models import ConsentKind
from accounts.services.consents import ACCOUNT_KINDS


class ConsentTextQuery(serializers.Serializer[Any]):
    version = serializers.CharField(required=False, max_length=32, allow_blank=True, help_text="缺省为现行版本")

    def validate_version(self, value: str) -> str:
        if value and value not in versions():
            raise serializers.ValidationError("没有这个版本的文本。")
        return value


class SectionOut(serializers.Serializer[Any]):
    heading = serializers.CharField()
    paragraphs = serializers.ListField(child=serializers.CharField())


class ConsentTextOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=ConsentKind.choices)
    kind_label = serializers.SerializerMethodField()
    version = serializers.CharField()
    is_of_account = serializers.SerializerMethodField(help_text="以账户名义同意；否则须为每位就诊人同意")
    title = serializers.CharField()
    summary = serializers.CharField(help_text="一句话的摘要")
    sections = SectionOut(many=True)

    def get_kind_label(self, text: Any) -> str:
        return str(ConsentKind(text.kind).label)

    def get_is_of_account(self, text: Any) -> bool:
        return text.kind in ACCOUNT_KINDS


class ConsentTextsView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="consent_texts",
        parameters=[ConsentTextQuery],
        responses=ConsentTextOut(many=True),
        summary="同意文本的全文",
        tags=["consents"],
    )
    def get(self, request: Request) -> Response:
        query = ConsentTextQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        texts = consent_texts(query.validated_data.get("version") or None)
        return Response(ConsentTextOut(texts, many=True).data)
