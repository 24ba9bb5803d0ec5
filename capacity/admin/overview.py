"""The overview for the clinic office (号源总览): the week ahead by department, and the way to everything else of capacity."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from booking.admin.read_only import RecordAdmin
from capacity import overview_charts
from capacity.admin.own_hospitals import chosen_hospital, own_hospitals
from capacity.models import CapacityOverview
from capacity.selectors.overview import DAYS, Overview
from hospitals.admin.scoped import EVERY_ROLE
from hospitals.models import Hospital
from hospitals.reports.exports import csv_file

# Sessions are laid out and kept for years, not for centuries.
MOST_DAYS_AWAY = 3660
# Pages of other apps that tell of the same clinics.
ALSO = ("WaitCalibration",)


@dataclass(frozen=True, slots=True)
class Asked:
    hospitals: list[Hospital]
    overview: Overview
    today: date

    def address(self, first: date) -> str:
        return urlencode({"hospital": self.overview.hospital.pk, "from": first.isoformat()})

    @property
    def here(self) -> str:
        return self.address(self.overview.first)

    @property
    def before(self) -> str:
        return self.address(self.overview.first - timedelta(days=DAYS))

    @property
    def after(self) -> str:
        return self.address(self.overview.first + timedelta(days=DAYS))


@admin.register(CapacityOverview)
class CapacityOverviewAdmin(RecordAdmin):
    """The list is the page itself."""

    change_roles = EVERY_ROLE

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("export.csv", wrap(require_safe(self.csv_view)), name="capacity_capacityoverview_csv"),
            path("", wrap(self.changelist_view), name="capacity_capacityoverview_changelist"),
        ]

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        asked = self._asked(request)
        context = {
            **self.admin_site.each_context(request),
            "title": "号源总览",
            "opts": self.opts,
            "asked": asked,
            "pages": self._pages(request),
            **(_page(asked) if asked else {}),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/capacity/overview.html", context)

    def csv_view(self, request: HttpRequest) -> HttpResponse:
        asked = self._asked(request)
        if asked is None:
            raise Http404
        overview = asked.overview
        name = f"号源总览-{overview.hospital.code}-{overview.first:%Y%m%d}.csv"
        header = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
        content = csv_file(overview_charts.department_table(overview))
        return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=header)

    def _asked(self, request: HttpRequest) -> Asked | None:
        """None where there is no hospital yet. Raises Http404 for what is not of the person's hospitals, or no day."""
        if not self.has_view_permission(request):
            raise Http404
        hospitals = own_hospitals(request, self.view_roles)
        if not hospitals:
            return None
        hospital = chosen_hospital(hospitals, request.GET.get("hospital", ""))
        today = timezone.now().astimezone(hospital.zone).date()
        first = _day(request.GET.get("from", ""), today)
        return Asked(hospitals, Overview(hospital, first), today)

    def _pages(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Address and name of what else of capacity the person may look at, and of what belongs to it elsewhere."""
        apps = {app["app_label"]: app["models"] for app in self.admin_site.get_app_list(request)}
        ours = [one for one in apps.pop(self.opts.app_label, []) if one["model"] is not CapacityOverview]
        also = [one for models in apps.values() for one in models if one["object_name"] in ALSO]
        return [(one["admin_url"], one["name"]) for one in ours + also if one["admin_url"]]


def _day(text: str, today: date) -> date:
    """Today where none is named."""
    if not text:
        return today
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or abs((day - today).days) > MOST_DAYS_AWAY:
        raise Http404
    return day


def _page(asked: Asked) -> dict[str, Any]:
    overview = asked.overview
    plans = reverse("admin:capacity_capacityplan_changelist")
    week = {"from": overview.first.isoformat(), "to": overview.last.isoformat()}
    table = overview_charts.department_table(overview)
    links = [f"{plans}?{urlencode(week | {'session__department__id__exact': one.department_id})}" for one in overview.departments]
    # The hospital's own line, last, has no page of one department.
    links += [""] * (len(table.rows) - len(links))
    return {
        "overview": overview,
        "figures": overview_charts.headline(overview),
        "table": table,
        "rows": list(zip(table.written_rows(), links, strict=True)),
        "day_chart": overview_charts.day_chart(overview) if overview.total.sessions else None,
        "turned_away_chart": overview_charts.turned_away_chart(overview),
        "waiting_address": f"{plans}?{urlencode(week | {'status': 'proposed'})}",
        "suggestions": overview_charts.suggestion_sentences(overview.suggestions),
    }
