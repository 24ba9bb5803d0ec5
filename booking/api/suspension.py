"""Choosing what becomes of a suspended visit."""

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.fields import StrictChoiceField, StrictIdField
from accounts.models import User
from booking.api.serializers import AppointmentDetailSerializer
from booking.models import Choice
from booking.selectors import appointments_in_detail
from booking.services.choices import choose


class ChooseSerializer(serializers.Serializer[dict[str, Any]]):
    choice = StrictChoiceField(choices=Choice.choices, label="选择")
    slot = StrictIdField(label="新时段", required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["choice"] == Choice.ANOTHER_DATE) != (attrs["slot"] is not None):
            raise serializers.ValidationError({"slot": ["改到其他时间时请选择时段，其他选择不带时段。"]})
        return attrs


class ChosenSerializer(serializers.Serializer[dict[str, Any]]):
    """The suspended appointment, the one in its place where there is one, and what goes back to the payer, in fen."""

    appointment = AppointmentDetailSerializer()
    moved_to = AppointmentDetailSerializer(allow_null=True)
    refund_fen = serializers.IntegerField()


class SuspensionChoiceView(APIView):
    """Choose a substitute, another date or a refund. The same request sent again is answered the same."""

    @extend_schema(summary="停诊后的选择", request=ChooseSerializer, responses=ChosenSerializer)
    def post(self, request: Request, code: str) -> Response:
        now, user = timezone.now(), cast(User, request.user)
        appointments = appointments_in_detail(user)
        appointment = get_object_or_404(appointments, code=code)
        wanted = ChooseSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        chosen = choose(
            appointment_id=appointment.pk,
            choice=Choice(wanted.validated_data["choice"]),
            slot_id=wanted.validated_data["slot"],
            user=user,
            now=now,
        )
        body = {
            "appointment": appointments.get(pk=appointment.pk),
            "moved_to": appointments.get(pk=chosen.moved_to.pk) if chosen.moved_to else None,
            "refund_fen": chosen.refund_fen,
        }
        return Response(ChosenSerializer(body, context={"now": now}).data)
