"""The runs that wrote the standings."""

from django.contrib import admin

from booking.admin.read_only import RecordAdmin
from booking.models import Tier
from scoring.models import ScoringRun


@admin.register(ScoringRun)
class ScoringRunAdmin(RecordAdmin):
    list_display = [
        "hospital",
        "as_of",
        "started_at",
        "outcome",
        "appointments",
        "patients",
        "changed",
        "moved_up",
        "moved_down",
        "seconds",
    ]
    list_filter = ["hospital"]
    list_select_related = ["hospital"]
    date_hierarchy = "as_of"
    fields = [
        "hospital",
        "as_of",
        "started_at",
        "finished_at",
        "outcome",
        "seconds",
        "appointments",
        "patients",
        "changed",
        "moved_up",
        "moved_down",
        "tier_counts",
    ]

    @admin.display(description="结果")
    def outcome(self, run: ScoringRun) -> str:
        return "完成" if run.finished_at else "未完成"

    @admin.display(description="各级人数")
    def tier_counts(self, run: ScoringRun) -> str:
        return "，".join(f"{tier.label} {run.tiers.get(tier.value, 0)} 人" for tier in Tier)
