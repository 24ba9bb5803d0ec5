"""Whether the tiers can be trusted, and how well the chance of a miss is told: what the nights found, to read and download."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header

from booking.admin.read_only import RecordAdmin
from hospitals.admin.scoped import SCHEDULING_ROLES
from hospitals.reports.charts import Chart
from hospitals.reports.exports import csv_file
from hospitals.reports.tables import Column, Table
from scoring.models import BacktestReport, MissModel
from scoring.prediction_charts import TIER_NAMES, reliability_chart, tier_chart
from scoring.services.miss_training import KIND

TIER_COLUMNS = (
    Column("预约时等级", "text"),
    Column("预约数", "count"),
    Column("患者数", "count"),
    Column("失约数", "count"),
    Column("失约率", "share"),
    Column("95% 区间", "interval"),
)
GROUP_COLUMNS = (
    Column("分组", "count"),
    Column("预约数", "count"),
    Column("预计失约率", "share"),
    Column("实际失约数", "count"),
    Column("实际失约率", "share"),
    Column("95% 区间", "interval"),
)
KINDS = {KIND: "逻辑回归（分段线性）"}


class PlottedRecordAdmin(RecordAdmin):
    """A record that is read as a plot above its fields, with its numbers as CSV."""

    view_roles = SCHEDULING_ROLES
    change_roles = SCHEDULING_ROLES
    change_form_template = "admin/scoring/plotted_record.html"
    list_select_related = ["hospital"]
    list_filter = ["hospital"]

    def chart_of(self, row: Any) -> Chart:
        raise NotImplementedError

    def table_of(self, row: Any) -> Table:
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.csv_view)
        return [path("<path:object_id>/export.csv", view, name=f"scoring_{self.opts.model_name}_csv"), *super().get_urls()]

    def csv_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if not self.has_view_permission(request, row):
            raise Http404
        name = f"{self.opts.model_name}-{row.pk}.csv"
        header = {"Content-Disposition": content_disposition_header(True, name) or ""}
        return HttpResponse(csv_file(self.table_of(row)), content_type="text/csv; charset=utf-8", headers=header)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        assert row is not None, "nobody can add one"
        context["chart"] = self.chart_of(row)
        context["csv_address"] = reverse(f"admin:scoring_{self.opts.model_name}_csv", args=[row.pk])
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(BacktestReport)
class BacktestReportAdmin(PlottedRecordAdmin):
    list_display = ["hospital", "computed_at", "bookings", "rising", "auc_shown"]
    fieldsets = [
        (
            None,
            {
                "description": (
                    "每个已结束的预约都按预约当天早晨患者的等级归类（只用当时已知的就诊结果），再看其中有多少失约。"
                    "作废的预约不计；未评级是当时还没有就诊记录或次数不足的患者。每晚更新。"
                ),
                "fields": ["hospital", "period", "bookings", "rising", "auc_shown", "terms", "computed_at"],
            },
        )
    ]
    readonly_fields = ["period", "rising", "auc_shown", "terms"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Who works for one hospital has one report: no list to choose it from."""
        reports = list(self.get_queryset(request).values_list("pk", flat=True)[:2])
        if len(reports) == 1 and not request.GET:
            return HttpResponseRedirect(reverse("admin:scoring_backtestreport_change", args=reports))
        return super().changelist_view(request, extra_context)

    def chart_of(self, row: BacktestReport) -> Chart:
        return tier_chart(row.tiers, is_rising=row.is_rising)

    def table_of(self, row: BacktestReport) -> Table:
        rows = [
            (TIER_NAMES[tier["tier"]], tier["bookings"], tier["patients"], tier["missed"], tier["share"], _interval(tier))
            for tier in row.tiers
        ]
        return Table("backtest", "等级是否可信", TIER_COLUMNS, tuple(rows))

    @admin.display(description="逐级上升")
    def rising(self, row: BacktestReport) -> str:
        return {True: "是", False: "否", None: "暂不能比较"}[row.is_rising]

    @admin.display(description="就诊日期")
    def period(self, row: BacktestReport) -> str:
        return "—" if row.since is None else f"{row.since:%Y-%m-%d} 至 {row.until:%Y-%m-%d}"

    @admin.display(description="评分的区分度（AUC）", ordering="auc")
    def auc_shown(self, row: BacktestReport) -> str:
        return _auc(row.auc)

    @admin.display(description="评级规则")
    def terms(self, row: BacktestReport) -> str:
        return f"窗口 {row.window_days} 天，至少 {row.minimum_appointments} 次预约才评级"


@admin.register(MissModel)
class MissModelAdmin(PlottedRecordAdmin):
    list_display = ["hospital", "trained_at", "is_in_use", "auc_shown", "brier_shown", "learnt_from", "tested_on"]
    fieldsets = [
        (
            None,
            {
                "description": (
                    "根据预约时已知的情况（提前天数、以往就诊、年龄、星期、时段、科室等）估计一个预约爽约的可能。"
                    "只用于加发提醒和号源测算，不影响预约资格、费用和等级。每晚用较早的预约学习，用之后的预约检验。"
                ),
                "fields": ["hospital", "trained_at", "state", "auc_shown", "brier_shown"],
            },
        ),
        ("学习与检验", {"fields": ["learnt_from", "learnt_until", "tested_on", "miss_rate_shown", "kind_shown"]}),
    ]
    readonly_fields = ["state", "auc_shown", "brier_shown", "miss_rate_shown", "kind_shown"]

    def get_queryset(self, request: HttpRequest) -> Any:
        # Some ten thousand numbers that no page shows.
        return super().get_queryset(request).defer("parameters")

    def chart_of(self, row: MissModel) -> Chart:
        return reliability_chart(row.calibration)

    def table_of(self, row: MissModel) -> Table:
        rows = [
            (place, group["bookings"], group["predicted"], group["missed"], group["observed"], _interval(group))
            for place, group in enumerate(row.calibration, start=1)
        ]
        return Table("reliability", "预计与实际失约率", GROUP_COLUMNS, tuple(rows))

    @admin.display(description="区分度（AUC）", ordering="auc")
    def auc_shown(self, row: MissModel) -> str:
        return _auc(row.auc)

    @admin.display(description="Brier 评分（基线）", ordering="brier")
    def brier_shown(self, row: MissModel) -> str:
        verdict = "优于基线" if row.brier < row.brier_baseline else "不优于基线"
        return f"{row.brier:.4f}（{row.brier_baseline:.4f}），{verdict}"

    @admin.display(description="状态")
    def state(self, row: MissModel) -> str:
        if row.is_in_use:
            return "使用中"
        return "已由更新的模型取代" if row.brier < row.brier_baseline else "不优于基线，不使用"

    @admin.display(description="模型")
    def kind_shown(self, row: MissModel) -> str:
        return KINDS.get(row.kind, row.kind)

    @admin.display(description="检验期失约率", ordering="miss_rate")
    def miss_rate_shown(self, row: MissModel) -> str:
        return f"{row.miss_rate:.1%}"


def _auc(value: float | None) -> str:
    """0.5 is chance, 1 is perfect; staff need not know the word."""
    return "—" if value is None else f"{value:.3f}（0.5 为随机，1 为完全区分）"


def _interval(row: dict[str, Any]) -> tuple[float, float] | None:
    return None if row["low"] is None else (row["low"], row["high"])
