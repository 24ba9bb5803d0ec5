"""Looking back (方案回顾): what was expected of the plans, what came, and whose plans are off."""

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
from capacity import looking_back_charts as charts
from capacity.admin.looking_back_form import LookingBackForm
from capacity.admin.own_hospitals import chosen_hospital, own_hospitals
from capacity.models import SessionComparison
from capacity.selectors.drifts import DRIFT_NOTE
from capacity.selectors.looking_back import LookingBack
from hospitals.admin.scoped import SCHEDULING_ROLES
from hospitals.models import Hospital
from hospitals.reports.exports import csv_file
from hospitals.reports.tables import Table


@admin.register(SessionComparison)
class SessionComparisonAdmin(RecordAdmin):
    """The list is the page itself; single sessions are in its file."""

    # How a doctor's sessions went is not the desk's business.
    view_roles = SCHEDULING_ROLES
    change_roles = SCHEDULING_ROLES

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("export.csv", wrap(require_safe(self.csv_view)), name="capacity_sessioncomparison_csv"),
            path("", wrap(self.changelist_view), name="capacity_sessioncomparison_changelist"),
        ]

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        asked = self._asked(request)
        context = {
            **self.admin_site.each_context(request),
            "title": "方案回顾",
            "opts": self.opts,
            **(_page(*asked) if asked else {}),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/capacity/looking_back.html", context)

    def csv_view(self, request: HttpRequest) -> HttpResponse:
        """One of the tables: months, doctors or sessions."""
        make = TABLES.get(request.GET.get("table", ""))
        if make is None:
            return HttpResponseBadRequest("没有这张表。", content_type="text/plain; charset=utf-8")
        asked = self._asked(request)
        if asked is None:
            raise Http404
        _, report, form = asked
        if not form.is_valid():
            return HttpResponseBadRequest("\n".join(form.sentences), content_type="text/plain; charset=utf-8")
        table = make(report)
        name = f"方案回顾-{report.hospital.code}-{report.first:%Y%m}-{report.last:%Y%m}-{table.title}.csv"
        header = content_disposition_header(as_attachment=True, filename=name) or "attachment"
        return HttpResponse(csv_file(table), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": header})

    def _asked(self, request: HttpRequest) -> tuple[list[Hospital], LookingBack, LookingBackForm] | None:
        """None where there is no hospital yet. Raises Http404 for a hospital that is not the person's."""
        if not self.has_view_permission(request):
            raise Http404
        mine = own_hospitals(request, self.view_roles)
        if not mine:
            return None
        hospital = chosen_hospital(mine, request.GET.get("hospital", ""))
        today = timezone.now().astimezone(hospital.zone).date()
        form = LookingBackForm(request.GET, hospital=hospital, today=today)
        span = form.span
        report = LookingBack(hospital, span.first, span.last, today, span.department, span.doctor)
        return mine, report, form


def _sessions(report: LookingBack) -> Table:
    return charts.session_table(report.comparisons().select_related("department", "doctor").order_by("visit_date", "pk"))


TABLES = {"months": charts.month_table, "doctors": charts.doctor_table, "sessions": _sessions}


def _page(hospitals: list[Hospital], report: LookingBack, form: LookingBackForm) -> dict[str, Any]:
    drifting = [
        (department, doctor, drift.sentence) for department, doctor, _, drift in report.doctors if drift and drift.is_warning
    ]
    return {
        "hospitals": hospitals,
        "report": report,
        "form": form,
        "address": _address(report),
        "figures": charts.headline(report),
        "charts": charts.charts(report),
        "difference_chart": charts.difference_chart(report),
        "doctor_table": charts.doctor_table(report),
        "drifting": drifting,
        "drift_note": DRIFT_NOTE,
        "margin_note": charts.MARGIN_NOTE,
        "without_plan": report.without_plan,
    }


def _address(report: LookingBack) -> str:
    """The same choice as the query of an address."""
    chosen: dict[str, Any] = {
        "hospital": report.hospital.pk,
        "first": f"{report.first:%Y-%m}",
        "last": f"{report.last:%Y-%m}",
    }
    chosen |= {"department": report.department.pk} if report.department else {}
    return urlencode(chosen | ({"doctor": report.doctor.pk} if report.doctor else {}))
