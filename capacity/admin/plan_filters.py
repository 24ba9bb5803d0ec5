"""How the list of plans is narrowed: without a choice it shows what counts now, of the sessions to come."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date

from capacity.models import CapacityPlan, PlanStatus
from hospitals.admin.scoped import EVERY_ROLE, hospitals_with_role, is_platform_operator
from hospitals.models import Doctor

Plans = QuerySet[CapacityPlan]
CURRENT = (PlanStatus.PROPOSED, PlanStatus.APPLIED)
# More names than this are no choice, but a search.
MOST_DOCTORS = 60


class StatusFilter(admin.SimpleListFilter):
    """Plans that wait or are in force, unless others are asked for."""

    title = "状态"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*((str(status), str(status.label)) for status in PlanStatus), ("all", "全部")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield first | {"display": "待审批与已生效"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: Plans) -> Plans:
        value = self.value()
        if value == "all":
            return queryset
        return queryset.filter(status__in=[value] if value in PlanStatus.values else CURRENT)


class VisitDateFilter(admin.ListFilter):
    """From one day to another, both included; without a choice from today on."""

    title = "就诊日期"
    template = "admin/capacity/visit_date_filter.html"
    first_name, last_name = "from", "to"

    def __init__(self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in (self.first_name, self.last_name):
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]
        self.today = timezone.localdate()
        self.errors: list[str] = []
        self.first = self._day(self.first_name)
        self.last = self._day(self.last_name)
        self.hidden: list[tuple[str, str]] = []

    def expected_parameters(self) -> list[str | None]:
        return [self.first_name, self.last_name]

    def has_output(self) -> bool:
        return True

    @property
    def is_chosen(self) -> bool:
        return bool(self.used_parameters)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """The spans that are asked for most; the form beside them keeps the other filters."""
        kept = changelist.get_query_string(remove=[self.first_name, self.last_name, "p"])
        self.hidden = parse_qsl(kept.removeprefix("?"))
        yield {
            "selected": not self.is_chosen,
            "query_string": changelist.get_query_string(remove=[self.first_name, self.last_name]),
            "display": "今天起",
        }
        for name, first, last in self._spans():
            chosen = {self.first_name: first.isoformat(), self.last_name: last.isoformat()}
            yield {
                "selected": (self.first, self.last) == (first, last),
                "query_string": changelist.get_query_string(chosen),
                "display": name,
            }

    def queryset(self, request: HttpRequest, queryset: Plans) -> Plans:
        if not self.is_chosen:
            return queryset.filter(session__visit_date__gte=self.today)
        if self.first:
            queryset = queryset.filter(session__visit_date__gte=self.first)
        return queryset.filter(session__visit_date__lte=self.last) if self.last else queryset

    def _spans(self) -> list[tuple[str, date, date]]:
        monday = self.today - timedelta(days=self.today.weekday())
        return [
            ("本周", monday, monday + timedelta(days=6)),
            ("下周", monday + timedelta(days=7), monday + timedelta(days=13)),
            ("未来四周", self.today, self.today + timedelta(days=27)),
            ("过去四周", self.today - timedelta(days=28), self.today - timedelta(days=1)),
        ]

    def _day(self, name: str) -> date | None:
        text = str(self.used_parameters.get(name) or "")
        try:
            day = parse_date(text) if text else None
        except ValueError:
            day = None
        if text and day is None:
            self.errors.append(f"“{text[:20]}”不是日期，请写成 2026-01-31。")
        return day


class DoctorFilter(admin.SimpleListFilter):
    """Doctors of the chosen department, or all where they are few."""

    title = "医生"
    parameter_name = "doctor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        doctors = Doctor.objects.filter(is_active=True).order_by("name", "pk")
        if not is_platform_operator(request):
            doctors = doctors.filter(hospital__in=hospitals_with_role(request, EVERY_ROLE))
        for name in ("hospital__id__exact", "session__department__id__exact"):
            chosen = request.GET.get(name, "")
            if chosen.isdigit():
                doctors = doctors.filter(**{"hospital" if name.startswith("h") else "department": int(chosen[:18])})
        found = list(doctors.values_list("pk", "name")[: MOST_DOCTORS + 1])
        chosen = request.GET.get(self.parameter_name, "")
        if len(found) > MOST_DOCTORS:
            found = list(Doctor.objects.filter(pk=int(chosen[:18])).values_list("pk", "name")) if chosen.isdigit() else []
        return [(str(key), name) for key, name in found]

    def queryset(self, request: HttpRequest, queryset: Plans) -> Plans:
        value = self.value() or ""
        return queryset.filter(session__doctor=int(value[:18])) if value.isdigit() else queryset
