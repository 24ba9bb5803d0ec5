"""The runs that wrote the standings: what each did, and how far the one is that goes on."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache

from booking.admin.read_only import RecordAdmin
from booking.models import Tier
from scoring.models import RunScope, RunState, ScoringRun
from scoring.progress_sentences import progress_sentence
from scoring.run_progress import progress_of


@admin.register(ScoringRun)
class ScoringRunAdmin(RecordAdmin):
    change_form_template = "admin/scoring/run.html"
    list_display = [
        "hospital",
        "as_of",
        "scope",
        "progress",
        "started",
        "patients",
        "changed",
        "moves",
        "seconds",
    ]
    list_filter = ["state", "scope", "hospital"]
    list_select_related = ["hospital"]
    date_hierarchy = "as_of"
    fieldsets = [
        (None, {"fields": ["hospital", "as_of", "scope", "state", "steps", "rules", "booking_policy"]}),
        ("时间", {"fields": ["started_at", "advanced_at", "finished_at", "seconds"]}),
        ("结果", {"fields": ["appointments", "patients", "changed", "moved_up", "moved_down", "paused", "tier_counts"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.progress_view)
        return [path("<int:run_id>/progress/", view, name="scoring_scoringrun_progress"), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What came of it is counted at its end."""
        *facts, results = super().get_fieldsets(request, obj)
        return facts if obj is not None and obj.state == RunState.RUNNING else [*facts, results]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = cast(ScoringRun, self.get_object(request, unquote(object_id)))
        more = {"progress": _told(run) if run.state == RunState.RUNNING else None}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def progress_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """How far the run is, for its page to ask again and again."""
        run = cast(ScoringRun, self.get_object(request, str(run_id)))
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        return _progress_answer(request, run)

    @admin.display(description="状态", ordering="state")
    def progress(self, run: ScoringRun) -> str:
        told = run.get_state_display()
        return f"{told} {progress_of(run).percent}%" if run.state == RunState.RUNNING else told

    @admin.display(description="开始", ordering="started_at")
    def started(self, run: ScoringRun) -> str:
        return f"{run.started_at.astimezone(run.hospital.zone):%m-%d %H:%M}"

    @admin.display(description="升级 / 降级", ordering="moved_up")
    def moves(self, run: ScoringRun) -> str:
        return f"{run.moved_up:,} / {run.moved_down:,}"

    @admin.display(description="进度")
    def steps(self, run: ScoringRun) -> str:
        unit = "批" if run.scope == RunScope.FULL else "位患者"
        return f"{run.steps_done:,} / {run.steps_expected:,} {unit}"

    @admin.display(description="评分规则")
    def rules(self, run: ScoringRun) -> str:
        if run.policy is None:
            return "默认规则"
        address = reverse("admin:scoring_scoringpolicy_change", args=[run.policy.pk])
        return format_html('<a href="{}">第 {} 版</a>', address, run.policy.version)

    @admin.display(description="各级人数")
    def tier_counts(self, run: ScoringRun) -> str:
        return "，".join(f"{tier.label} {run.tiers.get(tier.value, 0)} 人" for tier in Tier)


@never_cache
def _progress_answer(request: HttpRequest, run: ScoringRun) -> HttpResponse:
    return JsonResponse(_told(run) | {"is_running": run.state == RunState.RUNNING})


def _told(run: ScoringRun) -> dict[str, Any]:
    return {"percent": progress_of(run).percent, "told": progress_sentence(run, now=timezone.now())}
