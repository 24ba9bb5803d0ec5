"""Plans for the clinic office: looked at, approved, rejected."""

from collections.abc import Callable
from typing import cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import User
from booking.admin.read_only import RecordAdmin
from capacity.models import CapacityPlan
from capacity.services.approval import approve_plan, reject_plan
from hospitals.admin.scoped import SCHEDULING_ROLES, ScopedRelatedListFilter
from hospitals.admin.sentences import refusal_sentence


@admin.register(CapacityPlan)
class CapacityPlanAdmin(RecordAdmin):
    change_roles = SCHEDULING_ROLES
    list_display = [
        "session",
        "hospital",
        "quotas",
        "before",
        "expected_seen",
        "overload",
        "turned_away",
        "status",
        "status_reason",
    ]
    list_filter = ["status", ("session__department", ScopedRelatedListFilter)]
    search_fields = ["session__doctor__name", "session__department__name"]
    search_help_text = "按医生或科室查找"
    date_hierarchy = "session__visit_date"
    list_select_related = ["hospital", "session__doctor", "session__department"]
    actions = ["approve_selected", "reject_selected"]
    fieldsets = [
        (
            "方案",
            {"fields": ["session", "status", "status_reason", "quotas", "before", "created_at", "applied_at", "decided_by"]},
        ),
        ("依据", {"fields": ["explanation", "demand", "no_shows", "history"]}),
        ("预计", {"fields": ["expected_seen", "overload", "turned_away", "runners_up"]}),
    ]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, SCHEDULING_ROLES, None)

    @admin.display(description="预约号 / 加号")
    def quotas(self, plan: CapacityPlan) -> str:
        return f"{plan.advance_quota} / {plan.extra_quota}"

    @admin.display(description="原预约号 / 加号")
    def before(self, plan: CapacityPlan) -> str:
        return f"{plan.previous_advance_quota} / {plan.previous_extra_quota}"

    @admin.display(description="预计就诊")
    def expected_seen(self, plan: CapacityPlan) -> str:
        return f"{plan.result['advance_attended'] + plan.result['same_day_attended']:.1f} 人"

    @admin.display(description="预计超负荷")
    def overload(self, plan: CapacityPlan) -> str:
        return f"{plan.result['overload']:.2f} 人"

    @admin.display(description="预计未挂上")
    def turned_away(self, plan: CapacityPlan) -> str:
        return f"{plan.result['turned_away']:.1f} 人"

    @admin.display(description="说明")
    def explanation(self, plan: CapacityPlan) -> str:
        return str(plan.result["explanation"])

    @admin.display(description="需求（每次出诊）")
    def demand(self, plan: CapacityPlan) -> str:
        advance, same_day = _interval(plan.inputs["mean_advance"]), _interval(plan.inputs["mean_same_day"])
        return f"预约 {advance} 人；现场 {same_day} 人；相关系数 {plan.inputs['correlation']:.2f}"

    @admin.display(description="爽约率")
    def no_shows(self, plan: CapacityPlan) -> str:
        advance, same_day = plan.inputs["no_show_advance"], plan.inputs["no_show_same_day"]
        return (
            f"预约 {_percent(advance)}，{advance['sample_size']} 人次；现场 {_percent(same_day)}，{same_day['sample_size']} 人次"
        )

    @admin.display(description="历史")
    def history(self, plan: CapacityPlan) -> str:
        if plan.inputs["history_until"] is None:
            return "没有历史记录，按文献中的默认值"
        return f"截至 {plan.inputs['history_until']}，本班次 {plan.inputs['sessions']} 次出诊"

    @admin.display(description="备选方案")
    def runners_up(self, plan: CapacityPlan) -> str:
        options = (f"{c['advance']} / {c['extra']}（{c['objective']:.2f}）" for c in plan.result["runners_up"])
        return "；".join(options) or "—"

    @admin.action(description="批准所选方案", permissions=["decide"])
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[CapacityPlan]) -> None:
        now = timezone.now()
        self._decide(request, queryset, lambda **who: approve_plan(now=now, **who), "已批准并生效")

    @admin.action(description="驳回所选方案", permissions=["decide"])
    def reject_selected(self, request: HttpRequest, queryset: QuerySet[CapacityPlan]) -> None:
        now = timezone.now()
        self._decide(request, queryset, lambda **who: reject_plan(now=now, **who), "已驳回")

    def _decide(
        self, request: HttpRequest, plans: QuerySet[CapacityPlan], service: Callable[..., CapacityPlan], done: str
    ) -> None:
        user, count = cast(User, request.user), 0
        # Whoever has a scheduling role somewhere sees the action; each plan is judged at its own hospital.
        for plan in [plan for plan in plans if self.has_role(request, SCHEDULING_ROLES, plan)]:
            try:
                service(plan_id=plan.pk, by=user)
            except Refusal as refusal:
                self.message_user(request, f"{plan.session}：{refusal_sentence(refusal)}", messages.ERROR)
            else:
                count += 1
        if count:
            self.message_user(request, f"{count} 个方案{done}。", messages.SUCCESS)


def _interval(estimate: dict[str, float]) -> str:
    return f"{estimate['value']:.1f}（{estimate['lower']:.1f}–{estimate['upper']:.1f}）"


def _percent(estimate: dict[str, float]) -> str:
    return f"{estimate['value']:.1%}（{estimate['lower']:.1%}–{estimate['upper']:.1%}）"
