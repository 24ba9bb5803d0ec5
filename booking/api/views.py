"""Appointments for patients: translate, one domain call, translate back."""

import re
from datetime import datetime
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Refusal
from accounts.models import User
from booking.api.serializers import (
    AppointmentDetailSerializer,
    AppointmentSerializer,
    BookedSerializer,
    BookSerializer,
    CancelledSerializer,
    CancelSerializer,
    MoveSerializer,
    PaymentParametersSerializer,
    appointment_detail,
)
from booking.models import Appointment, AppointmentStatus, CancelledBy, IdempotencyRecord
from booking.selectors import appointments_in_detail, appointments_of, coming_appointments, past_appointments
from booking.services.appointments import book_appointment
from booking.services.cancellation import cancel_appointment
from booking.services.checkin import check_in
from booking.services.idempotency import AlreadyAnswered, RequestKey, find_answer, request_key
from booking.services.moves import move_appointment
from booking.services.orders import NothingToPay, PaymentUnavailable, place_order, settle_order
from booking.services.refused import remember_refusal
from booking.services.seats import SessionFull
from booking.services.transitions import patient_actor

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{8,64}")
IDEMPOTENCY_PARAMETER = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="8–64 个可见 ASCII 字符；重发同一请求时保持不变"
)


@extend_schema_view(
    list=extend_schema(
        summary="我的预约",
        parameters=[OpenApiParameter("state", str, enum=["coming", "past"], description="缺省为全部")],
    ),
    retrieve=extend_schema(summary="预约详情"),
)
class AppointmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Appointment]):
    lookup_field = "code"
    lookup_value_regex = "[0-9A-Z]{16}"
    queryset = Appointment.objects.none()
    serializer_class = AppointmentSerializer

    def get_queryset(self) -> QuerySet[Appointment]:
        user = self.account
        if self.action != "list":
            return appointments_in_detail(user)
        # A patient's days are China's days; a hospital elsewhere differs by hours at most, and only in this sorting.
        today = timezone.localdate()
        match self.request.query_params.get("state"):
            case "coming":
                return coming_appointments(user, today=today)
            case "past":
                return past_appointments(user, today=today)
            case None | "":
                return appointments_of(user)
            case _:
                raise ValidationError({"state": ["只能是 coming 或 past。"]})

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return AppointmentSerializer if self.action == "list" else AppointmentDetailSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": timezone.now()}

    @property
    def account(self) -> User:
        return cast(User, self.request.user)

    @extend_schema(
        summary="预约挂号",
        request=BookSerializer,
        responses={201: BookedSerializer},
        parameters=[IDEMPOTENCY_PARAMETER],
    )
    def create(self, request: Request) -> Response:
        now = timezone.now()
        wanted = BookSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        key = self._request_key(request)
        try:
            appointment = book_appointment(
                user=self.account,
                patient_id=wanted.validated_data["patient"],
                slot_id=wanted.validated_data["slot"],
                now=now,
                request=key,
            )
        except AlreadyAnswered as repeated:
            return self._replayed(repeated.record, now)
        except Refusal as refusal:
            return self._refused(refusal, key, now)
        return self._booked(appointment, now)

    def _request_key(self, request: Request) -> RequestKey | None:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return None
        if not IDEMPOTENCY_KEY.fullmatch(key):
            raise ValidationError({"Idempotency-Key": ["须为 8–64 个可见 ASCII 字符。"]})
        return request_key(user=self.account, key=key, path=request.path, body=request.data)

    def _booked(self, appointment: Appointment, now: datetime) -> Response:
        payment = None
        if appointment.status == AppointmentStatus.PENDING:
            try:
                payment = PaymentParametersSerializer(place_order(appointment_id=appointment.pk, now=now)).data
            except (PaymentUnavailable, NothingToPay):
                # The seat is held either way; the client asks for the parameters again by `pay`.
                payment = None
            # As it is now: placed, or found to be paid.
            appointment = appointments_of(self.account).get(pk=appointment.pk)
        return Response({"appointment": appointment_detail(appointment, now=now), "payment": payment}, status=201)

    def _replayed(self, record: IdempotencyRecord, now: datetime) -> Response:
        """The stored answer; a booking is shown as it is now, and can still be paid."""
        if record.response_status == 201:
            code = cast(dict[str, str], record.response_body)["code"]
            return self._booked(appointments_of(self.account).get(code=code), now)
        return Response(record.response_body, status=record.response_status)

    def _refused(self, refusal: Refusal, key: RequestKey | None, now: datetime) -> Response:
        """Answer a refusal, and answer it the same when the request is sent again; what may pass next time is not kept.

        A key that was answered before is answered so again, whatever speaks against its booking by now.
        """
        response = self.handle_exception(refusal)
        if key is None:
            return response
        if not 400 <= response.status_code < 500:
            answered = find_answer(key)
            return response if answered is None else self._replayed(answered, now)
        try:
            remember_refusal(
                request=key,
                response_status=response.status_code,
                response_body=response.data,
                now=now,
                unmet=refusal.unmet if isinstance(refusal, SessionFull) else None,
            )
        except AlreadyAnswered as repeated:
            return self._replayed(repeated.record, now)
        return response

    @extend_schema(
        summary="改约",
        description="免费或不补差价的改约立即生效；新号更贵时先保留新号，支付后原预约自动取消并全额退款，未支付则原预约不变。",
        request=MoveSerializer,
        responses={201: BookedSerializer},
        parameters=[IDEMPOTENCY_PARAMETER],
    )
    @action(detail=True, methods=["post"])
    def move(self, request: Request, code: str) -> Response:
        appointment, now = self.get_object(), timezone.now()
        wanted = MoveSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        key = self._request_key(request)
        try:
            following = move_appointment(
                user=self.account,
                appointment_id=appointment.pk,
                slot_id=wanted.validated_data["slot"],
                now=now,
                request=key,
            )
        except AlreadyAnswered as repeated:
            return self._replayed(repeated.record, now)
        except Refusal as refusal:
            return self._refused(refusal, key, now)
        return self._booked(appointments_of(self.account).get(pk=following.pk), now)

    @extend_schema(summary="取消预约", request=CancelSerializer, responses=CancelledSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, code: str) -> Response:
        appointment, now = self.get_object(), timezone.now()
        wanted = CancelSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        cancelled = cancel_appointment(
            appointment_id=appointment.pk,
            by=CancelledBy.PATIENT,
            actor=patient_actor(self.account),
            reason=wanted.validated_data["reason"],
            now=now,
        )
        body = {"appointment": self.get_object(), "refund_fen": cancelled.refund_fen}
        return Response(CancelledSerializer(body, context=self.get_serializer_context()).data)

    @extend_schema(summary="取得支付参数", request=None, responses=PaymentParametersSerializer)
    @action(detail=True, methods=["post"])
    def pay(self, request: Request, code: str) -> Response:
        return Response(place_order(appointment_id=self._with_order().pk, now=timezone.now()))

    @extend_schema(summary="向微信查询支付结果", request=None, responses=AppointmentDetailSerializer)
    @action(detail=True, methods=["post"], url_path="refresh-payment")
    def refresh_payment(self, request: Request, code: str) -> Response:
        settle_order(order_id=self._with_order().payment_order.pk, now=timezone.now())
        return Response(self.get_serializer(self.get_object()).data)

    def _with_order(self) -> Appointment:
        appointment = self.get_object()
        if not hasattr(appointment, "payment_order"):
            raise NothingToPay()
        return appointment

    @extend_schema(summary="签到", request=None, responses=AppointmentDetailSerializer)
    @action(detail=True, methods=["post"], url_path="check-in")
    def check_in(self, request: Request, code: str) -> Response:
        check_in(appointment_id=self.get_object().pk, actor=patient_actor(self.account), now=timezone.now())
        return Response(self.get_serializer(self.get_object()).data)
