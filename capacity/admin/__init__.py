"""Pages of the admin, a module each."""

from capacity.admin import comparisons, doctor, overview, plans, policy, waiting, what_if

__all__ = ["comparisons", "doctor", "overview", "plans", "policy", "waiting", "what_if"]
