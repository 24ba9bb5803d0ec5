"""The page of the indicators (履约指标): months, departments, doctors, suggestions and the benchmark; as Excel and CSV too."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from booking.admin.read_only import RecordAdmin
from hospitals.admin.scoped import SCHEDULING_ROLES, hospitals_with_role, is_platform_operator
from hospitals.models import Hospital
from hospitals.reports.exports import csv_file, workbook
from hospitals.reports.tables import Column, Table
from scoring import indicator_charts, tables
from scoring.admin.indicator_form import IndicatorForm
from scoring.models import MonthlyIndicator
from scoring.selectors.benchmark import LEAST_HOSPITALS
from scoring.selectors.indicators import months_on_record
from scoring.selectors.report import Report

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

TABLES: dict[str, Callable[[Report], Table]] = {
    "months": lambda report: tables.month_table(report.months, report.by_month),
    "departments": lambda report: tables.department_table(
        report.departments, only=report.department.pk if report.department else None
    ),
    "doctors": lambda report: tables.doctor_table(report.doctors),
    "suggestions": lambda report: tables.suggestion_table(report.suggestions),
    "benchmark": lambda report: tables.benchmark_table(report.benchmark, report.hospital_by_month),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request is about."""

    hospitals: list[Hospital]
    report: Report
    form: IndicatorForm

    @property
    def address(self) -> str:
        """The same choice as the query of an address."""
        chosen: dict[str, Any] = {
            "hospital": self.report.hospital.pk,
            "first": f"{self.report.first:%Y-%m}",
            "last": f"{self.report.last:%Y-%m}",
        }
        if self.report.department:
            chosen["department"] = self.report.department.pk
        return urlencode(chosen)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading: what choosing it sorts by, and how the table is sorted now."""

    column: Column
    sort: str
    arrow: str

    @classmethod
    def of(cls, column: Column, *, sort: str) -> "Heading":
        """The largest first; chosen again, the smallest first."""
        if not column.sort:
            return cls(column, "", "")
        if sort == f"-{column.sort}":
            return cls(column, column.sort, " ▼")
        return cls(column, f"-{column.sort}", " ▲" if sort == column.sort else "")


@admin.register(MonthlyIndicator)
class MonthlyIndicatorAdmin(RecordAdmin):
    """The list is the page itself: single rows say nothing that its tables do not."""

    # A doctor's record is not the desk's business.
    view_roles = SCHEDULING_ROLES
    change_roles = SCHEDULING_ROLES
    list_select_related = ["hospital", "department", "doctor"]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("export.xlsx", wrap(require_safe(self.excel_view)), name="scoring_monthlyindicator_excel"),
            path("export.csv", wrap(require_safe(self.csv_view)), name="scoring_monthlyindicator_csv"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        asked = self._asked(request)
        context = {
            **self.admin_site.each_context(request),
            "title": "履约指标",
            "opts": self.opts,
            **(_page(asked, sort=request.GET.get("sort", "")) if asked else {}),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/scoring/indicators.html", context)

    def excel_view(self, request: HttpRequest) -> HttpResponse:
        """All tables in one workbook."""
        asked = self._asked_properly(request)
        if isinstance(asked, HttpResponse):
            return asked
        made = [make(asked.report) for make in TABLES.values()]
        return _download(workbook(made, about=_about(asked.report)), XLSX, f"{_file_name(asked.report)}.xlsx")

    def csv_view(self, request: HttpRequest) -> HttpResponse:
        """One of the tables."""
        make = TABLES.get(request.GET.get("table", ""))
        if make is None:
            return HttpResponseBadRequest("没有这张表。", content_type="text/plain; charset=utf-8")
        asked = self._asked_properly(request)
        if isinstance(asked, HttpResponse):
            return asked
        table = make(asked.report)
        return _download(csv_file(table), "text/csv; charset=utf-8", f"{_file_name(asked.report)}-{table.title}.csv")

    def _asked(self, request: HttpRequest) -> Asked | None:
        """None where there is no hospital yet. Raises Http404 for a hospital that is not the person's."""
        if not self.has_view_permission(request):
            raise Http404
        hospitals = Hospital.objects.order_by("name", "pk")
        if not is_platform_operator(request):
            hospitals = hospitals.filter(pk__in=hospitals_with_role(request, self.view_roles))
        mine = list(hospitals)
        if not mine:
            return None
        hospital = _chosen(mine, request.GET.get("hospital", ""))
        today = timezone.now().astimezone(hospital.zone).date()
        record = months_on_record(hospital_id=hospital.pk)
        form = IndicatorForm(request.GET, hospital=hospital, today=today, earliest=record[0] if record else None)
        return Asked(mine, Report(hospital=hospital, today=today, **form.chosen), form)

    def _asked_properly(self, request: HttpRequest) -> Asked | HttpResponse:
        """For a download, which cannot say beside the numbers what was wrong with the question."""
        asked = self._asked(request)
        if asked is None:
            raise Http404
        if not asked.form.is_valid():
            return HttpResponseBadRequest("\n".join(asked.form.sentences), content_type="text/plain; charset=utf-8")
        return asked


def _chosen(hospitals: list[Hospital], wanted: str) -> Hospital:
    if not wanted:
        return hospitals[0]
    for hospital in hospitals:
        if str(hospital.pk) == wanted:
            return hospital
    raise Http404


def _page(asked: Asked, *, sort: str) -> dict[str, Any]:
    report = asked.report
    return {
        "hospitals": asked.hospitals,
        "report": report,
        "form": asked.form,
        "address": asked.address,
        "figures": indicator_charts.headline(report),
        "trends": indicator_charts.trends(report),
        "department_table": TABLES["departments"](report),
        "doctor_headings": [Heading.of(column, sort=sort) for column in tables.DOCTOR_COLUMNS],
        "doctor_table": tables.doctor_table(report.doctors, sort=sort),
        "least_hospitals": LEAST_HOSPITALS,
        "assessment_note": indicator_charts.ASSESSMENT_NOTE,
        "suggestion_note": indicator_charts.SUGGESTION_NOTE,
        "benchmark_note": indicator_charts.BENCHMARK_NOTE,
        "benchmark_table": _last_month(TABLES["benchmark"](report), report),
        "benchmark_charts": indicator_charts.benchmark(report),
    }


def _last_month(table: Table, report: Report) -> Table:
    """On the page the plots say the rest."""
    last = report.benchmark.last_month
    kept = tuple(row for row in table.rows if last and row[1] == f"{last:%Y-%m}")
    return Table(table.key, table.title, table.columns, kept)


def _about(report: Report) -> list[tuple[str, str]]:
    return [
        ("医院", report.hospital.name),
        ("科室", report.department.name if report.department else "全部科室"),
        ("月份", f"{report.first:%Y-%m} 至 {report.last:%Y-%m}"),
        ("导出日期", f"{report.today:%Y-%m-%d}"),
        ("口径", "按就诊日期所在月份统计已结束的预约；作废的不计入总数；改约的只按最后一次计。比率 = 次数 ÷ 总预约次数。"),
        ("医生考核", indicator_charts.ASSESSMENT_NOTE),
        ("排班建议", indicator_charts.SUGGESTION_NOTE),
        ("行业对标", indicator_charts.BENCHMARK_NOTE),
    ]


def _file_name(report: Report) -> str:
    return f"履约指标-{report.hospital.code}-{report.first:%Y%m}-{report.last:%Y%m}"


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response
