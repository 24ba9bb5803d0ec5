"""How often a told range of waiting held, with an interval, and how far it would have to reach.

Waits of one session share its doctor and its day: when the doctor was called away, all of that session's ranges failed together.
Counted as if each were by itself, a department would seem off by a single bad morning. So the interval is Wilson's with the
number of waits divided by the design effect: the variance of the share between sessions over that of single draws, one at least.

Source: Korn & Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated from survey
data", Survey Methodology 24, 1998 (effective sample size); Wilson, JASA 22, 1927 (interval).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.wait_reach import measured_reach

# Below these a share says next to nothing: nothing is told.
FEWEST_WAITS, FEWEST_SESSIONS = 50, 8
# Of the normal law.
CENTRAL_95 = 1.96


@dataclass(frozen=True, slots=True)
class RangeCalibration:
    """`share` of the told ranges held, within `lower` and `upper` at 95 %; `earlier` and `later` are the shares that ended before
    and after theirs; `reach` is between which standard scores the claimed share ended."""

    share: float
    lower: float
    upper: float
    earlier: float
    later: float
    reach: tuple[float, float]


def range_calibration(
    *, scores: NDArray[np.float64], ended: NDArray[np.int64], session: NDArray[np.int64], claimed: float
) -> RangeCalibration | None:
    """Of n waits, an element each: `scores` as of `measured_reach`; `ended` is −1 before the told range, 0 within it and 1 after;
    `session` tells sessions apart. None where they are too few. Raises ValueError as `measured_reach` does."""
    _, whose = np.unique(session, return_inverse=True)
    waits, sessions = whose.size, int(whose.max(initial=-1)) + 1
    if waits < FEWEST_WAITS or sessions < FEWEST_SESSIONS:
        return None
    held = ended == 0
    share = float(held.mean())
    lower, upper = _interval(share, waits / _design_effect(held, whose, share, sessions))
    return RangeCalibration(
        share=share,
        lower=lower,
        upper=upper,
        earlier=float((ended < 0).mean()),
        later=float((ended > 0).mean()),
        reach=measured_reach(scores, claimed=claimed),
    )


def _design_effect(held: NDArray[np.bool_], whose: NDArray[np.int64], share: float, sessions: int) -> float:
    drawn = share * (1 - share) / held.size
    if drawn == 0:
        return 1.0
    beyond = np.bincount(whose, weights=held - share, minlength=sessions)
    between = sessions / (sessions - 1) * float(beyond @ beyond) / held.size**2
    return max(1.0, between / drawn)


def _interval(share: float, waits: float) -> tuple[float, float]:
    """Wilson's, of `waits` draws that need not be whole."""
    square = CENTRAL_95**2 / waits
    middle = share + square / 2
    half = CENTRAL_95 * math.sqrt(share * (1 - share) / waits + square / (4 * waits))
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))
