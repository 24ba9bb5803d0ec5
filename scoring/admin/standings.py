"""Standings, and the pauses after misses."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.errors import Refusal
from accounts.models import User
from booking.admin.read_only import RecordAdmin
from booking.models import Appeal, AppealState, PastStanding, Restriction, Standing, Tier
from booking.services.restrictions import lift_restriction
from hospitals.admin.scoped import SCHEDULING_ROLES
from hospitals.admin.sentences import refusal_sentence
from scoring.services.nightly import score_patient

# Of a patient's past standings, the newest.
PAST_SHOWN = 50
# Patients scored by one press of a button, each in a transaction of its own.
MOST_AT_ONCE = 100
PATIENT_SEARCH = ["patient__name", "patient__hospital_records__record_number"]
PATIENT_SEARCH_HELP = "按就诊人姓名或就诊卡号查找"


class PatientRecordAdmin(RecordAdmin):
    """Rows about a patient, whose name is masked wherever it is shown."""

    search_fields = PATIENT_SEARCH
    search_help_text = PATIENT_SEARCH_HELP
    list_select_related = ["hospital", "patient"]

    @admin.display(description="就诊人", ordering="patient__name")
    def masked_patient(self, row: Standing | Restriction) -> str:
        return row.patient.masked_name


@admin.register(Standing)
class StandingAdmin(PatientRecordAdmin):
    list_display = [
        "masked_patient",
        "hospital",
        "tier",
        "score",
        "total",
        "fulfilled",
        "unattended",
        "cancelled",
        "missed",
        "changed_at",
    ]
    list_filter = ["tier", "hospital"]
    change_form_template = "admin/scoring/standing.html"
    actions = ["rescore_selected"]
    fieldsets = [
        (None, {"fields": ["hospital", "masked_patient", "tier", "score"]}),
        (
            "评分窗口内的预约",
            {
                "fields": ["total", "fulfilled", "unattended", "cancelled", "missed", "explanation"],
                "description": "只计算已结束的预约；作废的（医院原因、未支付、获豁免等）不计。",
            },
        ),
        ("时间", {"fields": ["as_of", "changed_at"]}),
    ]

    @admin.display(description="计算方法")
    def explanation(self, standing: Standing) -> str:
        n = standing.total
        if not n:
            return "评分窗口内没有已结束的预约，不评级，也不受限制。"
        sum_of_points = (
            f"{standing.fulfilled}/{n}×40 + (1−{standing.unattended}/{n})×20 + (1−{standing.cancelled}/{n})×20"
            f" + (1−{standing.missed}/{n})×20 = {standing.score}（每项四舍五入到两位小数）"
        )
        too_few = "；预约次数少于医院评级所需，暂不评级，也不受限制" if standing.tier == Tier.UNRATED else ""
        return sum_of_points + too_few

    def get_urls(self) -> list[URLPattern]:
        rescore = self.admin_site.admin_view(self.rescore_view)
        return [path("<int:standing_id>/rescore/", rescore, name="scoring_standing_rescore"), *super().get_urls()]

    def has_rescore_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, SCHEDULING_ROLES, obj)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With what the patient had before."""
        standing = cast(Standing, self.get_object(request, unquote(object_id)))
        past = PastStanding.objects.filter(hospital_id=standing.hospital_id, patient_id=standing.patient_id)
        more = {
            "past": past[:PAST_SHOWN],
            "past_shown": PAST_SHOWN,
            "zone": standing.hospital.zone,
            "may_rescore": self.has_rescore_permission(request, standing),
        }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def rescore_view(self, request: HttpRequest, standing_id: int) -> HttpResponse:
        """Score the patient now; then the page as it is by then."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        standing = cast(Standing, self.get_object(request, str(standing_id)))
        if not self.has_rescore_permission(request, standing):
            raise PermissionDenied
        self._rescore(request, [standing])
        return HttpResponseRedirect(reverse("admin:booking_standing_change", args=[standing.pk]))

    @admin.action(description="重新评分", permissions=["rescore"])
    def rescore_selected(self, request: HttpRequest, queryset: QuerySet[Standing]) -> None:
        """As of now, with the rules of the last night. Each row is judged at its own hospital."""
        chosen = list(queryset.select_related(*self.list_select_related)[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            self.message_user(request, f"一次最多重新评分 {MOST_AT_ONCE} 位患者；全院由夜间评分完成。", messages.ERROR)
            return
        self._rescore(request, [row for row in chosen if self.has_rescore_permission(request, row)])

    def _rescore(self, request: HttpRequest, chosen: list[Standing]) -> None:
        now, scored = timezone.now(), 0
        for before in chosen:
            try:
                after = score_patient(hospital_id=before.hospital_id, patient_id=before.patient_id, now=now)
            except Refusal as refusal:
                self.message_user(request, f"{before.patient.masked_name}：{refusal_sentence(refusal)}", messages.ERROR)
                continue
            scored += 1
            if after is not None and after.changed_at != before.changed_at:
                self.message_user(request, f"{before.patient.masked_name}：{before} → {after}", messages.SUCCESS)
        if scored:
            self.message_user(request, f"已重新评分 {scored} 位患者，未列出的没有变化。", messages.SUCCESS)


class InForceFilter(admin.SimpleListFilter):
    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("in-force", "限制中"), ("over", "已到期或已解除")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Restriction]) -> QuerySet[Restriction]:
        over = Q(lifted_at__isnull=False) | Q(ends_at__lte=timezone.now())
        if self.value() == "in-force":
            return queryset.exclude(over)
        return queryset.filter(over) if self.value() == "over" else queryset


class LiftForm(forms.Form):
    reason = forms.CharField(label="解除原因", max_length=200, help_text="与操作人一并记录，例如：申诉成立。")


@admin.register(Restriction)
class RestrictionAdmin(PatientRecordAdmin):
    list_display = [
        "masked_patient",
        "hospital",
        "missed_count",
        "starts_at",
        "ends_at",
        "lifted_at",
        "lifted_reason",
        "appeal",
    ]
    list_filter = [InForceFilter, "hospital"]
    fields = [
        "hospital",
        "masked_patient",
        "missed_count",
        "starts_at",
        "ends_at",
        "created_at",
        "lifted_at",
        "lifted_reason",
        "appeal",
    ]
    actions = ["lift_selected"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Restriction]:
        standing = Prefetch("appeals", Appeal.objects.exclude(state=AppealState.WITHDRAWN))
        return super().get_queryset(request).prefetch_related(standing)

    @admin.display(description="申诉")
    def appeal(self, restriction: Restriction) -> str:
        """The one that was not withdrawn: there is one at most."""
        for appeal in restriction.appeals.all():
            address = reverse("admin:booking_appeal_change", args=[appeal.pk])
            return format_html('<a href="{}">{}</a>', address, appeal.get_state_display())
        return "—"

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return self.has_role(request, SCHEDULING_ROLES, None)

    @admin.action(description="提前解除所选限制…", permissions=["lift"])
    def lift_selected(self, request: HttpRequest, queryset: QuerySet[Restriction]) -> HttpResponse | None:
        """Ask for the reason, then lift one by one; who did it stands in the row's history."""
        # The action is open to whoever has a scheduling role somewhere; each row is judged at its own hospital.
        chosen = [
            row for row in queryset.select_related(*self.list_select_related) if self.has_role(request, SCHEDULING_ROLES, row)
        ]
        form = LiftForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": "提前解除预约限制",
                "opts": self.model._meta,
                "form": form,
                "restrictions": chosen,
                "checkbox_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/scoring/lift_restrictions.html", context)
        self._lift(request, chosen, form.cleaned_data["reason"])
        return None

    def _lift(self, request: HttpRequest, chosen: list[Restriction], reason: str) -> None:
        now, lifted = timezone.now(), []
        for restriction in chosen:
            try:
                lift_restriction(restriction_id=restriction.pk, reason=reason, now=now)
            except Refusal as refusal:
                self.message_user(request, f"{restriction}：{refusal_sentence(refusal)}", messages.ERROR)
            else:
                lifted.append(restriction)
        if lifted:
            LogEntry.objects.log_actions(cast(User, request.user).pk, lifted, CHANGE, change_message=f"提前解除：{reason}")
            self.message_user(request, f"已解除 {len(lifted)} 项限制。", messages.SUCCESS)
