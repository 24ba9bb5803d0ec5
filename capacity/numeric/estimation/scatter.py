"""How alike the children of one parent are in their means: clinics of a doctor, doctors of a department, departments.

Each child has an estimated mean λᵢ from evidence worth a gamma shape aᵢ. Children scatter around their parent's mean m
with a relative variance τ² that belongs to them and 1/(eᵢ·m) that is chance, eᵢ = aᵢ/λᵢ being the exposure. τ² is the
value at which the weighted squares of λᵢ/m − 1 come to what their number of degrees of freedom allows (Paule–Mandel).

Source: Paule & Mandel, *Consensus values and weighting factors*, Journal of Research of the National Bureau of
Standards 87(5), 1982; DerSimonian & Kacker, Contemporary Clinical Trials 28(2), 2007.
"""

import math

import numpy as np
from scipy import optimize

from capacity.numeric.estimation.hierarchy import Belief
from capacity.numeric.estimation.levels import Integers, sum_by

# A parent is worth at least one of its child's patients, and at most four hundred: means are taken to differ by 5 % or
# more, so that a clinic with a year of its own sessions is never overruled by its department.
WEAKEST_SHAPE = 1.0
STRONGEST_SHAPE = 400.0


def at_parents_mean(own: Belief, parent: Integers, parents: int) -> Belief:
    """Children with the shape that their exposure has at their parent's mean: else one that is low by chance looks certain."""
    exposure = own.strength / own.value
    shape, exposed = sum_by(parent, own.strength, groups=parents), sum_by(parent, exposure, groups=parents)
    parent_mean = np.divide(shape, exposed, out=np.zeros(parents), where=exposed > 0)
    return Belief(own.value, exposure * parent_mean[parent])


def worth_in_patients(own: Belief, parent: Integers, parents: int) -> float:
    """1/τ², what a parent's mean is worth to a child: between the strongest and the weakest of the above.

    Infinite where no parent has two children with evidence: what sets a child apart cannot be told from what sets its parent
    apart.
    """
    known = own.strength > 0
    siblings = sum_by(parent, known, groups=parents)
    index = np.flatnonzero(known & (siblings > 1)[parent])
    if not index.size:
        return math.inf
    freedom = index.size - np.count_nonzero(siblings > 1)
    children, whose = own.at(index), parent[index]
    mean, chance = children.value, 1 / children.strength

    def excess(scatter: float) -> float:
        weights = 1 / (scatter + chance)
        total = sum_by(whose, weights, groups=parents)[whose]
        centre = sum_by(whose, weights * mean, groups=parents)[whose] / total
        return float(np.sum(weights * (mean / centre - 1) ** 2)) - freedom

    least, most = 1 / STRONGEST_SHAPE, 1 / WEAKEST_SHAPE
    if excess(least) <= 0:
        return STRONGEST_SHAPE
    if excess(most) >= 0:
        return WEAKEST_SHAPE
    return 1 / float(optimize.brentq(excess, least, most, xtol=1e-9))
