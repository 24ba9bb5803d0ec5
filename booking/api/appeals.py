"""Appeals for patients: hand in, look at, add a picture, take back."""

from collections.abc import Sequence
from typing import Any, cast

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from booking.api.appeal_serializers import AddProofSerializer, AppealSerializer, FileAppealSerializer, ProofSerializer
from booking.api.uploads import BoundedMultiPartParser
from booking.models import Appeal, AppealCause, AppealProof
from booking.pictures import picture_response
from booking.services.appeals.filing import add_proof, file_appeal, withdraw_appeal
from booking.services.proofs import CONTENT_TYPE

PARSERS: Sequence[type[BaseParser]] = [BoundedMultiPartParser, *APIView.parser_classes]


@extend_schema_view(list=extend_schema(summary="我的申诉"), retrieve=extend_schema(summary="申诉详情"))
class AppealViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Appeal]):
    queryset = Appeal.objects.none()
    serializer_class = AppealSerializer
    parser_classes = PARSERS
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> QuerySet[Appeal]:
        # The pictures themselves are large, and fetched one by one.
        proofs = Prefetch("proofs", AppealProof.objects.defer("encrypted"))
        mine = Appeal.objects.filter(by=self.account).select_related("hospital", "patient", "appointment")
        return mine.prefetch_related(proofs).order_by("-pk")

    @property
    def account(self) -> User:
        return cast(User, self.request.user)

    @extend_schema(
        summary="提出申诉",
        description="对未到诊、逾期取消的预约，或对生效中的预约限制；可附至多 5 张图片，每张不超过 5 MB。",
        request={"multipart/form-data": FileAppealSerializer, "application/json": FileAppealSerializer},
        responses={201: AppealSerializer},
    )
    def create(self, request: Request) -> Response:
        wanted = FileAppealSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        appeal = file_appeal(
            user=self.account,
            appointment_code=asked["appointment"],
            restriction_id=asked["restriction"],
            cause=AppealCause(asked["cause"]),
            statement=asked["statement"],
            proofs=[picture.read() for picture in asked["proofs"]],
            now=timezone.now(),
        )
        return Response(self._shown(appeal), status=201)

    @extend_schema(
        summary="撤回申诉", description="图片随即删除；截止之前可以重新申诉。", request=None, responses=AppealSerializer
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        appeal = self.get_object()
        withdraw_appeal(user=self.account, appeal_id=appeal.pk, now=timezone.now())
        return Response(self._shown(appeal))

    @extend_schema(
        summary="补充一张证明图片",
        request={"multipart/form-data": AddProofSerializer},
        responses={201: ProofSerializer},
    )
    @action(detail=True, methods=["post"])
    def proofs(self, request: Request, pk: str) -> Response:
        appeal = self.get_object()
        wanted = AddProofSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        content = wanted.validated_data["proof"].read()
        proof = add_proof(user=self.account, appeal_id=appeal.pk, content=content, now=timezone.now())
        return Response(ProofSerializer(proof).data, status=201)

    def _shown(self, appeal: Appeal) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=appeal.pk)).data


class WhateverIsAccepted(BaseContentNegotiation):
    """There is one form of the answer; a browser that asks for pictures only gets its refusals as JSON all the same."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


class ProofPictureView(APIView):
    content_negotiation_class = WhateverIsAccepted

    @extend_schema(summary="证明图片", responses={(200, CONTENT_TYPE): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int, proof_id: int) -> HttpResponse:
        own = AppealProof.objects.filter(appeal__by=cast(User, request.user))
        return picture_response(get_object_or_404(own, appeal=pk, pk=proof_id))
