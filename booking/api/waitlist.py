"""The waitlist (候补) for patients: join, see how one stands, leave. An offer is accepted as the appointment that it is."""

from collections.abc import Sequence
from typing import Any, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from booking.api.waitlist_serializers import (
    JoinWaitlistSerializer,
    SessionWaitlistSerializer,
    WaitlistEntrySerializer,
)
from booking.models import WaitlistEntry
from booking.services.waitlist.joining import join_waitlist, leave_waitlist, shown_sessions
from booking.waitlist_selectors import policies_for, session_waitlist, waitlist_of


@extend_schema_view(list=extend_schema(summary="我的候补"), retrieve=extend_schema(summary="候补详情"))
class WaitlistViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[WaitlistEntry]):
    """The account's places: those that are open, and what ended in the last thirty days."""

    lookup_value_regex = "[0-9]{1,18}"
    queryset = WaitlistEntry.objects.none()
    serializer_class = WaitlistEntrySerializer

    def get_queryset(self) -> QuerySet[WaitlistEntry]:
        return waitlist_of(self.account, now=timezone.now())

    @property
    def account(self) -> User:
        return cast(User, self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.get_paginated_response(self._shown(self.paginate_queryset(self.get_queryset()) or []))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._one(self.get_object().pk)

    def _shown(self, entries: Sequence[WaitlistEntry]) -> Any:
        policies = policies_for(entries, now=timezone.now())
        return WaitlistEntrySerializer(entries, many=True, context={"policies": policies}).data

    def _one(self, entry_id: int, status: int = 200) -> Response:
        return Response(self._shown([self.get_queryset().get(pk=entry_id)])[0], status=status)

    @extend_schema(
        summary="加入候补",
        description="班次约满后可候补，先到先得。同一就诊人重复提交返回已有的候补。",
        request=JoinWaitlistSerializer,
        responses={
            201: WaitlistEntrySerializer,
            200: OpenApiResponse(WaitlistEntrySerializer, description="The patient has this place already."),
        },
    )
    def create(self, request: Request) -> Response:
        wanted = JoinWaitlistSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        joined = join_waitlist(
            user=self.account,
            patient_id=wanted.validated_data["patient"],
            session_id=wanted.validated_data["session"],
            now=timezone.now(),
        )
        return self._one(joined.entry.pk, status=201 if joined.is_new else 200)

    @extend_schema(summary="退出候补", request=None, responses=WaitlistEntrySerializer)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, pk: str) -> Response:
        entry = leave_waitlist(entry_id=self.get_object().pk, user=self.account, now=timezone.now())
        return self._one(entry.pk)


class SessionWaitlistView(APIView):
    @extend_schema(summary="班次的候补情况", responses=SessionWaitlistSerializer)
    def get(self, request: Request, pk: int) -> Response:
        session = get_object_or_404(shown_sessions().select_related("hospital"), pk=pk)
        return Response(SessionWaitlistSerializer(session_waitlist(session, now=timezone.now())).data)
