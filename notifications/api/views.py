"""The patient's inbox, and what the mini-program has to know before it asks for messages."""

from typing import cast

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from notifications.api.serializers import MessageSerializer, ReadSerializer, SettingsSerializer, UnreadSerializer
from notifications.models import OutboxMessage
from notifications.selectors import inbox
from notifications.services.reading import mark_read
from notifications.subscriptions import template_ids


@extend_schema_view(
    get=extend_schema(summary="我的消息", parameters=[OpenApiParameter("state", str, enum=["unread"], description="缺省为全部")])
)
class MessageListView(ListAPIView[OutboxMessage]):
    """What the account was told, the newest first, whether or not WeChat delivered it."""

    serializer_class = MessageSerializer
    queryset = OutboxMessage.objects.none()

    def get_queryset(self) -> QuerySet[OutboxMessage]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        messages = inbox(cast(User, self.request.user), now=timezone.now())
        match self.request.query_params.get("state"):
            case None | "":
                return messages
            case "unread":
                return messages.filter(read_at__isnull=True)
            case _:
                raise ValidationError({"state": ["只能是 unread。"]})


class ReadView(APIView):
    @extend_schema(summary="将消息标为已读", request=ReadSerializer, responses=UnreadSerializer)
    def post(self, request: Request) -> Response:
        given = ReadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        left = mark_read(user=cast(User, request.user), up_to=given.validated_data["up_to"], now=timezone.now())
        return Response(UnreadSerializer({"unread": left}).data)


class SettingsView(APIView):
    """What is the same for everybody, signed in or not."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(summary="小程序的设置", responses=SettingsSerializer, auth=[])
    def get(self, request: Request) -> Response:
        told = {
            "consent_version": settings.CONSENT_VERSION,
            "patients_limit": settings.PATIENTS_PER_ACCOUNT,
            "subscribe": template_ids(),
        }
        return Response(SettingsSerializer(told).data)
