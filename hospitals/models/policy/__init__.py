from hospitals.models.policy.limits import MoveScope
from hospitals.models.policy.policy import BookingPolicy
from hospitals.models.policy.visit import SuspensionDefault

__all__ = ["BookingPolicy", "MoveScope", "SuspensionDefault"]
