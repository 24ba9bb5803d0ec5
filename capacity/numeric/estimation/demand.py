"""Mean demand per session of one channel, seen through quotas that cut it off.

Demand is Poisson around a clinic's mean; clinics vary around their department's mean and departments around the
hospital's, as gamma variables (empirical Bayes). Sessions that sold out are right-censored, and refused attempts and
waitlist joins show a share θ, estimated too, of what was cut off (`censored.py`). Two provisions keep real histories
from misleading:

- **dispersion**: where sessions vary φ > 1 times as much as Poisson, each counts 1/φ. φ comes from the median residual of
  clinics that never sold out (in the others the large counts are cut off), so that a few freak days do not make it;
- **freak days**: a session is believed as far as the clinic's *other* sessions and its department make it possible: up to
  the count that their predictive distribution, negative binomial, exceeds once in ten thousand times (and down to
  its mirror image). One festival or one strike so moves a mean by little; a change that lasts is believed.

Source: capacity-model.md, "Estimating the inputs"; gamma-Poisson shrinkage as in Gelman et al., *Bayesian Data Analysis*,
3rd ed. (2013), section 2.6.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from capacity.numeric.estimation.censored import Rates, fit_rates, log_likelihood
from capacity.numeric.estimation.freak_days import without_freak_days
from capacity.numeric.estimation.levels import (
    COVERAGE,
    Floats,
    Integers,
    Level,
    department_indices,
    indices,
    require_between,
    sum_by,
)
from capacity.numeric.estimation.pooling import Parents, pool
from capacity.numeric.estimation.sessions import Sessions

# Jeffreys's prior for a Poisson mean: all but nothing, for a clinic looked at by itself.
OWN_SHAPE = 0.5
# Fewer residuals than this say too little about dispersion: Poisson is kept.
FEWEST_RESIDUALS = 30
MEDIAN_OF_ABSOLUTE_NORMAL = 0.6745
LARGEST_DEMAND = 100_000.0


@dataclass(frozen=True, slots=True)
class DemandEstimate:
    """Mean demand per session of one channel.

    `trace_probability` is θ, the share of patients who found nothing and were seen to; `dispersion` is φ;
    `clinic_prior_shape` is how many patients the department's mean is worth to a clinic; `sold_out_sessions` (clinics,)
    says how much of the sample only gave a bound; `believed` are the sessions with freak days drawn in, of which there
    are `freak_sessions`.
    """

    clinics: Level
    departments: Level
    hospital: Level
    trace_probability: float
    dispersion: float
    clinic_prior_shape: float
    sold_out_sessions: Integers
    freak_sessions: int
    believed: Sessions


def estimate_demand(*, sessions: Sessions, department: ArrayLike, departments: int, prior_mean: float) -> DemandEstimate:
    """The mean demand per session of each clinic and department, for one channel.

    `department` (clinics,) is each clinic's department as an index below `departments`. `prior_mean` is the demand per
    session assumed of a hospital without any history; it is worth one patient. Where every session of a hospital sold
    out, the data only bound demand from below, and the prior decides how far above: the interval says so.

    Raises InvalidInput for an index out of range or a `prior_mean` that is not above 0 and below 100,000.
    """
    group = department_indices(department, departments=departments)
    indices("clinic", sessions.clinic, below=group.size)
    require_between("prior_mean", prior_mean, 0, LARGEST_DEMAND)
    discount = 1 / _dispersion(sessions, group.size)
    fit = _Fit(group, departments, _overall(sessions, prior_mean, discount), discount)
    # Priors and θ are first found with the freak days in, then without.
    trace = _trace_probability(sessions, fit)
    believed = without_freak_days(sessions, sessions, fit.levels(sessions, trace).clinics, trace, discount)
    trace = _trace_probability(believed, fit)
    believed = without_freak_days(sessions, believed, fit.levels(believed, trace).clinics, trace, discount)
    levels = fit.levels(believed, trace)
    counts = np.bincount(sessions.clinic, minlength=group.size)
    return DemandEstimate(
        clinics=_level(levels.clinics, counts),
        departments=_level(levels.departments, sum_by(group, counts, groups=departments)),
        hospital=_level(levels.hospital, counts.sum(keepdims=True)),
        trace_probability=trace,
        dispersion=1 / discount,
        clinic_prior_shape=levels.clinic_prior_shape,
        sold_out_sessions=np.bincount(sessions.clinic[sessions.sold_out], minlength=group.size),
        freak_sessions=int(np.count_nonzero(believed.taken + believed.refused != sessions.taken + sessions.refused)),
        believed=believed,
    )


@dataclass(frozen=True, slots=True)
class _Levels:
    clinics: Rates
    departments: Rates
    hospital: Rates
    clinic_prior_shape: float


@dataclass(frozen=True, slots=True)
class _Fit:
    """What stays the same while freak days and θ are settled."""

    group: Integers
    departments: int
    overall: float
    discount: float

    def alone(self, sessions: Sessions, trace: float) -> Rates:
        """Each clinic by itself."""
        clinics = self.group.size
        return self.clinics(sessions, trace, np.full(clinics, OWN_SHAPE), np.full(clinics, self.overall))

    def clinics(self, sessions: Sessions, trace: float, prior_shape: Floats, prior_mean: Floats) -> Rates:
        return fit_rates(
            sessions.evidence,
            trace_probability=trace,
            discount=self.discount,
            prior_shape=prior_shape,
            prior_mean=prior_mean,
        )

    def levels(self, sessions: Sessions, trace: float) -> _Levels:
        """Up, from clinics by themselves to departments and the hospital; then down, each with its parent as prior."""
        alone = self.alone(sessions, trace)
        has_history = np.bincount(sessions.clinic, minlength=self.group.size) > 0
        evidence = np.where(has_history, np.maximum(alone.shape - OWN_SHAPE, 0), 0)
        up = pool(mean=alone.mean, shape=evidence, parent=self.group, parents=self.departments, fallback_mean=self.overall)
        top = pool(
            mean=up.mean,
            shape=up.shape,
            parent=np.zeros(self.departments, dtype=np.int64),
            parents=1,
            fallback_mean=self.overall,
        )
        hospital = _as_rates(top.mean, np.maximum(top.shape, OWN_SHAPE))
        departments = _shrunk(up, hospital, top.child_shape)
        prior_shape = 1 / (1 / up.child_shape + 1 / departments.shape[self.group])
        clinics = self.clinics(sessions, trace, prior_shape, departments.mean[self.group])
        return _Levels(clinics, departments, hospital, up.child_shape)


def _as_rates(mean: Floats, shape: Floats) -> Rates:
    return Rates(mean=mean, shape=shape, weight=shape / mean)


def _shrunk(departments: Parents, hospital: Rates, prior_shape: float) -> Rates:
    """Departments' gamma posteriors, the hospital's mean (itself uncertain) as their prior."""
    shape = 1 / (1 / prior_shape + 1 / hospital.shape[0])
    weight = shape / hospital.mean[0] + departments.shape / departments.mean
    return Rates(mean=(shape + departments.shape) / weight, shape=shape + departments.shape, weight=weight)


def _overall(sessions: Sessions, prior_mean: float, discount: float) -> float:
    """The mean of all sessions together, at plain censoring: where clinics without evidence start from."""
    everywhere = fit_rates(
        replace(sessions.evidence, group=np.zeros_like(sessions.clinic)),
        trace_probability=0.0,
        discount=discount,
        prior_shape=np.ones(1),
        prior_mean=np.array([prior_mean]),
    )
    return float(everywhere.mean[0])


def _trace_probability(sessions: Sessions, fit: _Fit) -> float:
    """θ, the likeliest with each clinic's mean fitted to it; 0 where nobody was ever traced."""
    if not sessions.refused.any():
        return 0.0

    def minus_log_likelihood(trace: float) -> float:
        return -log_likelihood(sessions.evidence, fit.alone(sessions, trace).mean, trace_probability=trace)

    best = optimize.minimize_scalar(minus_log_likelihood, bounds=(0, 1), method="bounded", options={"xatol": 5e-3})
    return float(best.x)


def _dispersion(sessions: Sessions, clinics: int) -> float:
    """φ ≥ 1, from the median of the standardised residuals of clinics that never sold out."""
    cut_off = np.bincount(sessions.clinic[sessions.sold_out], minlength=clinics) > 0
    number = np.bincount(sessions.clinic, minlength=clinics)
    mean = sum_by(sessions.clinic, sessions.taken, groups=clinics) / np.maximum(number, 1)
    usable = (~cut_off & (number > 1) & (mean > 0))[sessions.clinic]
    whose = sessions.clinic[usable]
    if whose.size < FEWEST_RESIDUALS:
        return 1.0
    variance = mean[whose] * (1 - 1 / number[whose])
    residuals = np.abs(sessions.taken[usable] - mean[whose]) / np.sqrt(variance)
    return float(max(1.0, (np.median(residuals) / MEDIAN_OF_ABSOLUTE_NORMAL) ** 2))


def _level(rates: Rates, sample_size: Floats | Integers) -> Level:
    return Level(
        mean=rates.mean,
        lower=rates.quantile((1 - COVERAGE) / 2),
        upper=rates.quantile((1 + COVERAGE) / 2),
        sample_size=sample_size.astype(np.int64),
    )
