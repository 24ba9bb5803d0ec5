"""The page 候诊预估: whether what patients were told of their wait held, and what the forecast has learnt; as CSV too."""

from collections.abc import Callable
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
from booking.models import WaitCalibration
from capacity import waiting_charts
from capacity.admin.own_hospitals import chosen_hospital, own_hospitals
from capacity.selectors.wait_quality import WaitQuality, wait_quality
from hospitals.admin.scoped import EVERY_ROLE
from hospitals.models import Hospital
from hospitals.reports.exports import csv_file
from hospitals.reports.tables import Table

TABLES: dict[str, Callable[[WaitQuality], Table]] = {
    "calibrations": waiting_charts.calibration_table,
    "departments": waiting_charts.department_table,
    "paces": waiting_charts.pace_table,
}


@admin.register(WaitCalibration)
class WaitCalibrationAdmin(RecordAdmin):
    """The list is the page itself: a row alone says nothing that its plots do not."""

    change_roles = EVERY_ROLE

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("export.csv", wrap(require_safe(self.csv_view)), name="booking_waitcalibration_csv"),
            path("", wrap(self.changelist_view), name="booking_waitcalibration_changelist"),
        ]

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        hospitals, found = self._asked(request)
        context = {
            **self.admin_site.each_context(request),
            "title": "候诊预估",
            "opts": self.opts,
            "hospitals": hospitals,
            "found": found,
            **(_page(found) if found else {}),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/capacity/waiting.html", context)

    def csv_view(self, request: HttpRequest) -> HttpResponse:
        make = TABLES.get(request.GET.get("table", ""))
        if make is None:
            return HttpResponseBadRequest("没有这张表。", content_type="text/plain; charset=utf-8")
        _, found = self._asked(request)
        if found is None:
            raise Http404
        table = make(found)
        name = f"候诊预估-{found.hospital.code}-{table.title}.csv"
        header = content_disposition_header(as_attachment=True, filename=name) or "attachment"
        return HttpResponse(csv_file(table), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": header})

    def _asked(self, request: HttpRequest) -> tuple[list[Hospital], WaitQuality | None]:
        """The person's hospitals, and the chosen one's forecasts. Raises Http404 for a hospital that is not the person's."""
        if not self.has_view_permission(request):
            raise Http404
        mine = own_hospitals(request, self.view_roles)
        if not mine:
            return mine, None
        hospital = chosen_hospital(mine, request.GET.get("hospital", ""))
        return mine, wait_quality(hospital=hospital, now=timezone.now())


def _page(found: WaitQuality) -> dict[str, Any]:
    return {
        "figures": waiting_charts.figures(found),
        "charts": waiting_charts.quality_charts(found),
        "calibration_table": TABLES["calibrations"](found),
        "calibration_note": waiting_charts.CALIBRATION_NOTE,
        "month_note": waiting_charts.MONTH_NOTE,
        "department_table": TABLES["departments"](found),
        "pace_table": TABLES["paces"](found),
    }
