"""The inputs of the allocation, estimated from past sessions: no-show rates, demand and the correlation of demand.

A *clinic* here is what recurs and gets quotas of its own: a doctor's Tuesday morning, or a department's. Clinics borrow
strength from their doctor's others, doctors from their department and departments from their hospital, as far as the data say
that they are alike; a clinic without history gets its doctor's numbers, a doctor without history the department's. Every estimate
comes with an interval, its sample size, and whose sessions it mostly rests on.
"""

from capacity.numeric.estimation.correlation import CorrelationEstimate, estimate_correlation, highest_feasible_correlation
from capacity.numeric.estimation.demand import DemandEstimate, estimate_demand
from capacity.numeric.estimation.dispersion import Dispersion
from capacity.numeric.estimation.hierarchy import Source
from capacity.numeric.estimation.levels import Level
from capacity.numeric.estimation.no_show import NoShowEstimate, estimate_no_show
from capacity.numeric.estimation.sessions import Sessions

__all__ = [
    "CorrelationEstimate",
    "DemandEstimate",
    "Dispersion",
    "Level",
    "NoShowEstimate",
    "Sessions",
    "Source",
    "estimate_correlation",
    "estimate_demand",
    "estimate_no_show",
    "highest_feasible_correlation",
]
