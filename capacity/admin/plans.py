"""Plans for the clinic office: what is in force in the coming weeks, what waits, and why."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString

from booking.admin.read_only import RecordAdmin
from capacity import doctor_tables, plan_tables
from capacity.admin.clinic_choice import clinic_query
from capacity.admin.plan_actions import DECISIONS, PlanActions
from capacity.admin.plan_filters import DoctorFilter, StatusFilter, VisitDateFilter
from capacity.models import CapacityPlan, PlanKind, PlanStatus
from capacity.selectors.clinics import clinic_of
from capacity.selectors.drifts import doctor_drifts
from capacity.selectors.plan_summary import plan_summary
from hospitals.admin.scoped import SCHEDULING_ROLES, ScopedRelatedListFilter
from hospitals.models import Hospital
from hospitals.reports.exports import csv_file


@admin.register(CapacityPlan)
class CapacityPlanAdmin(PlanActions, RecordAdmin):
    change_roles = SCHEDULING_ROLES
    change_list_template = "admin/capacity/plan_list.html"
    change_form_template = "admin/capacity/plan.html"
    list_display = ["who", "place", "hospital", "state", "advance", "extra", "seen", "overload", "turned_away"]
    list_filter = [
        StatusFilter,
        VisitDateFilter,
        "hospital",
        ("session__department", ScopedRelatedListFilter),
        DoctorFilter,
        "kind",
    ]
    search_fields = ["session__doctor__name", "session__doctor__code", "session__department__name"]
    search_help_text = "按医生姓名、工号或科室查找"
    list_select_related = ["hospital", "session__hospital", "session__doctor", "session__department"]
    ordering = ["session__visit_date", "session__starts_at", "session_id", "status"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "session",
                    "kind",
                    ("status", "status_reason"),
                    "explanation",
                    "quotas",
                    "before",
                    "quotas_now",
                    ("created", "applied"),
                    "decision",
                ]
            },
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.csv_view)
        return [path("export.csv", view, name="capacity_capacityplan_csv"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        queryset = super().get_queryset(request).select_related(*self.list_select_related)
        # A list shows a few columns of thousands of plans: what they rest on is read on their own pages.
        is_list = request.resolver_match is not None and request.resolver_match.url_name == "capacity_capacityplan_changelist"
        return queryset.defer("inputs", "result") if is_list else queryset

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, {"title": "号源方案", **(extra_context or {})})
        shown = getattr(response, "context_data", None) or {}
        if isinstance(response, TemplateResponse) and "cl" in shown:
            shown["summary"] = plan_summary(shown["cl"].queryset)
            shown["drift_warnings"] = self._drifts(request, list(shown["cl"].result_list))
            shown["csv_address"] = f"{reverse('admin:capacity_capacityplan_csv')}?{urlencode(request.GET, doseq=True)}"
        return response

    def csv_view(self, request: HttpRequest) -> HttpResponse:
        """The list as it is filtered, whole."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        table = plan_tables.list_table(self.get_changelist_instance(request).queryset)
        header = content_disposition_header(True, f"号源方案-{timezone.localdate():%Y%m%d}.csv") or "attachment"
        return HttpResponse(csv_file(table), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": header})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        plan = kwargs.get("obj")
        if isinstance(plan, CapacityPlan):
            context.update(self._page(request, plan))
        return super().render_change_form(request, context, *args, **kwargs)

    def _page(self, request: HttpRequest, plan: CapacityPlan) -> dict[str, Any]:
        changes = plan.session.quota_changes.select_related("by", "plan").order_by("-pk")
        decisions = []
        if self.has_role(request, SCHEDULING_ROLES, plan):
            pinned = plan.session.is_quota_pinned
            hidden = "pin_selected" if pinned else "unpin_selected"
            decisions = [d for d in DECISIONS.values() if plan.status in d.statuses and d.name != hidden]
        return {
            "plan": plan,
            "drift_warnings": self._drifts(request, [plan]),
            "decisions": decisions,
            "clinic_address": clinic_address(plan),
            "options": plan_tables.option_table(plan),
            "inputs_table": doctor_tables.plan_input_table(plan),
            "beside": [
                table for table in (plan_tables.morning_table(plan), plan_tables.forecast_table(plan)) if table is not None
            ],
            "changes": plan_tables.change_table(changes, plan),
        }

    def _drifts(self, request: HttpRequest, plans: list[CapacityPlan]) -> list[str]:
        """A line for each doctor of these plans whose sessions stray from what was expected."""
        if not self.has_decide_permission(request):
            return []
        doctors: dict[Hospital, dict[tuple[int, int | None], CapacityPlan]] = {}
        for plan in plans:
            key = plan.session.department_id, plan.session.doctor_id
            doctors.setdefault(plan.session.hospital, {}).setdefault(key, plan)
        lines = []
        for hospital, wanted in doctors.items():
            today = timezone.now().astimezone(hospital.zone).date()
            found = doctor_drifts(hospital_id=hospital.pk, today=today, doctors=wanted)
            lines += [f"{_who(wanted[key])}：{drift.sentence}" for key, drift in found.items() if drift.is_warning]
        return lines

    @admin.display(description="班次", ordering="session__visit_date")
    def who(self, plan: CapacityPlan) -> SafeString:
        session = plan.session
        name = session.doctor.name if session.doctor else "科室普通号"
        when = f"{session.visit_date:%m-%d} {WEEKDAYS[session.visit_date.weekday()]}{session.get_period_display()}"
        return format_html("{} <br>{}", when, name)

    @admin.display(description="科室", ordering="session__department__name")
    def place(self, plan: CapacityPlan) -> SafeString:
        return format_html('{}<br><a href="{}">门诊分析</a>', plan.session.department.name, clinic_address(plan))

    @admin.display(description="状态", ordering="status")
    def state(self, plan: CapacityPlan) -> SafeString:
        kind = f" · {plan.get_kind_display()}" if plan.kind == PlanKind.MORNING else ""
        pinned = " · 已固定" if plan.session.is_quota_pinned else ""
        return format_html(
            '<span class="state {}">{}{}{}</span><br><span class="quiet">{}</span>',
            plan.status,
            plan.get_status_display(),
            kind,
            pinned,
            plan.status_reason,
        )

    @admin.display(description="预约号", ordering="advance_quota")
    def advance(self, plan: CapacityPlan) -> SafeString:
        return _step(plan.previous_advance_quota, plan.advance_quota)

    @admin.display(description="加号", ordering="extra_quota")
    def extra(self, plan: CapacityPlan) -> SafeString:
        return _step(plan.previous_extra_quota, plan.extra_quota)

    @admin.display(description="预计就诊", ordering="expected_seen")
    def seen(self, plan: CapacityPlan) -> str:
        rated = plan.session.rated_capacity
        return "—" if plan.expected_seen is None else f"{plan.expected_seen:.1f} / {rated}"

    @admin.display(description="超负荷", ordering="expected_overload")
    def overload(self, plan: CapacityPlan) -> str:
        return "—" if plan.expected_overload is None else f"{plan.expected_overload:.2f}"

    @admin.display(description="未挂上", ordering="expected_turned_away")
    def turned_away(self, plan: CapacityPlan) -> str:
        return "—" if plan.expected_turned_away is None else f"{plan.expected_turned_away:.1f}"

    @admin.display(description="为什么")
    def explanation(self, plan: CapacityPlan) -> str:
        return str(plan.result.get("explanation", ""))

    @admin.display(description="方案：预约号 / 加号")
    def quotas(self, plan: CapacityPlan) -> str:
        return f"{plan.advance_quota} / {plan.extra_quota}（额定 {plan.session.rated_capacity}）"

    @admin.display(description="原预约号 / 加号")
    def before(self, plan: CapacityPlan) -> str:
        return f"{plan.previous_advance_quota} / {plan.previous_extra_quota}"

    @admin.display(description="班次现行")
    def quotas_now(self, plan: CapacityPlan) -> str:
        s = plan.session
        taken = f"已约预约号 {s.advance_taken}，现场号 {s.same_day_taken}，加号 {s.extra_taken}"
        return f"{s.advance_quota} / {s.extra_quota}{'（已固定）' if s.is_quota_pinned else ''}；{taken}"

    @admin.display(description="生成时间")
    def created(self, plan: CapacityPlan) -> str:
        return plan_tables.local_time(plan.created_at, plan)

    @admin.display(description="生效时间")
    def applied(self, plan: CapacityPlan) -> str:
        return plan_tables.local_time(plan.applied_at, plan) or "—"

    @admin.display(description="审批")
    def decision(self, plan: CapacityPlan) -> str:
        if plan.decided_by is None:
            return "系统自动" if plan.status == PlanStatus.APPLIED else "—"
        when = plan_tables.local_time(plan.decided_at, plan)
        return "，".join(filter(None, (str(plan.decided_by), when, plan.decision_reason)))


WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def clinic_address(plan: CapacityPlan) -> str:
    """The page of the doctor's clinic, with this plan chosen."""
    query = clinic_query(clinic_of(plan.session)) | {"plan": plan.pk}
    return f"{reverse('admin:capacity_clinicanalysis_changelist')}?{urlencode(query)}"


def _who(plan: CapacityPlan) -> str:
    session = plan.session
    return f"{session.doctor.name if session.doctor else '科室普通号'}（{session.department.name}）"


def _step(before: int, after: int) -> SafeString:
    if before == after:
        return format_html("{}", after)
    return format_html('<span class="quiet">{} →</span> <strong>{}</strong>', before, after)
