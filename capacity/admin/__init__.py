"""Pages of the admin, a module each."""

from capacity.admin import doctor, plans, policy

__all__ = ["doctor", "plans", "policy"]
