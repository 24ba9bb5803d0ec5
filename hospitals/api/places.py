"""Departments by clinical subject: what a person who knows what ails them, and not which department, asks for."""

import re
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Sex
from hospitals.api.fields import PointField
from hospitals.api.serializers import DepartmentSerializer
from hospitals.api.views import PublicView
from hospitals.models import ClinicalSubject, Department, Hospital
from hospitals.selectors.places import places_of

# More than anybody is sent to at once.
MOST_SUBJECTS: Final = 5
AGES: Final = [("child", "未满 14 岁"), ("adult", "14 岁及以上")]


class SubjectsField(serializers.CharField):
    """Codes of the ministry's list, with commas between; read as the subjects in that order, each once."""

    default_error_messages = {
        "not_codes": "诊疗科目应写作代码，多个之间用逗号，例如 03.04,50.13。",
        "too_many": "一次最多查询 {most} 个诊疗科目。",
        "unknown": "没有这个诊疗科目：{codes}。",
    }

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if not re.fullmatch(r"[0-9.]{1,8}(,[0-9.]{1,8})*", text):
            self.fail("not_codes")
        codes = list(dict.fromkeys(text.split(",")))
        if len(codes) > MOST_SUBJECTS:
            self.fail("too_many", most=MOST_SUBJECTS)
        known = ClinicalSubject.objects.in_bulk(codes)
        if missing := [code for code in codes if code not in known]:
            self.fail("unknown", codes="、".join(missing))
        return [known[code] for code in codes]


class PlacesQuery(serializers.Serializer[Any]):
    subjects = SubjectsField(
        max_length=50, help_text="Codes of clinical subjects with commas between, at most five: 03.04,50.13."
    )
    hospital = serializers.SlugRelatedField(
        slug_field="code",
        queryset=Hospital.objects.filter(is_active=True),
        required=False,
        error_messages={"does_not_exist": "没有这家医院。"},
        help_text="Its departments come first, and without `near` distances are from it.",
    )
    near = PointField(required=False, help_text="GCJ-02 longitude,latitude: nearest first.")
    ages = serializers.ChoiceField(choices=AGES, required=False, help_text="Leaves out departments that take none of this age.")
    sex = serializers.ChoiceField(
        choices=[Sex.MALE, Sex.FEMALE], required=False, default="", help_text="Leaves out departments for the other sex only."
    )


class PlaceHospitalSerializer(serializers.ModelSerializer[Hospital]):
    class Meta:
        model = Hospital
        fields = ["code", "name", "address"]


class PlaceSerializer(DepartmentSerializer):
    """A department, with its hospital."""

    hospital = PlaceHospitalSerializer(read_only=True)
    distance_metres = serializers.SerializerMethodField(help_text="To the hospital; null where it is not known.")

    class Meta(DepartmentSerializer.Meta):
        fields = [*DepartmentSerializer.Meta.fields, "hospital", "distance_metres"]

    def get_distance_metres(self, department: Department) -> int | None:
        metres: float | None = department.distance_metres  # type: ignore[attr-defined]
        return None if metres is None else round(metres)


class SubjectPlacesSerializer(serializers.Serializer[Any]):
    """A `SubjectPlaces`."""

    code = serializers.CharField(source="subject.code")
    name = serializers.CharField(source="subject.name")
    departments = PlaceSerializer(many=True)


class PlacesView(PublicView):
    serializer_class = SubjectPlacesSerializer
    pagination_class = None

    @extend_schema(summary="按诊疗科目找科室", parameters=[PlacesQuery], responses=SubjectPlacesSerializer(many=True))
    def get(self, request: Request) -> Response:
        """For each subject, as they were asked, up to ten departments: of the hospital named, then of the nearest ones."""
        query = self.query(PlacesQuery)
        found = places_of(
            query["subjects"],
            point=query.get("near"),
            hospital=query.get("hospital"),
            ages=query.get("ages"),
            sex=query["sex"],
        )
        return Response(SubjectPlacesSerializer(found, many=True).data)
