"""What may stand behind the question mark, checked before anything is read."""

from datetime import timedelta
from typing import Any, Final

from rest_framework import serializers
from rest_framework.fields import Field

from hospitals.api.fields import IdField, PointField, ScheduleDateField
from hospitals.availability import EARLY_TIERS
from hospitals.models import DoctorTitle

# The longest period of sessions in one answer, and the one given when only its start is named.
LONGEST_PERIOD_DAYS: Final = 31
USUAL_PERIOD_DAYS: Final = 7


class PageQuery(serializers.Serializer[Any]):
    """Read by the paginator; checked here, because it would pass over what it cannot read."""

    page = serializers.IntegerField(required=False, min_value=1, max_value=1_000_000)
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=100)


class HospitalQuery(PageQuery):
    near = PointField(required=False, help_text="GCJ-02 longitude,latitude: nearest hospitals first.")
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=50,
        help_text="Words in the names of the hospital, its departments or doctors.",
    )


class DoctorQuery(PageQuery):
    department = IdField(required=False)
    date = ScheduleDateField(required=False, help_text="Doctors with a session on this date.")
    title = serializers.ChoiceField(required=False, choices=DoctorTitle.choices)
    hot = serializers.BooleanField(required=False, allow_null=True, default=None)


class PeriodQuery(serializers.Serializer[Any]):
    """`from` (today if left out) and `to`, both included."""

    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        # `from` is a keyword of Python and cannot be declared as an attribute.
        fields["from"] = ScheduleDateField(required=False, help_text="First date, in the hospital's zone; today if left out.")
        fields["to"] = ScheduleDateField(required=False, help_text="Last date, included; a week if left out.")
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        first = attrs.get("from") or self.context["today"]
        last = attrs.get("to") or first + timedelta(days=USUAL_PERIOD_DAYS - 1)
        if last < first:
            raise serializers.ValidationError({"to": "结束日期不能早于开始日期。"})
        if (last - first).days >= LONGEST_PERIOD_DAYS:
            raise serializers.ValidationError({"to": f"一次最多查询 {LONGEST_PERIOD_DAYS} 天。"})
        return attrs | {"first": first, "last": last}


class TierQuery(serializers.Serializer[Any]):
    """For whom to say what is open. Nothing secret: whether a patient is of that tier is judged at booking."""

    tier = serializers.ChoiceField(
        choices=EARLY_TIERS,
        required=False,
        default="",
        help_text="Patient's tier at the hospital: hot sessions are then open from its `early_release` on.",
    )


class WhoseSessionsQuery(serializers.Serializer[Any]):
    """Whose sessions: a department's, a doctor's, or a doctor's in a department."""

    department = IdField(required=False)
    doctor = IdField(required=False)
    page = serializers.IntegerField(required=False, min_value=1, max_value=1_000_000)
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=500)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "department" not in attrs and "doctor" not in attrs:
            raise serializers.ValidationError("请指定科室或医生。")
        return attrs
