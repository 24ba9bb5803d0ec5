"""Pages of the admin, a module each."""

from capacity.admin import comparisons, doctor, forecasts, overview, plans, policy, sessions, waiting, what_if

__all__ = ["comparisons", "doctor", "forecasts", "overview", "plans", "policy", "sessions", "waiting", "what_if"]
