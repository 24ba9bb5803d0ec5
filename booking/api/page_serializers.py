"""What the pages on the way to a booking show, each in one answer."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.serializers import PatientOut
from booking.api.serializers import AppointmentSerializer
from booking.api.slot_serializers import SlotToBookSerializer
from booking.api.waitlist_serializers import ReasonSerializer, SessionWaitlistSerializer
from booking.models import Tier
from booking.services.waitlist.reasons import spoken
from booking.slot_selectors import SlotToBook
from booking.viewers import Viewer
from hospitals.api.serializers import (
    DepartmentSerializer,
    DoctorSerializer,
    HospitalDetailSerializer,
    OfferedDaySerializer,
    OfferedSessionSerializer,
    OfferedSlotSerializer,
)


class ClosedSessionSerializer(ReasonSerializer):
    session = serializers.IntegerField()


class ViewerSerializer(serializers.Serializer[Viewer]):
    """For whom the states are told: hot sessions open to some tiers before everyone, and to others not."""

    patient = serializers.IntegerField(source="patient_id")
    name = serializers.CharField()
    tier = serializers.ChoiceField(choices=Tier.choices)
    tier_label = serializers.CharField()
    closed = serializers.SerializerMethodField(
        help_text="Of the sessions here, those that others may book and this tier may not."
    )

    @extend_schema_field(ClosedSessionSerializer(many=True))
    def get_closed(self, viewer: Viewer) -> list[dict[str, Any]]:
        told = {session: spoken(refusal) for session, refusal in viewer.closed.items()}
        return [{"session": session, "code": code, "message": message} for session, (code, message) in told.items()]


class SeenByViewerSerializer(serializers.Serializer[Any]):
    viewer = ViewerSerializer(allow_null=True, help_text="Null without an account, or without a patient: as everyone sees it.")


class DoctorPageSerializer(SeenByViewerSerializer):
    """All that the page of a doctor shows: who, where, and the sessions to come."""

    doctor = DoctorSerializer()
    hospital = HospitalDetailSerializer()
    sessions = OfferedSessionSerializer(many=True)


class DepartmentPageSerializer(SeenByViewerSerializer):
    """All that the page of a department shows: its days, its doctors, and the sessions of the period."""

    department = DepartmentSerializer()
    hospital = HospitalDetailSerializer()
    days = OfferedDaySerializer(many=True)
    doctors = DoctorSerializer(many=True, help_text="Those who see patients, with or without a session in the period.")
    sessions = OfferedSessionSerializer(many=True)


class SessionPageSerializer(SeenByViewerSerializer):
    session = OfferedSessionSerializer()
    slots = OfferedSlotSerializer(many=True)


class SlotPageSerializer(SlotToBookSerializer):
    """The page of confirmation, with whom it can be booked for: `context["patients"]`, links of the account."""

    patients = serializers.SerializerMethodField(help_text="The account's, the one added first at the front.")

    @extend_schema_field(PatientOut(many=True))
    def get_patients(self, found: SlotToBook) -> Any:
        return PatientOut(self.context["patients"], many=True).data


class MovePageSerializer(SeenByViewerSerializer):
    """Where an appointment may be moved to: the days and sessions of its department, as its patient sees them."""

    appointment = AppointmentSerializer()
    days = OfferedDaySerializer(many=True)
    sessions = OfferedSessionSerializer(many=True)


class WaitlistPageSerializer(serializers.Serializer[Any]):
    """A session's waitlist with the session itself, and whom of the account it can be joined for."""

    session = OfferedSessionSerializer()
    waitlist = SessionWaitlistSerializer()
    patients = PatientOut(many=True, help_text="The account's, the one added first at the front.")
