"""The correlation of advance and same-day demand, with sold-out sessions taken for what they are.

Demand is d1 = X1 + X0, d2 = X2 + X0 with independent X0, X1, X2: Poisson, or negative binomial where the clinic's demand varies
more (`capacity.numeric.shocks` splits means and dispersions). A session's likelihood sums over X0 = k; in each channel it has
P(X = taken − k) where the quota was not reached and P(X ≥ taken − k) where it was. One ρ is fitted to all sessions given: a
single clinic's are far too few.

The plain moment estimate from sessions that sold out in neither channel is cut off at the quotas just where correlation
shows, and comes out too low; this uses every session and is not.

Source: the trivariate reduction of the capacity model's paper (Jiang, Tang, Yan 2017); the likelihood is that of Holgate,
*Estimation for the bivariate Poisson distribution*, Biometrika 51, 1964, with censoring added.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from capacity.numeric.demand import LARGEST_REST
from capacity.numeric.errors import InvalidInput
from capacity.numeric.estimation.levels import COVERAGE, Floats, Integers
from capacity.numeric.estimation.sessions import Sessions
from capacity.numeric.negative_binomial import negative_binomial_at_least, negative_binomial_pmf, negative_binomial_reach
from capacity.numeric.shocks import Shocks

# One number for a whole hospital: so many sessions tell it to two hundredths, and more would only take time.
SESSIONS_FOR_CORRELATION = 20_000
# Some thirty sessions outweigh a prior this wide.
PRIOR_DEVIATION = 0.3
# The log-likelihood falls by this much at the ends of the interval (half the 90 % quantile of χ² with one degree).
DROP = special.gammaincinv(0.5, COVERAGE)
SHARED_TAIL = 1e-12
TINY = 1e-300  # keeps the logarithm of a session that this ρ makes impossible finite


@dataclass(frozen=True, slots=True)
class CorrelationEstimate:
    """ρ between 0 and the highest that the clinics' means allow, its 90 % interval, and how many sessions it is from."""

    correlation: float
    lower: float
    upper: float
    highest_feasible: float
    sessions: int


def highest_feasible_correlation(
    mean_advance: ArrayLike,
    mean_same_day: ArrayLike,
    dispersion_advance: ArrayLike = 1.0,
    dispersion_same_day: ArrayLike = 1.0,
) -> Floats:
    """What `capacity.numeric.demand.largest_correlation` allows, for many clinics: √(min / max) of the two means where their
    dispersions are the same. Any common shape; means above 0, dispersions from 1.

    >>> float(highest_feasible_correlation(16.0, 4.0))
    0.5
    """
    means = np.stack(np.broadcast_arrays(*(np.asarray(mean, dtype=np.float64) for mean in (mean_advance, mean_same_day))))
    phi = np.stack(
        np.broadcast_arrays(
            *(np.asarray(each, dtype=np.float64) + 0 * means[0] for each in (dispersion_advance, dispersion_same_day))
        )
    )
    least, most = phi.min(axis=0), phi.max(axis=0)
    shares = (means * (LARGEST_REST - phi) / (LARGEST_REST - least)).min(axis=0)
    # √(m·m) ≤ m for equal means, in exact arithmetic.
    highest: Floats = np.minimum(1.0, shares / np.sqrt(means[0]) / np.sqrt(means[1]) * np.sqrt(least / most))
    return highest


def estimate_correlation(
    *,
    advance: Sessions,
    same_day: Sessions,
    mean_advance: ArrayLike,
    mean_same_day: ArrayLike,
    prior_correlation: float = 0.0,
    dispersion_advance: ArrayLike = 1.0,
    dispersion_same_day: ArrayLike = 1.0,
) -> CorrelationEstimate:
    """ρ over all sessions given. `advance` and `same_day` are the two channels of the same sessions, in the same order
    (`DemandEstimate.believed`, so that a freak day counts for no more than elsewhere); the means (clinics,) are the
    clinics' estimates, the dispersions (clinics,) variance over mean. `prior_correlation` is what to assume without sessions.

    `highest_feasible` is the median clinic's; a clinic with a lower one has its own shared part capped, here as in
    whatever uses the estimate.

    Raises InvalidInput where the channels are not of the same sessions, the means do not fit, or the prior is outside
    [0, 1].
    """
    if not np.array_equal(advance.clinic, same_day.clinic):
        raise InvalidInput("same_day", "must hold the same sessions as advance, in the same order")
    first = np.asarray(mean_advance, dtype=np.float64)
    second = np.asarray(mean_same_day, dtype=np.float64)
    clinics = int(advance.clinic.max(initial=-1)) + 1
    for name, mean in (("mean_advance", first), ("mean_same_day", second)):
        if mean.ndim != 1 or mean.size < max(clinics, 1) or mean.size != first.size or not (mean > 0).all():
            raise InvalidInput(name, f"must be above 0 for each of at least {max(clinics, 1)} clinics")
    if not 0 <= prior_correlation <= 1:
        raise InvalidInput("prior_correlation", f"must be from 0 to 1, not {prior_correlation:g}")
    phi_first, phi_second = (np.asarray(phi, dtype=np.float64) + 0 * first for phi in (dispersion_advance, dispersion_same_day))
    ceilings = highest_feasible_correlation(first, second, phi_first, phi_second)
    ceiling = float(np.median(ceilings))
    looked_at = advance.of_some_clinics(SESSIONS_FOR_CORRELATION), same_day.of_some_clinics(SESSIONS_FOR_CORRELATION)
    channels = _Channels.of(*looked_at, np.stack([first, second, phi_first, phi_second, ceilings]))

    def log_posterior(correlation: float) -> float:
        prior = -0.5 * ((correlation - prior_correlation) / PRIOR_DEVIATION) ** 2
        return channels.log_likelihood(correlation) + prior

    best = optimize.minimize_scalar(
        lambda value: -log_posterior(value), bounds=(0, ceiling), method="bounded", options={"xatol": 1e-4}
    )
    # The bounded search never tries the ends themselves.
    correlation = max((float(best.x), 0.0, ceiling), key=log_posterior)
    least = log_posterior(correlation) - DROP

    def margin(value: float) -> float:
        return log_posterior(value) - least

    lower = 0.0 if margin(0.0) >= 0 else optimize.brentq(margin, 0.0, correlation, xtol=1e-4)
    upper = ceiling if margin(ceiling) >= 0 else optimize.brentq(margin, correlation, ceiling, xtol=1e-4)
    return CorrelationEstimate(correlation, float(lower), float(upper), ceiling, channels.clinic.size)


@dataclass(frozen=True, slots=True)
class _Channels:
    """The sessions that are looked at, each with its clinic's place among those that have any, and what is known of these
    clinics: rows of means and dispersions of either channel, and of the highest ρ."""

    clinic: Integers
    advance: Sessions
    same_day: Sessions
    known: Floats

    @classmethod
    def of(cls, advance: Sessions, same_day: Sessions, known: Floats) -> Self:
        clinics, place = np.unique(advance.clinic, return_inverse=True)
        return cls(place.reshape(-1), advance, same_day, known[:, clinics])

    def log_likelihood(self, correlation: float) -> float:
        if not self.clinic.size:
            return 0.0
        first, second, phi_first, phi_second, highest = self.known
        covariance = np.minimum(correlation, highest) * np.sqrt(phi_first * first) * np.sqrt(phi_second * second)
        shared = np.minimum(covariance / np.minimum(phi_first, phi_second), np.minimum(first, second))
        shocks = Shocks.split(first, second, phi_first, phi_second, shared)
        dispersions = np.ones((3, first.size)) if shocks.dispersions is None else shocks.dispersions
        reach = negative_binomial_reach(float(shared.max()), float(dispersions[0].max()), SHARED_TAIL) + 1
        likelihood = negative_binomial_pmf(shocks.means[0], dispersions[0], reach)[self.clinic]
        likelihood *= self._seen(self.advance, shocks.means[1], dispersions[1], reach)
        likelihood *= self._seen(self.same_day, shocks.means[2], dispersions[2], reach)
        return float(np.sum(np.log(np.maximum(likelihood.sum(axis=1), TINY))))

    def _seen(self, sessions: Sessions, mean: Floats, dispersion: Floats, reach: int) -> Floats:
        """P(what one channel shows | X0 = k), k below `reach`: shape (sessions, reach).

        Read off a table per clinic, of which the first `reach` places stand for less than nobody.
        """
        size = int(sessions.taken.max()) + 1
        table = np.zeros((2, mean.size, reach + size))
        table[0, :, reach:] = negative_binomial_pmf(mean, dispersion, size)
        table[1, :, :reach] = 1
        table[1, :, reach:] = negative_binomial_at_least(mean, dispersion, size)
        rest = sessions.taken[:, np.newaxis] - np.arange(reach) + reach
        seen: Floats = table[sessions.sold_out.astype(np.int64)[:, np.newaxis], self.clinic[:, np.newaxis], rest]
        return seen
