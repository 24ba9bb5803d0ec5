"""The forecasts (预约量预测): a hospital's or department's days to come, how far they can be trusted, and what they suggest."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import Refusal
from booking.admin.read_only import RecordAdmin
from capacity import forecast_charts as charts
from capacity.admin.own_hospitals import chosen_hospital, own_hospitals
from capacity.models import ForecastSeries, SessionSuggestion
from capacity.selectors.forecast_report import ForecastReport
from capacity.services.suggestions import dismiss_suggestion
from hospitals.admin.scoped import SCHEDULING_ROLES
from hospitals.admin.sentences import refusal_sentence
from hospitals.models import Hospital
from hospitals.reports.exports import csv_file
from hospitals.reports.tables import Table

PAGE = "admin:capacity_forecastseries_changelist"


@admin.register(ForecastSeries)
class ForecastSeriesAdmin(RecordAdmin):
    """The list is the page itself: one series with its plot, all of them with their errors below."""

    view_roles = SCHEDULING_ROLES
    change_roles = SCHEDULING_ROLES

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("export.csv", wrap(require_safe(self.csv_view)), name="capacity_forecastseries_csv"),
            path(
                "suggestions/<int:suggestion_id>/dismiss/",
                wrap(require_POST(self.dismiss_view)),
                name="capacity_forecastseries_dismiss",
            ),
            path("", wrap(self.changelist_view), name="capacity_forecastseries_changelist"),
        ]

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        asked = self._asked(request)
        context = {
            **self.admin_site.each_context(request),
            "title": "预约量预测",
            "opts": self.opts,
            **(_page(*asked) if asked else {}),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/capacity/forecasts.html", context)

    def csv_view(self, request: HttpRequest) -> HttpResponse:
        """One of the tables: the days of a series, or the errors of all."""
        wanted = request.GET.get("table", "")
        if wanted not in ("days", "series"):
            return HttpResponseBadRequest("没有这张表。", content_type="text/plain; charset=utf-8")
        asked = self._asked(request)
        if asked is None or asked[1].series is None:
            raise Http404
        report = asked[1]
        table = _days(report) if wanted == "days" else charts.series_table(report.all_series)
        name = f"预约量预测-{report.hospital.code}-{table.title}.csv"
        header = content_disposition_header(as_attachment=True, filename=name) or "attachment"
        return HttpResponse(csv_file(table), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": header})

    def dismiss_view(self, request: HttpRequest, suggestion_id: int) -> HttpResponse:
        """Say no more of one department's week."""
        found = SessionSuggestion.objects.filter(pk=suggestion_id).first()
        if not self.has_role(request, SCHEDULING_ROLES, None) or (
            found is not None and not self.has_role(request, SCHEDULING_ROLES, found)
        ):
            raise Http404
        try:
            suggestion = dismiss_suggestion(
                suggestion_id=suggestion_id, hospital_id=found.hospital_id if found else 0, now=timezone.now()
            )
        except Refusal as refusal:
            self.message_user(request, refusal_sentence(refusal), messages.ERROR)
            return HttpResponseRedirect(reverse(PAGE))
        self.message_user(request, f"{suggestion.department.name} {suggestion.week:%m-%d} 那一周不再提示。", messages.SUCCESS)
        return HttpResponseRedirect(f"{reverse(PAGE)}?{urlencode({'hospital': suggestion.hospital_id})}#suggestions")

    def _asked(self, request: HttpRequest) -> tuple[list[Hospital], ForecastReport] | None:
        """None where there is no hospital yet. Raises Http404 for a hospital or department that is not the person's."""
        if not self.has_view_permission(request):
            raise Http404
        mine = own_hospitals(request, self.view_roles)
        if not mine:
            return None
        hospital = chosen_hospital(mine, request.GET.get("hospital", ""))
        wanted = request.GET.get("department", "")
        series = ForecastSeries.objects.filter(hospital=hospital).select_related("department")
        if not wanted:
            return mine, ForecastReport(hospital, series.filter(department__isnull=True).first())
        chosen = next((each for each in series if str(each.department_id) == wanted), None)
        if chosen is None:
            raise Http404
        return mine, ForecastReport(hospital, chosen)


def _days(report: ForecastReport) -> Table:
    assert report.series is not None
    return charts.day_table(report.series, report.days)


def _page(hospitals: list[Hospital], report: ForecastReport) -> dict[str, Any]:
    context: dict[str, Any] = {"hospitals": hospitals, "report": report}
    if report.series is None:
        return context
    chosen = {"hospital": report.hospital.pk}
    chosen |= {"department": report.series.department_id} if report.series.department_id else {}
    return context | {
        "address": urlencode(chosen),
        "name": charts.series_name(report.series),
        "model": charts.model_name(report.series),
        "figures": charts.figures(report.series, report.days),
        "chart": charts.forecast_chart(report.series, report.days),
        "model_table": charts.model_table(report.series),
        "effect_table": charts.effect_table(report.series),
        "series_table": charts.series_table(report.all_series),
        "suggestions": [(each, charts.suggestion_sentence(each)) for each in report.suggestions],
        "error_note": charts.ERROR_NOTE,
    }
