"""What staff do with plans, one or many: each asks for the reason on one page, then does what it can and tells the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import User
from capacity.models import CapacityPlan, PlanStatus
from capacity.services.approval import approve_plan, reject_plan
from capacity.services.pinning import pin_quotas, unpin_quotas
from capacity.services.rollback import roll_back_plan
from hospitals.admin.scoped import SCHEDULING_ROLES, HospitalScopedAdmin
from hospitals.admin.sentences import refusal_sentence

# Of what is listed on the page that asks, and of refusals told one by one.
MOST_SHOWN, MOST_TOLD = 100, 10

Act = Callable[[CapacityPlan, User, datetime, str], object]


@dataclass(frozen=True, slots=True)
class Decision:
    """One of the actions: its words, and what it does with a plan."""

    name: str
    title: str
    consequence: str
    done: str
    act: Act
    reason: str = ""
    # Of a plan in which status it makes sense; on the plan's page others are not offered.
    statuses: tuple[str, ...] = tuple(PlanStatus.values)


DECISIONS = {
    decision.name: decision
    for decision in (
        Decision(
            "approve_selected",
            "批准方案",
            "方案的预约号与加号立即生效，已放号的班次也一样；已约出的号不会减少。",
            "个方案已批准并生效",
            lambda plan, by, now, reason: approve_plan(plan_id=plan.pk, by=by, now=now, reason=reason),
            reason="同意",
            statuses=(PlanStatus.PROPOSED,),
        ),
        Decision(
            "reject_selected",
            "驳回方案",
            "号源保持不变，相同的方案不再提出；之后不同的方案需人工审批。",
            "个方案已驳回",
            lambda plan, by, now, reason: reject_plan(plan_id=plan.pk, by=by, now=now, reason=reason),
            statuses=(PlanStatus.PROPOSED,),
        ),
        Decision(
            "roll_back_selected",
            "回滚方案",
            "班次恢复方案生效之前的预约号与加号，但不少于已约出的数量；之后的方案需人工审批。",
            "个方案已回滚",
            lambda plan, by, now, reason: roll_back_plan(plan_id=plan.pk, by=by, now=now, reason=reason),
            statuses=(PlanStatus.APPLIED,),
        ),
        Decision(
            "pin_selected",
            "固定号源",
            "班次保持当前的预约号与加号，夜间与开诊前都不再自动调整；等待中的方案作废。",
            "个班次的号源已固定",
            lambda plan, by, now, reason: pin_quotas(session_id=plan.session_id, by=by, now=now, reason=reason),
        ),
        Decision(
            "unpin_selected",
            "取消固定",
            "从今晚起，班次的号源重新按历史计算。",
            "个班次已取消固定",
            lambda plan, by, now, reason: unpin_quotas(session_id=plan.session_id, by=by, now=now, reason=reason),
        ),
    )
}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="原因",
        max_length=200,
        help_text="与操作人一并记入号源变更记录。",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class PlanActions(HospitalScopedAdmin):
    """Mix into the admin of plans."""

    actions = list(DECISIONS)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, SCHEDULING_ROLES, None)

    @admin.action(description="批准所选方案…", permissions=["decide"])
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[CapacityPlan]) -> HttpResponse | None:
        return self._ask(request, queryset, DECISIONS["approve_selected"])

    @admin.action(description="驳回所选方案…", permissions=["decide"])
    def reject_selected(self, request: HttpRequest, queryset: QuerySet[CapacityPlan]) -> HttpResponse | None:
        return self._ask(request, queryset, DECISIONS["reject_selected"])

    @admin.action(description="回滚所选方案…", permissions=["decide"])
    def roll_back_selected(self, request: HttpRequest, queryset: QuerySet[CapacityPlan]) -> HttpResponse | None:
        return self._ask(request, queryset, DECISIONS["roll_back_selected"])

    @admin.action(description="固定所选班次的号源…", permissions=["decide"])
    def pin_selected(self, request: HttpRequest, queryset: QuerySet[CapacityPlan]) -> HttpResponse | None:
        return self._ask(request, queryset, DECISIONS["pin_selected"])

    @admin.action(description="取消固定所选班次的号源…", permissions=["decide"])
    def unpin_selected(self, request: HttpRequest, queryset: QuerySet[CapacityPlan]) -> HttpResponse | None:
        return self._ask(request, queryset, DECISIONS["unpin_selected"])

    def _ask(self, request: HttpRequest, queryset: QuerySet[CapacityPlan], decision: Decision) -> HttpResponse | None:
        # Whoever has a scheduling role somewhere sees the action; each plan is judged at its own hospital.
        chosen = [plan for plan in queryset if self.has_role(request, SCHEDULING_ROLES, plan)]
        if not chosen:
            self.message_user(request, "所选方案不在您可以审批的医院。", messages.WARNING)
            return None
        form = ReasonForm(request.POST if "reason" in request.POST else None, initial={"reason": decision.reason})
        if form.is_valid():
            self._decide(request, chosen, decision, form.cleaned_data["reason"])
            return None
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": decision.title,
            "opts": self.opts,
            "decision": decision,
            "form": form,
            "plans": chosen[:MOST_SHOWN],
            "count": len(chosen),
            "unfit": sum(plan.status not in decision.statuses for plan in chosen),
            "more": max(0, len(chosen) - MOST_SHOWN),
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across", "0"),
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/capacity/decide_plans.html", context)

    def _decide(self, request: HttpRequest, chosen: list[CapacityPlan], decision: Decision, reason: str) -> None:
        user, now, done, refused = cast(User, request.user), timezone.now(), 0, []
        for plan in chosen:
            try:
                decision.act(plan, user, now, reason)
            except Refusal as refusal:
                refused.append(f"{plan.session}：{refusal_sentence(refusal)}")
            else:
                done += 1
        for sentence in refused[:MOST_TOLD]:
            self.message_user(request, sentence, messages.ERROR)
        if len(refused) > MOST_TOLD:
            self.message_user(request, f"另有 {len(refused) - MOST_TOLD} 个未能处理。", messages.ERROR)
        if done:
            self.message_user(request, f"{done} {decision.done}。", messages.SUCCESS)
