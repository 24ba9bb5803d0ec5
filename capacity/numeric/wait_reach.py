"""How far a forecast's range has to reach, in standard deviations, to hold as often as it claims."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

# Where few waits were seen theory still has a say: as much as this many more that ended as the normal law has them.
THEORY_WORTH = 40
# Beyond this a range says nothing that a patient could use.
FURTHEST = 8.0
# A range stays one, also where all waits ended alike.
NARROWEST = 0.5


def measured_reach(scores: NDArray[np.float64], *, claimed: float) -> tuple[float, float]:
    """Between which standard scores the middle `claimed` share of waits ended.

    `scores` has (what came − mean) / standard deviation of forecasts that were told, one each. The quantiles are of them and
    of `THEORY_WORTH` normal ones, so that a handful of waits moves little and thousands speak for themselves (split conformal
    prediction of normalised residuals, with a prior: Lei et al., "Distribution-free predictive inference for regression",
    JASA 113, 2018, section 5.2). Neither side goes beyond `FURTHEST`.

    >>> low, high = measured_reach(np.array([]), claimed=0.8)
    >>> round(low, 2), round(high, 2)
    (-1.28, 1.28)

    Raises ValueError for a share that is not within 0 and 1, and scores that are not finite.
    """
    if not 0 < claimed < 1:
        raise ValueError(f"claimed must be between 0 and 1, not {claimed}")
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    theory = ndtri((np.arange(THEORY_WORTH) + 0.5) / THEORY_WORTH)
    beside = (1 - claimed) / 2
    low, high = np.quantile(np.concatenate((scores, theory)), (beside, 1 - beside), method="hazen").clip(-FURTHEST, FURTHEST)
    return float(min(low, high - NARROWEST)), float(high)
