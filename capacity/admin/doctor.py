"""One doctor's page (医生号源分析): what a clinic's quotas rest on, what they lead to, what came; as Excel and CSV too."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from booking.admin.read_only import RecordAdmin
from capacity import doctor_charts, doctor_tables
from capacity.admin.clinic_choice import ClinicChoice, read_choice
from capacity.admin.own_hospitals import own_hospitals
from capacity.models import ClinicAnalysis
from capacity.selectors.clinic_report import SWEPT_AT_ONCE, ClinicReport
from hospitals.admin.scoped import EVERY_ROLE
from hospitals.reports.charts import Chart
from hospitals.reports.exports import csv_file, workbook
from hospitals.reports.tables import Table

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

TABLES: dict[str, Callable[[ClinicReport], Table]] = {
    "options": doctor_tables.option_table,
    "surface": doctor_tables.surface_table,
    "inputs": doctor_tables.input_table,
    "coming": doctor_tables.coming_table,
    "past": doctor_tables.past_table,
}
SWEEPS = tuple(f"sweep-{parameter.replace('_', '-')}" for parameter in doctor_charts.SWEPT)


@dataclass(frozen=True, slots=True)
class Asked:
    choice: ClinicChoice
    report: ClinicReport | None
    wants_sweeps: bool

    @property
    def draws_sweeps(self) -> bool:
        """At once where they take a fraction of a second, else when they are asked for."""
        problem = self.report.problem if self.report else None
        return problem is not None and (self.wants_sweeps or problem.terms.rated <= SWEPT_AT_ONCE)


@admin.register(ClinicAnalysis)
class ClinicAnalysisAdmin(RecordAdmin):
    """The list is the page itself."""

    change_roles = EVERY_ROLE

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        page = wrap(self.changelist_view)
        return [
            path("export.xlsx", wrap(require_safe(self.excel_view)), name="capacity_clinicanalysis_excel"),
            path("export.csv", wrap(require_safe(self.csv_view)), name="capacity_clinicanalysis_csv"),
            path("", page, name="capacity_clinicanalysis_changelist"),
        ]

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        asked = self._asked(request)
        context = {
            **self.admin_site.each_context(request),
            "title": "医生号源分析",
            "opts": self.opts,
            "asked": asked,
            **(_page(asked) if asked else {}),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/capacity/doctor.html", context)

    def excel_view(self, request: HttpRequest) -> HttpResponse:
        """All tables in one workbook, the whole surface among them."""
        report = self._report(request)
        tables = [make(report) for make in TABLES.values()] + doctor_tables.sweep_tables(report)
        return _download(workbook(tables, about=_about(report)), XLSX, f"{_file_name(report)}.xlsx")

    def csv_view(self, request: HttpRequest) -> HttpResponse:
        """One of the tables."""
        key = request.GET.get("table", "")
        if key not in TABLES and key not in SWEEPS:
            return HttpResponseBadRequest("没有这张表。", content_type="text/plain; charset=utf-8")
        report = self._report(request)
        tables = [TABLES[key](report)] if key in TABLES else doctor_tables.sweep_tables(report)
        table = next((table for table in tables if table.key == key), None)
        if table is None:
            raise Http404
        return _download(csv_file(table), "text/csv; charset=utf-8", f"{_file_name(report)}-{table.title}.csv")

    def _report(self, request: HttpRequest) -> ClinicReport:
        asked = self._asked(request)
        if asked is None or asked.report is None:
            raise Http404
        return asked.report

    def _asked(self, request: HttpRequest) -> Asked | None:
        """None where there is no hospital yet. Raises Http404 for what is not of the person's hospitals."""
        if not self.has_view_permission(request):
            raise Http404
        mine = own_hospitals(request, self.view_roles)
        if not mine:
            return None
        now = timezone.now()
        choice = read_choice(request.GET, hospitals=mine, now=now)
        report = ClinicReport(choice.clinic, now, choice.plan) if choice.clinic else None
        return Asked(choice, report, wants_sweeps=request.GET.get("sweeps") == "1")


def _page(asked: Asked) -> dict[str, Any]:
    report = asked.report
    if report is None:
        return {}
    made = {key: make(report) for key, make in TABLES.items() if key != "surface"}
    return {
        "report": report,
        "figures": doctor_charts.headline(report),
        "charts": _charts(report),
        "sweeps": _sweep_charts(report) if asked.draws_sweeps else [],
        "tables": made,
        "coming_rows": list(zip(made["coming"].written_rows(), report.coming, strict=True)),
    }


def _charts(report: ClinicReport) -> dict[str, Chart]:
    """By the name under which the page shows them; what there are no numbers for is left out."""
    charts: dict[str, Chart] = {}
    if report.problem is not None and report.result is not None and report.demand is not None:
        charts["surface"] = doctor_charts.surface_chart(report.result, report.problem, report.in_force)
        charts["demand"] = doctor_charts.demand_chart(report.demand, report.problem, report.result)
    if report.comparisons:
        charts["past"] = doctor_charts.comparison_chart(report.comparisons)
    return charts


def _sweep_charts(report: ClinicReport) -> list[Chart]:
    problem = report.problem
    return [doctor_charts.sweep_chart(sweep, problem) for sweep in report.sweeps.values()] if problem else []


def _about(report: ClinicReport) -> list[tuple[str, str]]:
    plan = report.plan
    until = report.inputs.history_until if report.inputs else None
    return [
        ("医院", report.clinic.department.hospital.name),
        ("科室", report.clinic.department.name),
        ("门诊", str(report.clinic)),
        ("导出日期", f"{report.today:%Y-%m-%d}"),
        ("依据的方案", f"{plan.session}，{plan.get_status_display()}" if plan else "还没有方案"),
        ("历史截至", f"{until:%Y-%m-%d}" if until else "没有历史记录，按文献中的默认值"),
        ("目标值 R", "预计就诊人数 − β × 预计超负荷人数；N1 为预约号，NA 为加号，N 为额定号源。"),
    ]


def _file_name(report: ClinicReport) -> str:
    return f"医生号源分析-{report.clinic.who}-{report.clinic.place.name}"


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    header = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": header})
