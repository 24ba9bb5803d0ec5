"""θ, the share of the patients who found nothing that left a trace (a refused attempt, a place on the waitlist)."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from capacity.numeric.estimation.censored import fit_rates, trace_score
from capacity.numeric.estimation.levels import Floats
from capacity.numeric.estimation.sessions import Sessions

# Jeffreys's prior for a Poisson mean: all but nothing, for a clinic looked at by itself.
OWN_SHAPE = 0.5
# θ is one number for a whole hospital: so many sessions tell it to a hundredth, and more would only take time.
SESSIONS_FOR_TRACES = 4_000
# Bounds and tolerance of log(θ / (1 − θ)).
FURTHEST = 8.0
FIRST_STEP = 0.3
TOLERANCE = 0.02


@dataclass(slots=True)
class TraceSearch:
    """Finds the likeliest θ, with each clinic's mean fitted to it. It remembers where it was, so that the next search is
    short."""

    sessions: Sessions
    prior_mean: Floats
    guess: float = 0.5
    _means: Floats | None = None

    def __post_init__(self) -> None:
        self.sessions = self.sessions.of_some_clinics(SESSIONS_FOR_TRACES)

    def likeliest(self, overdispersion: Floats) -> float:
        """θ for this α (clinics,); 0 where nobody was ever traced."""
        if not self.sessions.refused.any():
            return 0.0

        def score(logit: float) -> float:
            trace = float(special.expit(logit))
            rates = fit_rates(
                self.sessions.evidence,
                trace_probability=trace,
                overdispersion=overdispersion,
                prior_shape=np.full(self.prior_mean.size, OWN_SHAPE),
                prior_mean=self.prior_mean,
                start=self._means,
            )
            self._means = rates.mean
            return trace_score(self.sessions.evidence, rates.mean, trace_probability=trace, overdispersion=overdispersion)

        near = float(special.logit(self.guess))
        # More traces than θ foretells: it is higher.
        direction = 1 if score(near) > 0 else -1
        step = FIRST_STEP
        while abs(far := near + direction * step) < FURTHEST and direction * score(far) > 0:
            near, step = far, 2 * step
        if abs(far) >= FURTHEST:
            self.guess = float(special.expit(direction * FURTHEST))
        else:
            self.guess = float(special.expit(optimize.brentq(score, min(near, far), max(near, far), xtol=TOLERANCE)))
        return self.guess
