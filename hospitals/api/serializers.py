"""How hospitals, doctors and schedules are written in JSON. Reading only."""

from typing import Any

from rest_framework import serializers

from hospitals.api.fields import ZonedDateTimeField
from hospitals.availability import CHANNELS, STATE_CHOICES
from hospitals.models import Department, Doctor, Hospital, Period, RegistrationType


class HospitalSerializer(serializers.ModelSerializer[Hospital]):
    level_label = serializers.CharField(source="get_level_display", read_only=True)
    distance_metres = serializers.SerializerMethodField(help_text="From `near`; null without it or without coordinates.")

    class Meta:
        model = Hospital
        fields = ["code", "name", "level", "level_label", "address", "phone", "longitude", "latitude", "distance_metres"]

    def get_distance_metres(self, hospital: Hospital) -> int | None:
        metres: float | None = getattr(hospital, "distance_metres", None)
        return None if metres is None else round(metres)


class HospitalDetailSerializer(serializers.ModelSerializer[Hospital]):
    level_label = serializers.CharField(source="get_level_display", read_only=True)

    class Meta:
        model = Hospital
        fields = [
            "code",
            "name",
            "level",
            "level_label",
            "address",
            "phone",
            "longitude",
            "latitude",
            "introduction",
            "time_zone",
        ]


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    class Meta:
        model = Department
        fields = ["id", "code", "name", "location", "introduction", "minimum_age", "maximum_age", "sex_limit"]


class SubjectGroupSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="First-level subject code; empty where departments have none.")
    name = serializers.CharField()
    departments = DepartmentSerializer(many=True)


class DepartmentNameSerializer(serializers.ModelSerializer[Department]):
    class Meta:
        model = Department
        fields = ["id", "name"]


class DoctorSerializer(serializers.ModelSerializer[Doctor]):
    hospital = serializers.SlugRelatedField[Hospital](slug_field="code", read_only=True)
    department = DepartmentNameSerializer(read_only=True)
    title_label = serializers.CharField(source="get_title_display", read_only=True)
    is_hot = serializers.BooleanField(read_only=True, help_text="A session to come is hot.")

    class Meta:
        model = Doctor
        fields = ["id", "hospital", "department", "name", "title", "title_label", "expertise", "introduction", "is_hot"]


class DoctorNameSerializer(serializers.ModelSerializer[Doctor]):
    title_label = serializers.CharField(source="get_title_display", read_only=True)

    class Meta:
        model = Doctor
        fields = ["id", "name", "title", "title_label"]


class RegistrationTypeNameSerializer(serializers.ModelSerializer[RegistrationType]):
    class Meta:
        model = RegistrationType
        fields = ["id", "code", "name"]


class EarlyReleaseSerializer(serializers.Serializer[Any]):
    """From when tiers A and B may book a hot session before everyone, within their share; null: with everyone."""

    A = ZonedDateTimeField(allow_null=True, default=None)
    B = ZonedDateTimeField(allow_null=True, default=None)


class OfferedSessionSerializer(serializers.Serializer[Any]):
    """An `OfferedSession`: a session and what it is to a patient at this moment. Times carry the hospital's offset."""

    id = serializers.IntegerField(source="session.pk")
    hospital = serializers.CharField(source="session.hospital.code")
    department = DepartmentNameSerializer(source="session.department")
    doctor = DoctorNameSerializer(source="session.doctor", allow_null=True, help_text="Null for a 普通号 of the department.")
    registration_type = RegistrationTypeNameSerializer(source="session.registration_type")
    fee_fen = serializers.IntegerField(source="session.fee_fen")
    visit_date = serializers.DateField(source="session.visit_date")
    period = serializers.ChoiceField(source="session.period", choices=Period.choices)
    period_label = serializers.CharField(source="session.get_period_display")
    starts_at = ZonedDateTimeField()
    ends_at = ZonedDateTimeField()
    releases_at = ZonedDateTimeField(help_text="For everyone.")
    early_release = EarlyReleaseSerializer()
    room = serializers.CharField(source="session.room")
    is_hot = serializers.BooleanField(source="session.is_hot")
    state = serializers.ChoiceField(choices=STATE_CHOICES)
    state_label = serializers.CharField()
    channel = serializers.ChoiceField(
        source="opening.channel",
        choices=list(CHANNELS.items()),
        allow_null=True,
        help_text="What a booking now would take; null if none.",
    )
    seats_left = serializers.IntegerField(help_text="In that channel.")


class OfferedSlotSerializer(serializers.Serializer[Any]):
    """An `OfferedSlot`."""

    id = serializers.IntegerField(source="slot.pk")
    starts_at = ZonedDateTimeField()
    ends_at = ZonedDateTimeField()
    seats_left = serializers.IntegerField(help_text="In the channel that is open now.")


class SessionSlotsSerializer(serializers.Serializer[Any]):
    session = OfferedSessionSerializer()
    slots = OfferedSlotSerializer(many=True)


class OfferedDaySerializer(serializers.Serializer[Any]):
    """An `OfferedDay`."""

    visit_date = serializers.DateField()
    state = serializers.ChoiceField(choices=STATE_CHOICES, allow_null=True, help_text="The best of the day; null: no session.")
    state_label = serializers.CharField(allow_blank=True)
    sessions = serializers.IntegerField(help_text="Number of sessions.")
    seats_left = serializers.IntegerField()


class HospitalPageSerializer(serializers.Serializer[Any]):
    """All that the page of a hospital shows."""

    hospital = HospitalDetailSerializer()
    groups = SubjectGroupSerializer(many=True)
