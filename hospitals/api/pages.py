"""A doctor's and a department's page in one request each."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hospitals.api.queries import PeriodQuery, TierQuery
from hospitals.api.serializers import DepartmentPageSerializer, DoctorPageSerializer
from hospitals.api.views import PublicView, today_at
from hospitals.models import Hospital
from hospitals.selectors.departments import active_doctors, doctors_of, open_department
from hospitals.selectors.schedule import department_days, sessions_between, with_openings


class SchedulePage(PublicView):
    pagination_class = None

    def period(self, hospital: Hospital, now: Any) -> dict[str, Any]:
        return self.query(PeriodQuery, today=today_at(hospital, now))

    def offered(self, period: dict[str, Any], now: Any, **whose: int) -> Any:
        sessions = sessions_between(first=period["first"], last=period["last"], now=now, **whose)
        return with_openings(sessions, now=now, tier=self.query(TierQuery)["tier"])


class DoctorPageView(SchedulePage):
    serializer_class = DoctorPageSerializer

    @extend_schema(summary="医生页", parameters=[PeriodQuery, TierQuery], responses=DoctorPageSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """A doctor, the hospital, and the sessions of a week from today, or of `from` … `to`."""
        now = timezone.now()
        doctor = get_object_or_404(active_doctors(now=now), pk=pk)
        sessions = self.offered(self.period(doctor.hospital, now), now, doctor_id=doctor.pk)
        page = {"doctor": doctor, "hospital": doctor.hospital, "sessions": sessions}
        return Response(DoctorPageSerializer(page).data)


class DepartmentPageView(SchedulePage):
    serializer_class = DepartmentPageSerializer

    @extend_schema(summary="科室页", parameters=[PeriodQuery, TierQuery], responses=DepartmentPageSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """A department, its hospital, its days with the best state of each, its doctors, and the sessions of the same days."""
        now = timezone.now()
        department = open_department(pk)
        if department is None:
            raise Http404
        period = self.period(department.hospital, now)
        days = (period["last"] - period["first"]).days + 1
        page = {
            "department": department,
            "hospital": department.hospital,
            "days": department_days(department, first=period["first"], days=days, now=now),
            "doctors": doctors_of(department.hospital, now=now, department_id=department.pk),
            "sessions": self.offered(period, now, department_id=department.pk),
        }
        return Response(DepartmentPageSerializer(page).data)
