from capacity.models.plans import CapacityPlan, CapacityPolicy, PlanStatus

__all__ = ["CapacityPlan", "CapacityPolicy", "PlanStatus"]
