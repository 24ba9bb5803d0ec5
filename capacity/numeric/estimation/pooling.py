"""How alike children are (clinics of a department, departments of a hospital), and what their parents come to.

Each child has an estimated mean λᵢ from evidence worth a gamma shape aᵢ. Children scatter around their parent's mean m
with a relative variance τ² that belongs to them and 1/(eᵢ·m) that is chance, eᵢ = aᵢ/λᵢ being the exposure. τ² is the
value at which the weighted squares of λᵢ/m − 1 come to what their number of degrees of freedom allows (Paule–Mandel).

Source: Paule & Mandel, *Consensus values and weighting factors*, Journal of Research of the National Bureau of
Standards 87(5), 1982; DerSimonian & Kacker, Contemporary Clinical Trials 28(2), 2007.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from capacity.numeric.estimation.levels import Flags, Floats, Integers, sum_by

# A parent is worth at least one of its child's patients, and at most four hundred: means are taken to differ by 5 % or
# more, so that a clinic with a year of its own sessions is never overruled by its department.
WEAKEST_SHAPE = 1.0
STRONGEST_SHAPE = 400.0


@dataclass(frozen=True, slots=True)
class Parents:
    """Means of n parents with the shape of what is known of them (0 where no child has evidence), each array (n,), and
    the shape 1/τ² that a parent's mean is worth to a child."""

    mean: Floats
    shape: Floats
    child_shape: float


def pool(*, mean: Floats, shape: Floats, parent: Integers, parents: int, fallback_mean: float) -> Parents:
    """The means of the parents from their children's, those with a `shape` of zero left out.

    `mean`, `shape`, `parent` have shape (children,). A parent without evidence gets `fallback_mean`.
    """
    known = shape > 0
    mean, shape, parent = mean[known], shape[known], parent[known]
    chance = _relative_variances(mean, shape, parent, parents)
    scatter = _scatter(mean, chance, parent, parents)
    weights = 1 / (scatter + chance)
    total = sum_by(parent, weights, groups=parents)
    evident = total > 0
    pooled = np.full(parents, fallback_mean)
    pooled[evident] = sum_by(parent, weights * mean, groups=parents)[evident] / total[evident]
    return Parents(mean=pooled, shape=total, child_shape=1 / scatter)


def _relative_variances(mean: Floats, shape: Floats, parent: Integers, parents: int) -> Floats:
    """What chance alone makes of λᵢ/m − 1, at the parent's mean: a child's own, when low by chance, would look certain."""
    exposure = shape / mean
    parent_mean = sum_by(parent, shape, groups=parents)[parent] / sum_by(parent, exposure, groups=parents)[parent]
    return 1 / (exposure * parent_mean)


def _scatter(mean: Floats, chance: Floats, parent: Integers, parents: int) -> float:
    """τ², between what the strongest and the weakest parent allow."""
    least, most = 1 / STRONGEST_SHAPE, 1 / WEAKEST_SHAPE
    siblings: Flags = np.bincount(parent, minlength=parents) > 1
    freedom = int(np.bincount(parent, minlength=parents)[siblings].sum() - siblings.sum())
    if freedom == 0:
        return most  # nobody to compare with: the parent is a mere hint

    def excess(scatter: float) -> float:
        weights = 1 / (scatter + chance)
        centre = sum_by(parent, weights * mean, groups=parents)[parent] / sum_by(parent, weights, groups=parents)[parent]
        return float(np.sum(weights * (mean / centre - 1) ** 2)) - freedom

    if excess(least) <= 0:
        return least
    if excess(most) >= 0:
        return most
    return float(optimize.brentq(excess, least, most, xtol=1e-9))
