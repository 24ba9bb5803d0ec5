"""The hospital's rules for scoring."""

from django.contrib import admin

from hospitals.admin.scoped import HospitalScopedAdmin
from scoring.models import ScoringPolicy


@admin.register(ScoringPolicy)
class ScoringPolicyAdmin(HospitalScopedAdmin):
    list_display = ["hospital", "window_days", "tier_a_from", "tier_b_from", "tier_c_from"]
    list_select_related = ["hospital"]
    fieldsets = [
        (
            None,
            {
                "fields": ["hospital", "window_days", "tier_a_from", "tier_b_from", "tier_c_from"],
                "description": "没有规则的医院按默认值评分：365 天，90、80、70 分。修改后下一次夜间评分生效。",
            },
        )
    ]
