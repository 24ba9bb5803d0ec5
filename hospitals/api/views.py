"""Hospitals, departments, doctors and what can be booked: read by anyone, signed in or not."""

from datetime import date, datetime
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from hospitals.api.queries import DoctorQuery, HospitalQuery, PeriodQuery, TierQuery, WhoseSessionsQuery
from hospitals.api.serializers import (
    DoctorSerializer,
    HospitalDetailSerializer,
    HospitalSerializer,
    OfferedDaySerializer,
    OfferedSessionSerializer,
    SessionSlotsSerializer,
    SubjectGroupSerializer,
)
from hospitals.models import Department, Doctor, Hospital
from hospitals.selectors.departments import active_doctors, department_tree, doctors_of, open_department, open_departments
from hospitals.selectors.hospitals import hospitals_near
from hospitals.selectors.schedule import (
    department_days,
    sessions_between,
    slots_of_session,
    visible_sessions,
    with_openings,
)


class PublicView(GenericAPIView[Any]):
    """Open to everyone. A token is not even looked at: one that has expired must not keep a patient from looking around."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def query(self, serializer_class: type[serializers.Serializer[Any]], **context: Any) -> dict[str, Any]:
        """The checked query parameters. Raises ValidationError."""
        serializer = serializer_class(data=self.request.query_params, context=context)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def hospital(self, code: str) -> Hospital:
        return get_object_or_404(Hospital, code=code, is_active=True)

    def page(self, rows: Any, serializer_class: type[serializers.BaseSerializer[Any]]) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(serializer_class(page, many=True).data)


class HospitalListView(PublicView):
    serializer_class = HospitalSerializer

    @extend_schema(summary="附近的医院与搜索", parameters=[HospitalQuery], responses=HospitalSerializer(many=True))
    def get(self, request: Request) -> Response:
        query = self.query(HospitalQuery)
        return self.page(hospitals_near(point=query.get("near"), text=query.get("q", "")), HospitalSerializer)


class HospitalDetailView(PublicView):
    serializer_class = HospitalDetailSerializer

    @extend_schema(summary="医院详情", responses=HospitalDetailSerializer)
    def get(self, request: Request, code: str) -> Response:
        return Response(HospitalDetailSerializer(self.hospital(code)).data)


class HospitalDepartmentsView(PublicView):
    serializer_class = SubjectGroupSerializer
    pagination_class = None

    @extend_schema(summary="医院的科室", responses=SubjectGroupSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        return Response(SubjectGroupSerializer(department_tree(self.hospital(code)), many=True).data)


class HospitalDoctorsView(PublicView):
    serializer_class = DoctorSerializer

    @extend_schema(summary="医院的医生", parameters=[DoctorQuery], responses=DoctorSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        query = self.query(DoctorQuery)
        hospital = self.hospital(code)
        department_id = query.get("department")
        if department_id is not None and not open_departments(hospital).filter(pk=department_id).exists():
            raise serializers.ValidationError({"department": "该医院没有这个科室。"})
        doctors = doctors_of(
            hospital,
            now=timezone.now(),
            department_id=department_id,
            on=query.get("date"),
            title=query.get("title", ""),
            hot=query["hot"],
        )
        return self.page(doctors, DoctorSerializer)


class DoctorDetailView(PublicView):
    serializer_class = DoctorSerializer

    @extend_schema(summary="医生详情", responses=DoctorSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(DoctorSerializer(get_object_or_404(active_doctors(now=timezone.now()), pk=pk)).data)


class DepartmentAvailabilityView(PublicView):
    serializer_class = OfferedDaySerializer
    pagination_class = None

    @extend_schema(summary="科室逐日号源", parameters=[PeriodQuery], responses=OfferedDaySerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The days of a department with the best state of each: a week from today, or `from` … `to`."""
        now = timezone.now()
        department = open_department(pk)
        if department is None:
            raise Http404
        query = self.query(PeriodQuery, today=today_at(department.hospital, now))
        days = (query["last"] - query["first"]).days + 1
        offered = department_days(department, first=query["first"], days=days, now=now)
        return Response(OfferedDaySerializer(offered, many=True).data)


class SessionPagination(PageNumberPagination):
    """Large enough for a week of a department at once."""

    page_size = 200
    page_size_query_param = "page_size"
    max_page_size = 500


class SessionListView(PublicView):
    serializer_class = OfferedSessionSerializer
    pagination_class = SessionPagination

    @extend_schema(
        summary="门诊班次与余号",
        parameters=[WhoseSessionsQuery, PeriodQuery, TierQuery],
        responses=OfferedSessionSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The sessions to come of a department or a doctor, with what each is to a patient now."""
        now = timezone.now()
        whose = self.query(WhoseSessionsQuery)
        hospital = self._hospital_of(whose, now)
        period = self.query(PeriodQuery, today=today_at(hospital, now))
        sessions = sessions_between(
            first=period["first"],
            last=period["last"],
            now=now,
            department_id=whose.get("department"),
            doctor_id=whose.get("doctor"),
        )
        offered = with_openings(self.paginate_queryset(sessions) or (), now=now, tier=self.query(TierQuery)["tier"])
        return self.get_paginated_response(OfferedSessionSerializer(offered, many=True).data)

    def _hospital_of(self, whose: dict[str, int], now: datetime) -> Hospital:
        """The hospital of whom was asked for. Raises ValidationError where there is no such department or doctor."""
        found: Department | Doctor | None = None
        if "department" in whose:
            found = open_departments().select_related("hospital").filter(pk=whose["department"]).first()
            if found is None:
                raise serializers.ValidationError({"department": "没有这个科室。"})
        if "doctor" in whose:
            found = active_doctors(now=now).filter(pk=whose["doctor"]).first()
            if found is None:
                raise serializers.ValidationError({"doctor": "没有这位医生。"})
        assert found is not None
        return found.hospital


class SessionSlotsView(PublicView):
    serializer_class = SessionSlotsSerializer

    @extend_schema(summary="班次的分时段号源", parameters=[TierQuery], responses=SessionSlotsSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """A session and its windows with what is left of each."""
        now = timezone.now()
        session, tier = get_object_or_404(visible_sessions(), pk=pk), self.query(TierQuery)["tier"]
        (offered,) = with_openings([session], now=now, tier=tier)
        slots = slots_of_session(offered, now=now)
        return Response(SessionSlotsSerializer({"session": offered, "slots": slots}).data)


def today_at(hospital: Hospital, now: datetime) -> date:
    return now.astimezone(hospital.zone).date()
