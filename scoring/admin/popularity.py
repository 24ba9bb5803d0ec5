"""How wanted the hospital's sessions are: a heat map of the week, the reasons, and the way to the template that pins them."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString

from booking.admin.read_only import RecordAdmin
from hospitals.admin.scoped import SCHEDULING_ROLES
from hospitals.models import HotPin, Period, WeeklyTemplate
from hospitals.reports.charts import Chart
from hospitals.reports.exports import csv_file
from hospitals.reports.tables import Column, Table
from scoring.models import Popularity
from scoring.popularity_charts import HeatCell, heat_map
from scoring.services.policies import policy_in_force

COLUMNS = (
    Column("科室", "text"),
    Column("医生", "text"),
    Column("星期", "text"),
    Column("午别", "text"),
    Column("统计班次", "count"),
    Column("约满班次", "count"),
    Column("约满率", "share"),
    Column("约满用时（小时）", "number"),
    Column("约满被拒人次", "count"),
    Column("自动判定", "text"),
    Column("判定依据", "text"),
    Column("截至日期", "text"),
)


@admin.register(Popularity)
class PopularityAdmin(RecordAdmin):
    # Whose doctors are wanted is for those who make the schedule.
    view_roles = SCHEDULING_ROLES
    change_roles = SCHEDULING_ROLES
    change_list_template = "admin/scoring/popularity_list.html"
    list_display = ["who", "when", "hospital", "heat", "pin", "fill_percent", "sold_out", "sell_out", "turned_away"]
    list_filter = ["is_hot", "hospital", "department", "weekday", "period"]
    list_select_related = ["hospital", "department", "doctor"]
    search_fields = ["doctor__name", "doctor__code", "department__name"]
    search_help_text = "按医生姓名、工号或科室查找"
    list_per_page = 100
    fieldsets = [
        (None, {"fields": ["hospital", "department", "doctor", "weekday", "period", "heat", "reason", "pin"]}),
        ("统计", {"fields": ["sessions", "sold_out_sessions", "fill_percent", "sell_out", "refused", "as_of"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.csv_view)
        return [path("export.csv", view, name="scoring_popularity_csv"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Popularity]:
        """With the template of the same place that came last, and what staff say there."""
        template = (
            WeeklyTemplate.objects.alias(whose=Coalesce("doctor_id", 0))
            .filter(department=OuterRef("department"), weekday=OuterRef("weekday"), period=OuterRef("period"), is_active=True)
            .filter(whose=Coalesce(OuterRef("doctor_id"), 0))
            .order_by("-pk")
        )
        queryset: QuerySet[Popularity] = super().get_queryset(request)
        return queryset.annotate(
            template_id=Subquery(template.values("pk")[:1]), hot_pin=Subquery(template.values("hot_pin")[:1])
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if isinstance(response, TemplateResponse) and "cl" in shown:
            shown["chart"] = _chart(list(shown["cl"].queryset))
            shown["csv_address"] = f"{reverse('admin:scoring_popularity_csv')}?{urlencode(request.GET, doseq=True)}"
        return response

    def csv_view(self, request: HttpRequest) -> HttpResponse:
        """The list as it is filtered, whole."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_changelist_instance(request).queryset
        table = Table("popularity", "号源热度", COLUMNS, tuple(map(_row, rows)))
        name = f"popularity-{timezone.localdate():%Y%m%d}.csv"
        header = {"Content-Disposition": content_disposition_header(True, name) or ""}
        return HttpResponse(csv_file(table), content_type="text/csv; charset=utf-8", headers=header)

    @admin.display(description="医生", ordering="doctor__name")
    def who(self, row: Popularity) -> str:
        return _who(row) if row.doctor is None else f"{row.doctor.name} · {row.department.name}"

    @admin.display(description="时间", ordering="weekday")
    def when(self, row: Popularity) -> str:
        return f"{row.get_weekday_display()}{row.get_period_display()}"

    @admin.display(description="自动判定", ordering="is_hot")
    def heat(self, row: Popularity) -> str:
        return _heat(row)

    @admin.display(description="约满班次", ordering="sold_out_sessions")
    def sold_out(self, row: Popularity) -> str:
        return f"{row.sold_out_sessions}/{row.sessions}"

    @admin.display(description="用时（时）", ordering="sell_out_hours")
    def sell_out(self, row: Popularity) -> str:
        return "—" if row.sell_out_hours is None else f"{row.sell_out_hours:.1f}"

    @admin.display(description="被拒", ordering="refused")
    def turned_away(self, row: Popularity) -> int:
        return row.refused

    @admin.display(description="每周模板")
    def pin(self, row: Popularity) -> SafeString | str:
        """What staff say, and the way to say otherwise."""
        template_id = getattr(row, "template_id", None)
        if template_id is None:
            return "没有启用的模板"
        address = reverse("admin:hospitals_weeklytemplate_change", args=[template_id])
        return format_html('<a href="{}">{}</a>', address, HotPin(row.hot_pin).label)  # type: ignore[attr-defined]


def _who(row: Popularity) -> str:
    return row.doctor.name if row.doctor else f"{row.department.name}（普通号）"


def _heat(row: Popularity) -> str:
    return "热门" if row.is_hot else "普通"


def _row(row: Popularity) -> tuple[Any, ...]:
    counted = (row.sessions, row.sold_out_sessions, float(row.fill_percent) / 100, row.sell_out_hours, row.refused)
    when = (row.get_weekday_display(), row.get_period_display())
    return (row.department.name, _who(row), *when, *counted, _heat(row), row.reason, row.as_of.isoformat())


def _chart(rows: list[Popularity]) -> Chart | None:
    """Of one hospital: the bounds and the doctors' names are its own."""
    hospitals = {row.hospital_id for row in rows}
    if len(hospitals) != 1:
        return None
    policy = policy_in_force(hospital_id=hospitals.pop())
    periods = list(Period)
    cells = [
        HeatCell(
            line=_who(row) if row.doctor is None else f"{row.doctor.name}\n{row.department.name}",
            column=f"{row.get_weekday_display()}\n{row.get_period_display()}",
            order=(row.weekday, periods.index(Period(row.period))),
            fill_percent=float(row.fill_percent),
            is_hot=row.is_hot,
        )
        for row in sorted(rows, key=lambda row: (row.department.name, row.department_id, row.doctor_id or 0))
    ]
    return heat_map(cells, bounds=(policy.hot_fill_percent, policy.cool_fill_percent))
