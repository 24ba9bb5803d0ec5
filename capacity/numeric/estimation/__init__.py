"""The inputs of the allocation, estimated from past sessions: no-show rates, demand and the correlation of demand.

A *clinic* here is what recurs and gets quotas of its own: a doctor's Tuesday morning, or a department's. Clinics borrow
strength from their department, and departments from their hospital, as far as the data say that they are alike; a
clinic without history gets its department's numbers. Every estimate comes with an interval and its sample size.
"""

from capacity.numeric.estimation.correlation import CorrelationEstimate, estimate_correlation, highest_feasible_correlation
from capacity.numeric.estimation.demand import DemandEstimate, estimate_demand
from capacity.numeric.estimation.levels import Level
from capacity.numeric.estimation.no_show import NoShowEstimate, estimate_no_show
from capacity.numeric.estimation.sessions import Sessions

__all__ = [
    "CorrelationEstimate",
    "DemandEstimate",
    "Level",
    "NoShowEstimate",
    "Sessions",
    "estimate_correlation",
    "estimate_demand",
    "estimate_no_show",
    "highest_feasible_correlation",
]
