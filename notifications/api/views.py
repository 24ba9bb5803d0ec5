"""The patient's inbox."""

from typing import cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView

from accounts.models import User
from notifications.api.serializers import MessageSerializer
from notifications.models import OutboxMessage
from notifications.selectors import inbox


@extend_schema_view(get=extend_schema(summary="我的消息"))
class MessageListView(ListAPIView[OutboxMessage]):
    """What the account was told, the newest first, whether or not WeChat delivered it."""

    serializer_class = MessageSerializer
    queryset = OutboxMessage.objects.none()

    def get_queryset(self) -> QuerySet[OutboxMessage]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return inbox(cast(User, self.request.user), now=timezone.now())
