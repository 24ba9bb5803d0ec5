"""Mean demand from sessions of which some sold out and show only a part of their demand.

Demand is negative binomial with mean m and variance m + α·m² (Poisson at α = 0). A session that did not sell out shows its demand
x. One that sold out after q patients had d ≥ q, of whom d − q found nothing; each of these left a trace (a refused attempt, a
place on the waitlist) with probability θ, so r ~ Bin(d − q, θ) traces were counted. The n = d − q − r others left none: given q
and r, n has probabilities in proportion to t(n), t(0) = 1 and, with s = q + r,

    t(n + 1) / t(n) = (1 − θ)·m / (1 + α·m) · (1 + α·(s + n)) · (r + 1 + n) / ((s + 1 + n)·(n + 1)),

and the session has the probability P(d = s)·θ^r·Σ t(n). θ = 0 is plain right censoring, P(d ≥ q); at θ = 1 nothing is hidden. To
take q + r as a bound, P(d ≥ q + r), looks harmless and is wrong: the bound then depends on the demand that it bounds, and means
come out too high at every θ.

With a gamma prior of shape κ and mean m₀ the maximum of the likelihood (over log m, so that without censoring it is the posterior
mean at α = 0) solves

    κ·(1 − m/m₀) + Σ (E[d | seen] − m) / (1 + α·m) = 0

over the sessions, found by Newton's method within a bracket, as dE[d | seen]/dm = Var[d | seen] / (m·(1 + α·m)).

Source: censored-demand estimation as in Conrad, Operational Research Quarterly 27(1), 1976; at α = 0, Σ t(n) is Kummer's function
(DLMF 13.2.2).
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from capacity.numeric.estimation.levels import Flags, Floats, Integers, sum_by

STEPS = 200  # bisection alone needs 60; reaching this is a fault of this file
PRECISION = 1e-10
# Newton's steps end squared: after one that moved a mean by a millionth, the next would move it by about its square.
PRECISION_OF_NEWTON = 1e-6
# Above this the hidden demand is given by its mode and curvature (mean 1e-4 off at most); below it the series is summed.
LARGEST_SUMMED = 100.0
NEGLIGIBLE = 1e-15
TERMS_BETWEEN_LOOKS = 16


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
    where nothing is censored and demand is Poisson). `weight` is κ/m₀ + w·sessions with w = `session_weight` = 1/(1 + α·m).
    """

    mean: Floats
    shape: Floats
    weight: Floats
    session_weight: Floats

    def quantile(self, probability: float) -> Floats:
        """The value the mean is below with this probability."""
        return self.mean * special.gammaincinv(self.shape, probability) / self.shape


@dataclass(frozen=True, slots=True)
class Hidden:
    """Of the demand that left no trace: mean, variance, and log Σ t(n)."""

    mean: Floats
    variance: Floats
    log_sum: Floats


def hidden_demand(
    taken: Floats, traced: Floats, mean: Floats, *, trace_probability: float, overdispersion: Floats | float = 0.0
) -> Hidden:
    """What is hidden in sold-out sessions, given q, r, m, θ and α; arrays (sessions,)."""
    alpha = np.broadcast_to(np.asarray(overdispersion, dtype=np.float64), mean.shape)
    factor = (1 - trace_probability) * mean / (1 + alpha * mean)
    seen = taken + traced
    mode = _mode(seen, traced, factor, alpha)
    near = mode <= LARGEST_SUMMED
    if near.all():
        return Hidden(*_summed(seen, traced, factor, alpha))
    far = ~near
    found = np.empty((3, mean.size))
    found[:, near] = _summed(seen[near], traced[near], factor[near], alpha[near])
    found[:, far] = _by_mode(seen[far], traced[far], factor[far], alpha[far], mode[far])
    return Hidden(*found)


def _summed(seen: Floats, traced: Floats, factor: Floats, alpha: Floats) -> Floats:
    """Mean, variance, log Σ t(n) by adding up t(n): all terms are positive, so nothing cancels."""
    results = np.empty((3, seen.size))
    left = np.arange(seen.size)
    term, sums = np.ones(seen.size), np.zeros((3, seen.size))
    sums[0] = 1
    grow, back, first, step = factor * (1 + alpha * seen), factor * alpha, traced + 1, seen + 1
    n = 0
    while left.size:
        for _ in range(TERMS_BETWEEN_LOOKS):
            # back·n belongs to grow, as α·(s + n) = α·s + α·n.
            term = term * ((grow + back * n) * (first + n) / ((step + n) * (n + 1)))
            n += 1
            sums[0] += term
            weighted = n * term
            sums[1] += weighted
            sums[2] += n * weighted
        ratio = (grow + back * n) * (first + n) / ((step + n) * (n + 1))
        done = (ratio < 1) & (term * (n * n) <= NEGLIGIBLE * (1 - ratio) * sums[0])
        if done.any():
            over = left[done]
            mean = sums[1, done] / sums[0, done]
            results[:, over] = mean, np.maximum(sums[2, done] / sums[0, done] - mean**2, 0), np.log(sums[0, done])
            keep = ~done
            left, term, sums = left[keep], term[keep], sums[:, keep]
            grow, back, first, step = grow[keep], back[keep], first[keep], step[keep]
    return results


def _mode(seen: Floats, traced: Floats, factor: Floats, alpha: Floats) -> Floats:
    """The n ≥ 0 at which t(n + 1) = t(n)."""
    square = 1 - factor * alpha
    linear = factor * (1 + alpha * seen) + factor * alpha * (traced + 1) - seen - 2
    constant = factor * (1 + alpha * seen) * (traced + 1) - seen - 1
    root = np.sqrt(np.maximum(linear**2 + 4 * square * constant, 0))
    return np.maximum((linear + root) / (2 * square), 0)


def _by_mode(seen: Floats, traced: Floats, factor: Floats, alpha: Floats, mode: Floats) -> Floats:
    """The same where t(n) is nearly a normal density: Laplace's method, the mean with its next term."""
    n = mode + 0.5
    rates = np.stack([1 / (n + 0.5), 1 / (seen + 0.5 + n), 1 / (traced + 0.5 + n), alpha / (1 + alpha * (seen + n - 0.5))])
    curvature = rates[0] + rates[1] - rates[2] - rates[3]
    skewed = rates[0] ** 2 + rates[1] ** 2 - rates[2] ** 2 - rates[3] ** 2
    variance = 1 / np.maximum(curvature, 1e-12)
    mean = n + 0.5 * skewed * variance**2
    log_term = n * np.log(np.maximum(factor, 1e-300)) + special.gammaln(traced + 1 + n) - special.gammaln(traced + 1)
    log_term -= special.gammaln(n + 1) + special.gammaln(seen + 1 + n) - special.gammaln(seen + 1)
    spread = alpha > 0
    size = np.where(spread, 1 / np.where(spread, alpha, 1), 0)
    rising = special.gammaln(size + seen + n) - special.gammaln(size + seen) + n * np.log(np.where(spread, alpha, 1))
    log_term += np.where(spread, rising, 0)
    return np.stack([mean, variance, log_term + 0.5 * np.log(2 * np.pi * variance)])


def fit_rates(
    evidence: Evidence,
    *,
    trace_probability: float,
    overdispersion: Floats | float = 0.0,
    prior_shape: Floats,
    prior_mean: Floats,
    start: Floats | None = None,
) -> Rates:
    """The mean demand per session of each group.

    `prior_shape` κ, `prior_mean` m₀ and, where it is an array, `overdispersion` α have shape (groups,); the first two are above
    zero. `trace_probability` is θ; `start` a guess, which changes nothing but the time it takes.
    """
    groups = prior_mean.size
    alpha = np.broadcast_to(np.asarray(overdispersion, dtype=np.float64), (groups,))
    seen = sum_by(evidence.group, evidence.taken + evidence.traced, groups=groups)
    number = np.bincount(evidence.group, minlength=groups).astype(np.float64)
    of_group, taken, traced, occurs = _alike(evidence)
    weight = 1 / (1 + alpha * prior_mean)
    mean = (prior_shape + weight * seen) / (prior_shape / prior_mean + weight * number) if start is None else start.copy()
    low, high = np.zeros(groups), np.full(groups, np.inf)
    for _ in range(STEPS):
        hidden = hidden_demand(taken, traced, mean[of_group], trace_probability=trace_probability, overdispersion=alpha[of_group])
        unseen = sum_by(of_group, occurs * hidden.mean, groups=groups)
        variance = sum_by(of_group, occurs * hidden.variance, groups=groups)
        spread = 1 + alpha * mean
        # The equation above times 1 + α·m.
        value = prior_shape * (1 - mean / prior_mean) * spread + seen + unseen - number * mean
        slope = prior_shape * (alpha * (1 - mean / prior_mean) - spread / prior_mean) + variance / (mean * spread) - number
        low, high = np.where(value >= 0, mean, low), np.where(value <= 0, mean, high)
        # At the root the slope is below zero; away from it the step may lead out of the bracket, and is then halved instead.
        step = mean - value / np.where(slope < 0, slope, -number - 1)
        inside = (step > low) & (step < high) & (step < 4 * mean)
        following = np.where(inside, step, np.where(np.isinf(high), 2 * mean, (low + high) / 2))
        following = np.where(value == 0, mean, following)
        moved = np.abs(following - mean)
        mean = following
        if (moved <= np.where(inside, PRECISION_OF_NEWTON, PRECISION) * mean).all():
            break
    else:
        raise ArithmeticError(f"the means did not settle in {STEPS} steps")
    session_weight = 1 / (1 + alpha * mean)
    return Rates(
        mean=mean,
        shape=-slope * mean * session_weight,
        weight=prior_shape / prior_mean + session_weight * number,
        session_weight=session_weight,
    )


def trace_score(evidence: Evidence, mean: Floats, *, trace_probability: float, overdispersion: Floats) -> float:
    """The derivative of the log-likelihood by θ, times θ: Σ r − θ·Σ E[hidden | seen] / (1 − θ); 0 < θ < 1."""
    of_group, taken, traced, occurs = _alike(evidence)
    hidden = hidden_demand(
        taken, traced, mean[of_group], trace_probability=trace_probability, overdispersion=overdispersion[of_group]
    )
    return float(occurs @ traced - trace_probability / (1 - trace_probability) * (occurs @ hidden.mean))


def log_probabilities(evidence: Evidence, mean: Floats, *, trace_probability: float, overdispersion: float = 0.0) -> Floats:
    """log P of what each session shows, under the groups' means (groups,); arrays (sessions,)."""
    each = mean[evidence.group]
    seen = evidence.taken + evidence.traced
    result = seen * np.log(each) - special.gammaln(seen + 1) + special.xlogy(evidence.traced, trace_probability)
    if overdispersion > 0:
        # Γ(k + s) / Γ(k)·α^s·(1 + α·m)^(−s − k) with k = 1/α; its limit at α = 0 is e^(−m).
        size = 1 / overdispersion
        result += special.gammaln(size + seen) - special.gammaln(size) - seen * np.log(size)
        result -= (seen + size) * np.log1p(overdispersion * each)
    else:
        result -= each
    full = evidence.sold_out
    result[full] += hidden_demand(
        evidence.taken[full],
        evidence.traced[full],
        each[full],
        trace_probability=trace_probability,
        overdispersion=overdispersion,
    ).log_sum
    return result


def _alike(evidence: Evidence) -> tuple[Integers, Floats, Floats, Integers]:
    """Sold-out sessions of one group with the same counts as one: group, taken, traced, how many."""
    sold_out = evidence.sold_out
    group, taken, traced = evidence.group[sold_out], evidence.taken[sold_out], evidence.traced[sold_out]
    # One integer a session: sorting those is many times as fast as sorting triples.
    key = group * (int(taken.max(initial=0)) + 1) + taken.astype(np.int64)
    key = key * (int(traced.max(initial=0)) + 1) + traced.astype(np.int64)
    _, first, occurs = np.unique(key, return_index=True, return_counts=True)
    return group[first], taken[first], traced[first], occurs
