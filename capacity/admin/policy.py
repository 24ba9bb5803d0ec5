"""What a hospital lets the computed quotas do."""

from django.contrib import admin

from capacity.models import CapacityPolicy
from hospitals.admin.scoped import SCHEDULING_ROLES, HospitalScopedAdmin


@admin.register(CapacityPolicy)
class CapacityPolicyAdmin(HospitalScopedAdmin):
    change_roles = SCHEDULING_ROLES
    list_display = ["hospital", "overload_cost", "applies_automatically", "largest_extra", "largest_change", "history_days"]
    list_select_related = ["hospital"]
