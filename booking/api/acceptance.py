"""Accepting a seat that was offered: the word that stands for the payment where nothing is to be paid."""

from typing import cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from booking.api.serializers import AppointmentDetailSerializer
from booking.selectors import appointments_in_detail
from booking.services.acceptance import accept_offer


class AcceptOfferView(APIView):
    @extend_schema(
        summary="确认接受号源",
        description="候补派出的号和医生加号须在截止前接受。免费的在此确认；收费的支付即为接受。重复确认结果相同。",
        request=None,
        responses=AppointmentDetailSerializer,
    )
    def post(self, request: Request, code: str) -> Response:
        now, user = timezone.now(), cast(User, request.user)
        appointments = appointments_in_detail(user)
        offered = get_object_or_404(appointments, code=code)
        accept_offer(appointment_id=offered.pk, user=user, now=now)
        shown = AppointmentDetailSerializer(appointments.get(pk=offered.pk), context={"now": now})
        return Response(shown.data)
