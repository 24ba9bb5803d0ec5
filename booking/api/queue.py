"""The day of the visit for patients: the code to check in with, and the place in the queue."""

from base64 import b64encode
from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from booking.entitlement_selectors import is_queue_free
from booking.models import Appointment, QueueState
from booking.queue_selectors import QueueStatus, queue_status
from booking.selectors import appointments_of
from booking.services.queue.codes import CheckInCode, check_in_picture, issue_check_in_code


class CheckInCodeSerializer(serializers.Serializer[CheckInCode]):
    """Of `context["appointment"]`; `context["is_queue_free"]`: whether the patient need not queue for the registration."""

    patient_name = serializers.SerializerMethodField()
    department_name = serializers.SerializerMethodField()
    starts_at = serializers.SerializerMethodField(help_text="The beginning of the patient's window.")
    code = serializers.CharField(help_text="What the QR code says: letters, digits and signs as in a URL, and a colon.")
    expires_at = serializers.DateTimeField()
    is_registration_queue_free = serializers.SerializerMethodField(help_text="A 级权益“免排队登记”：直接到导诊台。")
    image = serializers.SerializerMethodField(help_text="The QR code as a data URI, a PNG: put it into an image as it is.")

    def get_patient_name(self, issued: CheckInCode) -> str:
        return self._visit.patient.masked_name

    def get_department_name(self, issued: CheckInCode) -> str:
        return self._visit.department.name

    @extend_schema_field(serializers.DateTimeField)
    def get_starts_at(self, issued: CheckInCode) -> str:
        visit = self._visit
        starts_at = visit.slot.starts_at if visit.slot else visit.session.starts_at
        return serializers.DateTimeField().to_representation(starts_at)

    @property
    def _visit(self) -> Appointment:
        return cast(Appointment, self.context["appointment"])

    def get_is_registration_queue_free(self, issued: CheckInCode) -> bool:
        return bool(self.context["is_queue_free"])

    def get_image(self, issued: CheckInCode) -> str:
        return "data:image/png;base64," + b64encode(check_in_picture(issued.code)).decode()


class QueueStatusSerializer(serializers.Serializer[QueueStatus]):
    """Where a checked-in patient stands. Counts are null where the patient no longer waits."""

    state = serializers.ChoiceField(source="entry.state", choices=QueueState.choices)
    state_label = serializers.CharField(source="entry.get_state_display")
    people_ahead = serializers.IntegerField(allow_null=True)
    wait_minutes_low = serializers.IntegerField(source="wait.low_minutes", allow_null=True, default=None)
    wait_minutes_high = serializers.IntegerField(source="wait.high_minutes", allow_null=True, default=None)
    called_at = serializers.DateTimeField(source="entry.called_at", allow_null=True)
    arrived_at = serializers.DateTimeField(source="entry.arrived_at")


class _OwnAppointmentView(APIView):
    def own(self, request: Request, code: str) -> Appointment:
        return get_object_or_404(appointments_of(cast(User, request.user)), code=code)


class CheckInCodeView(_OwnAppointmentView):
    @extend_schema(summary="签到码", responses=CheckInCodeSerializer)
    def get(self, request: Request, code: str) -> Response:
        appointment, now = self.own(request, code), timezone.now()
        issued = issue_check_in_code(appointment=appointment, now=now)
        is_free = is_queue_free(hospital_id=appointment.hospital_id, patient_id=appointment.patient_id, now=now)
        return _uncached(CheckInCodeSerializer(issued, context={"appointment": appointment, "is_queue_free": is_free}).data)


class QueueStatusView(_OwnAppointmentView):
    @extend_schema(summary="候诊情况", responses=QueueStatusSerializer)
    def get(self, request: Request, code: str) -> Response:
        status = queue_status(appointment=self.own(request, code), now=timezone.now())
        return _uncached(QueueStatusSerializer(status).data)


def _uncached(body: Any) -> Response:
    """What is true for moments only."""
    return Response(body, headers={"Cache-Control": "no-store"})
