"""Pages of the admin, a module each."""

from capacity.admin import doctor, overview, plans, policy, what_if

__all__ = ["doctor", "overview", "plans", "policy", "what_if"]
