"""The admin pages of hospitals and their schedules. `scoped` is the base that every hospital's page builds on."""

from hospitals.admin import organisation, policies, sessions, staff, templates

__all__ = ["organisation", "policies", "sessions", "staff", "templates"]
