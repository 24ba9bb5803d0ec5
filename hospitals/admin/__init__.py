"""The admin pages of hospitals and their schedules. `scoped` is the base that every hospital's page builds on."""

from hospitals.admin import organisation, policies, schedule, staff

__all__ = ["organisation", "policies", "schedule", "staff"]
