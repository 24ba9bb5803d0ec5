"""The morning's bill for those who run the platform: it covers every hospital, so no hospital's staff see it."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import User
from booking.models import ReconciliationDifference, ReconciliationRun
from booking.services.reconciliation.resolving import resolve_difference
from booking.services.reconciliation.runs import reconcile_day
from hospitals.admin.money import yuan
from hospitals.admin.scoped import is_platform_operator
from hospitals.admin.sentences import refusal_sentence
from wechat import pay

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyTabularInline = admin.TabularInline[Any, Any]
else:
    AnyModelAdmin = admin.ModelAdmin
    AnyTabularInline = admin.TabularInline


class PlatformOnly:
    """Seen by superusers; written by services, never by a form."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_platform_operator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_platform_operator(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _amount(fen: int | None) -> str:
    return "—" if fen is None else f"{yuan(fen)} 元"


class AmountColumns:
    @admin.display(description="本方金额", ordering="ours_fen")
    def ours(self, difference: ReconciliationDifference) -> str:
        return _amount(difference.ours_fen)

    @admin.display(description="微信金额", ordering="theirs_fen")
    def theirs(self, difference: ReconciliationDifference) -> str:
        return _amount(difference.theirs_fen)


class DifferenceInline(PlatformOnly, AmountColumns, AnyTabularInline):
    model = ReconciliationDifference
    fields = ["kind", "number", "ours", "theirs", "detail", "resolved_at", "resolved_by", "resolution"]
    readonly_fields = ["ours", "theirs"]
    extra = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReconciliationDifference]:
        return super().get_queryset(request).select_related("resolved_by", "run").order_by("kind", "number")


@admin.register(ReconciliationRun)
class ReconciliationRunAdmin(PlatformOnly, AnyModelAdmin):
    list_display = ["day", "is_finished", "open_differences", "paid_lines", "paid", "refund_lines", "refunded", "finished_at"]
    date_hierarchy = "day"
    inlines = [DifferenceInline]
    fields = ["day", "started_at", "finished_at", "paid_lines", "paid", "refund_lines", "refunded"]
    actions = ["reconcile_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReconciliationRun]:
        counted = Count("differences", filter=Q(differences__resolved_at__isnull=True))
        return super().get_queryset(request).annotate(open_count=counted)

    @admin.display(description="已完成", boolean=True)
    def is_finished(self, run: ReconciliationRun) -> bool:
        return run.finished_at is not None

    @admin.display(description="未处理差异", ordering="open_count")
    def open_differences(self, run: ReconciliationRun) -> int:
        return int(run.open_count)  # type: ignore[attr-defined]

    @admin.display(description="支付合计", ordering="paid_fen")
    def paid(self, run: ReconciliationRun) -> str:
        return _amount(run.paid_fen)

    @admin.display(description="退款合计", ordering="refunded_fen")
    def refunded(self, run: ReconciliationRun) -> str:
        return _amount(run.refunded_fen)

    @admin.action(description="重新下载账单并对账", permissions=["view"])
    def reconcile_again(self, request: HttpRequest, queryset: QuerySet[ReconciliationRun]) -> None:
        for run in queryset.order_by("day"):
            try:
                done = reconcile_day(day=run.day, now=timezone.now())
            except pay.BillNotReady:
                self.message_user(request, f"{run.day} 的账单微信尚未生成。", messages.WARNING)
            except pay.PayError as error:
                self.message_user(request, f"{run.day} 的账单下载失败（{error.code}），请稍后再试。", messages.ERROR)
            else:
                self._tell(request, done.run, len(done.unanswered))

    def _tell(self, request: HttpRequest, run: ReconciliationRun, unanswered: int) -> None:
        left = run.differences.filter(resolved_at__isnull=True).count()
        self.message_user(request, f"{run.day} 对账完成，未处理差异 {left} 条。", messages.SUCCESS)
        if unanswered:
            self.message_user(request, f"{run.day} 有 {unanswered} 笔微信未答复，稍后会自动重试。", messages.WARNING)


class ResolvedFilter(admin.SimpleListFilter):
    title = "处理情况"
    parameter_name = "resolved"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "未处理"), ("yes", "已处理")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in {"no", "yes"}:
            return queryset.filter(resolved_at__isnull=self.value() == "no")
        return queryset


class ResolutionForm(forms.Form):
    resolution = forms.CharField(label="处理说明", max_length=200, help_text="写明核实的结果和所做的处理，与您的姓名一并留存。")


@admin.register(ReconciliationDifference)
class ReconciliationDifferenceAdmin(PlatformOnly, AmountColumns, AnyModelAdmin):
    list_display = ["number", "day", "kind", "ours", "theirs", "detail", "resolved_at", "resolved_by", "resolution"]
    list_filter = [ResolvedFilter, "kind"]
    search_fields = ["number", "detail"]
    search_help_text = "按订单号或退款单号查找"
    date_hierarchy = "run__day"
    list_select_related = ["run", "resolved_by"]
    ordering = ["-run__day", "kind", "number"]
    fields = ["run", "kind", "number", "ours", "theirs", "detail", "resolved_at", "resolved_by", "resolution"]
    actions = ["resolve_selected"]

    @admin.display(description="账单日期", ordering="run__day")
    def day(self, difference: ReconciliationDifference) -> str:
        return difference.run.day.isoformat()

    @admin.action(description="标记为已处理…", permissions=["view"])
    def resolve_selected(self, request: HttpRequest, queryset: QuerySet[ReconciliationDifference]) -> HttpResponse | None:
        """Ask what was done, then note it for each with the name of who says so."""
        form = ResolutionForm(request.POST if "resolution" in request.POST else None)
        if form.is_valid():
            self._resolve(request, queryset, form.cleaned_data["resolution"])
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": "处理对账差异",
            "opts": self.model._meta,
            "form": form,
            "differences": list(queryset.select_related("run")),
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/booking/resolve_differences.html", context)

    def _resolve(self, request: HttpRequest, chosen: QuerySet[ReconciliationDifference], resolution: str) -> None:
        by, now, count = cast(User, request.user), timezone.now(), 0
        for difference in chosen:
            try:
                resolve_difference(difference_id=difference.pk, by=by, resolution=resolution, now=now)
            except Refusal as refusal:
                self.message_user(request, f"{difference.number}：{refusal_sentence(refusal)}", messages.ERROR)
            else:
                count += 1
        if count:
            self.message_user(request, f"{count} 条差异已处理。", messages.SUCCESS)
