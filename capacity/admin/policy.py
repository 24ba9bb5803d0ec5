"""What a hospital lets the computed quotas do."""

from django.contrib import admin

from capacity.models import CapacityPolicy
from hospitals.admin.scoped import SCHEDULING_ROLES, HospitalScopedAdmin


@admin.register(CapacityPolicy)
class CapacityPolicyAdmin(HospitalScopedAdmin):
    change_roles = SCHEDULING_ROLES
    list_display = [
        "hospital",
        "overload_cost",
        "applies_automatically",
        "largest_extra",
        "largest_change",
        "scales_by_forecast",
        "resolves_in_morning",
        "history_days",
    ]
    list_select_related = ["hospital"]
    fieldsets = [
        (None, {"fields": ["hospital", "overload_cost", "largest_extra"]}),
        ("生效", {"fields": ["applies_automatically", "largest_change"]}),
        ("依据", {"fields": ["history_days", "scales_by_forecast"]}),
        ("开诊前", {"fields": ["resolves_in_morning", "morning_minutes"]}),
    ]
