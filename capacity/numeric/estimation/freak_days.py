"""Sessions that nothing else in a clinic's history makes possible: a festival, a strike, a fault in the records."""

from dataclasses import replace

import numpy as np

from capacity.numeric.estimation.censored import Rates, hidden_demand
from capacity.numeric.estimation.sessions import Sessions

FREAK_PROBABILITY = 1e-4
# A count this many standard deviations off is looked at closely; nearer ones are hardly freaks at the probability above.
SUSPICIOUS_DEVIATIONS = 3.0


def without_freak_days(sessions: Sessions, believed: Sessions, rates: Rates, trace: float) -> Sessions:
    """The sessions with impossible demand drawn in to what the rest of the clinic's history allows."""
    mean, weight, shape, discount = (
        values[sessions.clinic] for values in (rates.mean, rates.weight, rates.shape, rates.session_weight)
    )
    now = believed.evidence
    credited = now.taken + now.traced
    full = now.sold_out
    overdispersion = (1 / discount[full] - 1) / mean[full]
    hidden = hidden_demand(now.taken[full], now.traced[full], mean[full], trace_probability=trace, overdispersion=overdispersion)
    credited[full] += hidden.mean
    others_weight = weight - discount
    others_mean = np.maximum(weight * mean - discount * credited, 0) / others_weight
    others_shape = shape * others_weight / weight
    variance = others_mean / discount + others_mean**2 / others_shape

    seen = sessions.taken + sessions.refused
    suspicious = np.abs(seen - others_mean) > SUSPICIOUS_DEVIATIONS * np.sqrt(variance)
    # A session that sold out at few seats hides its demand: that is no sign of little demand.
    suspicious &= (others_mean > 0) & ~(sessions.sold_out & (seen < others_mean))
    # A negative binomial with this mean m and variance v: p = m/v, n = m²/(v − m).
    success = others_mean[suspicious] / variance[suspicious]
    failures = others_mean[suspicious] ** 2 / (variance[suspicious] - others_mean[suspicious])
    # Loaded when it is needed: it would be a good part of the start of every process.
    from scipy import stats

    lowest = stats.nbinom.ppf(FREAK_PROBABILITY, failures, success)
    highest = stats.nbinom.ppf(1 - FREAK_PROBABILITY, failures, success)
    credible = seen.copy()
    credible[suspicious] = np.clip(seen[suspicious], lowest, highest).astype(np.int64)
    taken = np.where(sessions.sold_out, np.minimum(sessions.taken, credible), credible)
    return replace(sessions, taken=taken, refused=credible - taken)
