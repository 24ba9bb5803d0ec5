"""Poisson means from sessions of which some sold out and show only a part of their demand.

A session that did not sell out shows its demand x. One that sold out after q patients had d ≥ q, of whom d − q found
nothing; each of these left a trace (a refused attempt, a place on the waitlist) with probability θ, so r ~ Bin(d − q, θ)
traces were counted. Summing the unseen ones out gives, with Kummer's function M,

    P(q, r; λ) ∝ e^(−λ) · λ^(q+r) · θ^r · M(r + 1; q + r + 1; λ·(1 − θ)).

θ = 0 is plain right censoring, P(X ≥ q); at θ = 1 nothing is hidden. To take q + r as a bound, P(X ≥ q + r), looks
harmless and is wrong: the bound then depends on the demand that it bounds, and means come out too high at every θ.

The log-likelihood is concave in λ (M's integral is one over a log-concave function of λ and the variable of
integration). With a gamma prior of shape κ and mean m its maximum (over log λ, so that without censoring it is the
posterior mean) solves

    g(λ) = κ + w·Σ E[X | seen] − λ·(κ/m + w·n) = 0

over all n sessions, w ≤ 1 discounting sessions that vary more than Poisson. E[X | seen] lies between q + r and
q + r + λ·(1 − θ), which brackets the root; Newton's method does the rest, g' coming from Var[X | seen].

Source: censored-demand estimation as in Conrad, Operational Research Quarterly 27(1), 1976; M as in DLMF 13.4.1.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from capacity.numeric.estimation.levels import Flags, Floats, Integers, sum_by

STEPS = 200  # bisection alone needs 60; reaching this is a fault of this file
PRECISION = 1e-12
# exp(700) is nearly the largest float. Above it the hidden demand is given by its mode and curvature, 0.1 % off at most.
LARGEST_EXPONENT = 700.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sessions, each array (sessions,): the group each belongs to, the seats taken, whether they sold out, and the
    patients traced beyond them (0 where not sold out)."""

    group: Integers
    taken: Floats
    sold_out: Flags
    traced: Floats


@dataclass(frozen=True, slots=True)
class Rates:
    """Fitted means of n groups, each array (n,).

    `shape` is the information about log(mean), so that gamma(shape, mean / shape) describes what is known of it (exactly
    where nothing is censored). `weight` is κ/m + w·n: what one more session is added to.
    """

    mean: Floats
    shape: Floats
    weight: Floats

    def quantile(self, probability: float) -> Floats:
        """The value the mean is below with this probability."""
        return self.mean * special.gammaincinv(self.shape, probability) / self.shape


def hidden_demand(taken: Floats, traced: Floats, hidden_mean: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of d − q − r, the demand that left no trace, given q, r and λ·(1 − θ); any common shape."""
    a, b = traced + 1, taken + traced + 1
    z = np.minimum(hidden_mean, LARGEST_EXPONENT)
    kummer = special.hyp1f1(a, b, z)
    mean = z * a / b * special.hyp1f1(a + 1, b + 1, z) / kummer
    pairs = z**2 * (a / b) * ((a + 1) / (b + 1)) * special.hyp1f1(a + 2, b + 2, z) / kummer
    variance = np.maximum(pairs + mean - mean**2, 0)

    excess = hidden_mean - taken - traced
    mode = np.maximum((excess + np.sqrt(excess**2 + 4 * hidden_mean * (traced + 0.5))) / 2, 1e-9)
    spread = 1 / (1 / mode - 1 / (mode + traced + 1) + 1 / (mode + taken + traced + 1))
    far = hidden_mean > LARGEST_EXPONENT
    return np.where(far, mode, mean), np.where(far, spread, variance)


def fit_rates(evidence: Evidence, *, trace_probability: float, discount: float, prior_shape: Floats, prior_mean: Floats) -> Rates:
    """The mean demand per session of each group.

    `prior_shape` and `prior_mean` have shape (groups,) and are above zero; `discount` is w, `trace_probability` θ.
    """
    groups = prior_mean.size
    seen = evidence.taken + evidence.traced
    counted = prior_shape + discount * sum_by(evidence.group, seen, groups=groups)
    weight = prior_shape / prior_mean + discount * sum_by(evidence.group, np.ones_like(seen), groups=groups)
    of_group, taken, traced, occurs = _alike(evidence)
    share, hidden = discount * occurs, 1 - trace_probability

    low = counted / weight
    high = counted / (weight - hidden * sum_by(of_group, share, groups=groups))
    mean = high.copy()
    for _ in range(STEPS):
        unseen, variance = hidden_demand(taken, traced, hidden * mean[of_group])
        value = counted + sum_by(of_group, share * unseen, groups=groups) - mean * weight
        slope = sum_by(of_group, share * variance, groups=groups) / mean - weight
        low, high = np.where(value >= 0, mean, low), np.where(value <= 0, mean, high)
        # Concavity makes g/λ fall, so at the root g' < 0; away from it the step may lead out, and is then halved instead.
        step = mean - value / np.where(slope < 0, slope, -weight)
        following = np.where((step > low) & (step < high), step, (low + high) / 2)
        moved = np.abs(following - mean)
        mean = following
        if (moved <= PRECISION * mean).all():
            break
    else:
        raise ArithmeticError(f"the means did not settle in {STEPS} steps")
    return Rates(mean=mean, shape=-slope * mean, weight=weight)


def log_likelihood(evidence: Evidence, mean: Floats, *, trace_probability: float) -> float:
    """Of all sessions under the groups' means, up to a constant; 0 < θ < 1."""
    each = mean[evidence.group]
    seen = evidence.taken + evidence.traced
    total = float(np.sum(seen * np.log(each) - each)) + float(evidence.traced.sum()) * np.log(trace_probability)
    of_group, taken, traced, occurs = _alike(evidence)
    z = (1 - trace_probability) * mean[of_group]
    kummer = np.log(special.hyp1f1(traced + 1, taken + traced + 1, np.minimum(z, LARGEST_EXPONENT)))
    far = z - taken * np.log(z) + special.gammaln(taken + traced + 1) - special.gammaln(traced + 1)
    return total + float(np.sum(occurs * np.where(z > LARGEST_EXPONENT, far, kummer)))


def _alike(evidence: Evidence) -> tuple[Integers, Floats, Floats, Integers]:
    """Sold-out sessions of one group with the same counts as one: group, taken, traced, how many."""
    sold_out = evidence.sold_out
    group, taken, traced = evidence.group[sold_out], evidence.taken[sold_out], evidence.traced[sold_out]
    # One integer a session: sorting those is many times as fast as sorting triples.
    key = group * (int(taken.max(initial=0)) + 1) + taken.astype(np.int64)
    key = key * (int(traced.max(initial=0)) + 1) + traced.astype(np.int64)
    _, first, occurs = np.unique(key, return_index=True, return_counts=True)
    return group[first], taken[first], traced[first], occurs
