from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import LARGEST_ID, StrictChoiceField, StrictTextField
from booking.models import Appeal, AppealCause, AppealProof, AppealState
from booking.services.appeals.filing import STATEMENT_MAX_LENGTH


class AppealFactsSerializer(serializers.Serializer[Any]):
    """How an appointment or a pause stands to appeals. `context["account_id"]` is the account that asks."""

    can_appeal = serializers.BooleanField()
    until = serializers.DateTimeField(help_text="申诉截止")
    id = serializers.SerializerMethodField(help_text="本账户提出的申诉；其他账户提出的不给出编号。")
    state = serializers.ChoiceField(source="appeal.state", choices=AppealState.choices, allow_null=True, default=None)
    state_label = serializers.CharField(source="appeal.get_state_display", allow_null=True, default=None)

    def get_id(self, facts: Any) -> int | None:
        appeal = facts.appeal
        return appeal.pk if appeal is not None and appeal.by_id == self.context["account_id"] else None


class ProofSerializer(serializers.ModelSerializer[AppealProof]):
    class Meta:
        model = AppealProof
        fields = ["id", "content_type", "width", "height", "uploaded_at"]
        read_only_fields = fields


class AppealSerializer(serializers.ModelSerializer[Appeal]):
    hospital = serializers.CharField(source="hospital.code", read_only=True)
    hospital_name = serializers.CharField(source="hospital.name", read_only=True)
    patient_name = serializers.CharField(source="patient.masked_name", read_only=True)
    appointment = serializers.CharField(source="appointment.code", read_only=True, default=None)
    visit_date = serializers.DateField(
        source="appointment.visit_date", read_only=True, default=None, help_text="预约限制的申诉没有。"
    )
    cause_label = serializers.CharField(source="get_cause_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    proofs = ProofSerializer(many=True, read_only=True)

    class Meta:
        model = Appeal
        fields = [
            "id",
            "hospital",
            "hospital_name",
            "patient",
            "patient_name",
            "appointment",
            "visit_date",
            "restriction",
            "cause",
            "cause_label",
            "statement",
            "created_at",
            "until",
            "state",
            "state_label",
            "decided_at",
            "decision",
            "proofs",
        ]
        read_only_fields = fields


@extend_schema_field({"type": "string", "format": "binary"})
class PictureField(serializers.FileField):
    """A file, whatever it is: what is in it is judged by booking.services.proofs."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_empty_file=True, **kwargs)


class FileAppealSerializer(serializers.Serializer[dict[str, Any]]):
    """About an appointment or about a pause, one of the two."""

    appointment = StrictTextField(label="约诊单号", max_length=16, required=False, allow_null=True, default=None)
    restriction = serializers.IntegerField(
        label="预约限制", min_value=1, max_value=LARGEST_ID, required=False, allow_null=True, default=None
    )
    cause = StrictChoiceField(choices=AppealCause.choices, label="事由")
    statement = StrictTextField(label="说明", max_length=STATEMENT_MAX_LENGTH)
    proofs = serializers.ListField(child=PictureField(), label="证明图片", required=False, default=list)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["appointment"] is None) == (attrs["restriction"] is None):
            raise serializers.ValidationError({"appointment": ["请指明要申诉的预约或预约限制，二者选一。"]})
        return attrs


class AddProofSerializer(serializers.Serializer[dict[str, Any]]):
    proof = PictureField(label="证明图片")
