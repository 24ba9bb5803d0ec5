"""Whether what came strays from what was expected by more than chance: the standardised mean difference.

Over n sessions with differences `x_i − m_i`, standard deviations σ_i of the counts by the model and standard errors e_i of the
expected numbers, which rest on the same estimates and hence err together,

    z = Σ(x_i − m_i) / √(Σσ_i² + (Σe_i)²)

is about standard normal where the model is right, by the central limit theorem. A warning is given where |z| exceeds the
two-sided quantile of `FALSE_ALARM`, shared out among the counts that are looked at: so a look at one doctor whose model is right
warns wrongly with at most that probability (Bonferroni).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special

# Wrong warnings, per doctor and look: one in five hundred.
FALSE_ALARM = 0.002
# Counts that are looked at side by side: seen, missed.
COUNTS = 2
# With fewer, a skewed count is not near enough to the normal law; more would tell of what has long passed.
FEWEST_SESSIONS, MOST_SESSIONS = 12, 30


@dataclass(frozen=True, slots=True)
class Drift:
    """`mean_difference` in patients per session, positive where more came than expected; `standardised` is z above."""

    sessions: int
    mean_difference: float
    standardised: float

    @property
    def is_warning(self) -> bool:
        return self.sessions >= FEWEST_SESSIONS and abs(self.standardised) > threshold()


def threshold(false_alarm: float = FALSE_ALARM, counts: int = COUNTS) -> float:
    """The |z| above which a warning is given.

    >>> round(threshold(), 2)
    3.29
    """
    return float(-special.ndtri(false_alarm / counts / 2))


def drift(*, differences: Sequence[float], deviations: Sequence[float], errors: Sequence[float]) -> Drift:
    """Of one doctor's sessions, an element each; 0 where nothing was expected to vary and nothing did.

    >>> drift(differences=[1.0, -1.0, 3.0, 1.0], deviations=[2.0] * 4, errors=[0.0] * 4)
    Drift(sessions=4, mean_difference=1.0, standardised=1.0)
    """
    variance = math.fsum(deviation * deviation for deviation in deviations)
    return drift_of_sums(len(differences), math.fsum(differences), variance, math.fsum(errors))


def drift_of_sums(sessions: int, difference: float, variance: float, error: float) -> Drift:
    """The same from the sums over the sessions: of differences, of squared deviations, of standard errors."""
    if not sessions:
        return Drift(0, 0.0, 0.0)
    spread = math.sqrt(variance + error * error)
    standardised = difference / spread if spread > 0 else math.copysign(math.inf, difference) if difference else 0.0
    return Drift(sessions, difference / sessions, standardised)
