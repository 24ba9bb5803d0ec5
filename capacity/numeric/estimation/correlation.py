"""The correlation of advance and same-day demand, with sold-out sessions taken for what they are.

Demand is d1 = X1 + X0, d2 = X2 + X0 with X0 ~ Poisson(λ0), λ0 = ρ·√(m1·m2), and X1, X2 Poisson with what is left of the
means m1, m2. A session's likelihood sums over X0 = k; in each channel it has P(X = taken − k) where the quota was not
reached and P(X ≥ taken − k) where it was. One ρ is fitted to all sessions given: a single clinic's are far too few.

The plain moment estimate from sessions that sold out in neither channel is cut off at the quotas just where correlation
shows, and comes out too low; this uses every session and is not.

Source: the trivariate reduction of the capacity model's paper (Jiang, Tang, Yan 2017); the likelihood is that of Holgate,
*Estimation for the bivariate Poisson distribution*, Biometrika 51, 1964, with censoring added.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from capacity.numeric.errors import InvalidInput
from capacity.numeric.estimation.levels import COVERAGE, Floats
from capacity.numeric.estimation.sessions import Sessions

SESSIONS_AT_ONCE = 10_000
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


def highest_feasible_correlation(mean_advance: ArrayLike, mean_same_day: ArrayLike) -> Floats:
    """√(min / max) of the two means: beyond it the shared part would exceed the smaller one. Any common shape, above 0.

    >>> float(highest_feasible_correlation(16.0, 4.0))
    0.5
    """
    first, second = np.asarray(mean_advance, dtype=np.float64), np.asarray(mean_same_day, dtype=np.float64)
    return np.sqrt(np.minimum(first, second) / np.maximum(first, second))


def estimate_correlation(
    *,
    advance: Sessions,
    same_day: Sessions,
    mean_advance: ArrayLike,
    mean_same_day: ArrayLike,
    prior_correlation: float = 0.0,
) -> CorrelationEstimate:
    """ρ over all sessions given. `advance` and `same_day` are the two channels of the same sessions, in the same order
    (`DemandEstimate.believed`, so that a freak day counts for no more than elsewhere); the means (clinics,) are the
    clinics' estimates. `prior_correlation` is what to assume without sessions.

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
    ceiling = float(np.median(highest_feasible_correlation(first, second)))

    def log_posterior(correlation: float) -> float:
        shared = np.minimum(correlation * np.sqrt(first * second), np.minimum(first, second))
        prior = -0.5 * ((correlation - prior_correlation) / PRIOR_DEVIATION) ** 2
        return _log_likelihood(advance, same_day, first, second, shared) + prior

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
    return CorrelationEstimate(correlation, float(lower), float(upper), ceiling, advance.clinic.size)


def _log_likelihood(advance: Sessions, same_day: Sessions, first: Floats, second: Floats, shared: Floats) -> float:
    reach = int(special.pdtrik(1 - SHARED_TAIL, shared.max())) + 2 if shared.max() > 0 else 1
    total = 0.0
    for start in range(0, advance.clinic.size, SESSIONS_AT_ONCE):
        part = slice(start, start + SESSIONS_AT_ONCE)
        clinic = advance.clinic[part]
        k = np.arange(reach, dtype=np.float64)
        likelihood = _pmf(k, shared[clinic][:, None])
        likelihood *= _seen(advance, part, k, (first - shared)[clinic][:, None])
        likelihood *= _seen(same_day, part, k, (second - shared)[clinic][:, None])
        total += float(np.sum(np.log(np.maximum(likelihood.sum(axis=1), TINY))))
    return total


def _seen(sessions: Sessions, part: slice, shared: Floats, mean: Floats) -> Floats:
    """P(what one channel shows | X0 = shared): shape (sessions, shared)."""
    rest = sessions.taken[part][:, None] - shared
    mean = np.broadcast_to(mean, rest.shape)
    sold_out = sessions.sold_out[part][:, None]
    tail, exact = sold_out & (rest > 0), ~sold_out & (rest >= 0)
    seen = np.where(sold_out, 1.0, np.zeros_like(rest))
    seen[tail] = special.gammainc(rest[tail], mean[tail])
    seen[exact] = _pmf(rest[exact], mean[exact])
    return seen


def _pmf(count: Floats, mean: Floats) -> Floats:
    return np.exp(special.xlogy(count, mean) - mean - special.gammaln(count + 1))
