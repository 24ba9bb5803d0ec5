"""Pages of the admin, a module each."""

from capacity.admin import plans, policy

__all__ = ["plans", "policy"]
