"""How much more than Poisson the sessions of a clinic vary around its mean.

Demand is taken as negative binomial, variance m + α·m²: Poisson around an intensity that varies from day to day with a relative
variance α (weather, a holiday near, a colleague away). What is compared between clinics of different size, and shrunk, is
ψ = log φ with φ = 1 + α·m̄, the variance over the mean at the hospital's mean demand m̄.

A clinic's dozen sessions say little about ψ. So each clinic's likelihood of ψ is taken at the points of a grid, its mean fitted
anew at each (censored sessions as in `censored.py`), and clinics scatter around their department's ψ and departments around the
hospital's as normal variables cut off at Poisson, ψ = 0. On a grid that is summed up exactly: what a clinic is told is the
likelihood of all others.

It is a claim that must be proved: a department's clinics (or, of a department with few sessions, all of the hospital's) count as
overdispersed only where a likelihood ratio test rejects Poisson at 1 % (shared out among the departments that are tested), and
only if φ is at least 1.1. Elsewhere φ = 1 exactly. Clinics that sold out more often than not are not asked: a few sessions short
of the quota cannot tell a high mean from a wide law, and the test would reject far too often.
Each session may, at one in a hundred, be like no other, so that a freak day does not prove anything.

Source: the adjusted profile likelihood is that of Cox & Reid, Journal of the Royal Statistical Society B 49(1), 1987; the test on
the edge of the parameter's range is Self & Liang's, Journal of the American Statistical Association 82, 1987.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import interpolate, special

from capacity.numeric.estimation.censored import Evidence, fit_rates, log_probabilities
from capacity.numeric.estimation.hierarchy import Hierarchy
from capacity.numeric.estimation.levels import COVERAGE, Flags, Floats, Integers, sum_by
from capacity.numeric.estimation.sessions import Sessions
from capacity.numeric.estimation.traces import OWN_SHAPE, TraceSearch

# φ where the likelihood is taken; between these points its logarithm is interpolated in ψ, without overshooting (PCHIP).
POINTS = np.log([1.0, 1.15, 1.35, 1.6, 2.0, 2.5, 3.2, 4.2, 5.5, 7.5, 10.0])
GRID = np.linspace(0.0, POINTS[-1], 47)
# How far clinics lie from their department's ψ and departments from the hospital's; the likeliest pair is taken.
SPREADS = (0.05, 0.1, 0.2, 0.4)
# Before anything is known, counts are expected to be nearly Poisson.
HOSPITAL_SPREAD = 0.3
SIGNIFICANCE = 0.01
LEAST_RATIO = 1.1
# Fewer than these prove nothing at that level, unless they vary beyond belief.
FEWEST_SESSIONS = 50
# A department with as many is judged by these alone.
ENOUGH_SESSIONS = 200
LIKE_NO_OTHER = 0.01
# A larger share of sold-out sessions, and a clinic is not asked.
LARGEST_SOLD_OUT_SHARE = 0.5
# A log-likelihood this far below the best; a department's sessions are that sure where there are some hundred.
OUT_OF_THE_QUESTION = 15.0


@dataclass(frozen=True, slots=True)
class Dispersion:
    """α of each clinic (clinics,) with its central 90 % interval; where Poisson was not rejected (`proven` is false) all three
    are 0. `department_p_value` (departments,) and `hospital_p_value` are those of the test."""

    overdispersion: Floats
    lower: Floats
    upper: Floats
    proven: Flags
    department_p_value: Floats
    hospital_p_value: float


def estimate_dispersion(*, sessions: Sessions, tree: Hierarchy, prior_mean: Floats) -> Dispersion:
    """The dispersion of every clinic; `prior_mean` (clinics,) is where clinics of which little is known start from."""
    sessions = _of_clinics_asked(sessions, tree.clinics)
    counts = np.bincount(sessions.clinic, minlength=tree.clinics)
    if sessions.clinic.size < FEWEST_SESSIONS or not sessions.taken.any():
        nothing = np.zeros(tree.clinics)
        return Dispersion(nothing, nothing, nothing, nothing > 0, np.ones(tree.departments), 1.0)
    mean_demand = float(counts @ prior_mean / counts.sum())
    likelihood = _profile(sessions, tree, prior_mean, np.expm1(POINTS) / mean_demand)
    likelihood = interpolate.PchipInterpolator(POINTS, likelihood, axis=1)(GRID)
    likelihood[counts < 2] = 0.0

    of_clinic, departments = tree.of_clinic, tree.departments
    department_p_value = _p_value(_gathered(likelihood, of_clinic, departments))
    hospital_p_value = float(_p_value(likelihood.sum(axis=0, keepdims=True))[0])
    posterior = _posteriors(likelihood, of_clinic, departments)
    cumulated = posterior.cumsum(axis=1)
    middle = np.expm1(posterior @ GRID)
    sessions_of = sum_by(of_clinic, counts, groups=departments)
    speaks = sessions_of >= ENOUGH_SESSIONS
    proven = np.where(speaks, department_p_value < SIGNIFICANCE / max(1, speaks.sum()), hospital_p_value < SIGNIFICANCE)[
        of_clinic
    ]
    proven &= middle >= LEAST_RATIO - 1
    bounds = [np.expm1(GRID[(cumulated < edge).sum(axis=1).clip(max=GRID.size - 1)]) for edge in _EDGES]
    alpha, lower, upper = (np.where(proven, excess / mean_demand, 0.0) for excess in (middle, *bounds))
    return Dispersion(alpha, np.minimum(lower, alpha), np.maximum(upper, alpha), proven, department_p_value, hospital_p_value)


_EDGES = ((1 - COVERAGE) / 2, (1 + COVERAGE) / 2)


def _of_clinics_asked(sessions: Sessions, clinics: int) -> Sessions:
    number = np.bincount(sessions.clinic, minlength=clinics)
    sold_out = np.bincount(sessions.clinic[sessions.sold_out], minlength=clinics)
    asked = sold_out <= LARGEST_SOLD_OUT_SHARE * number
    return sessions.at(np.flatnonzero(asked[sessions.clinic]))


def _profile(sessions: Sessions, tree: Hierarchy, prior_mean: Floats, alphas: Floats) -> Floats:
    """The log-likelihood (clinics, points) of each α, θ and each clinic's mean fitted to it, adjusted for the latter.

    Points beyond those that any department's sessions leave open are not looked at, and are as good as excluded.
    """
    clinics = prior_mean.size
    evidence, occurs = _distinct(sessions)
    search = TraceSearch(sessions, prior_mean)
    any_count = math.log(LIKE_NO_OTHER) - np.log1p(4 * prior_mean)[evidence.group]
    result = np.empty((clinics, alphas.size))
    mean, best = None, np.full(tree.departments, -np.inf)
    for place, alpha in enumerate(alphas):
        trace = search.likeliest(np.full(clinics, alpha))
        rates = fit_rates(
            sessions.evidence,
            trace_probability=trace,
            overdispersion=alpha,
            prior_shape=np.full(clinics, OWN_SHAPE),
            prior_mean=prior_mean,
            start=mean,
        )
        mean = rates.mean
        each = log_probabilities(evidence, mean, trace_probability=trace, overdispersion=alpha)
        each = np.logaddexp(math.log1p(-LIKE_NO_OTHER) + each, any_count)
        result[:, place] = sum_by(evidence.group, occurs * each, groups=clinics) - 0.5 * np.log(rates.shape)
        of_departments = sum_by(tree.of_clinic, result[:, place], groups=tree.departments)
        best = np.maximum(best, of_departments)
        if (of_departments < best - OUT_OF_THE_QUESTION).all():
            beyond = np.arange(1, alphas.size - place)
            result[:, place + 1 :] = result[:, [place]] - OUT_OF_THE_QUESTION * beyond
            break
    return result


def _distinct(sessions: Sessions) -> tuple[Evidence, Integers]:
    """Sessions of one clinic that show the same as one, and how many they are."""
    key = sessions.clinic * (int(sessions.taken.max()) + 1) + sessions.taken
    key = (key * (int(sessions.refused.max()) + 1) + sessions.refused) * 2 + sessions.sold_out
    _, first, occurs = np.unique(key, return_index=True, return_counts=True)
    return sessions.at(first).evidence, occurs


def _p_value(likelihood: Floats) -> Floats:
    """Of Poisson against any φ above 1, for each row."""
    gain = 2 * np.maximum(likelihood.max(axis=1) - likelihood[:, 0], 0)
    # On the edge the statistic is 0 half of the time and χ² with one degree of freedom else.
    return np.where(gain > 0, 0.5 * special.chdtrc(1, gain), 1.0)


def _posteriors(likelihood: Floats, department: Integers, departments: int) -> Floats:
    """What is believed of each clinic's ψ (clinics, grid), by its own sessions and everybody else's."""
    prior = -0.5 * (GRID / HOSPITAL_SPREAD) ** 2
    best, found = -math.inf, (SPREADS[0], SPREADS[0])
    for of_clinics in SPREADS:
        heard = _gathered(_up(likelihood, of_clinics), department, departments)
        for of_departments in SPREADS:
            evidence = float(special.logsumexp(_up(heard, of_departments).sum(axis=0) + prior))
            if evidence > best + 1e-9:
                best, found = evidence, (of_clinics, of_departments)
    of_clinics, of_departments = found
    told_department = _up(likelihood, of_clinics)
    heard = _gathered(told_department, department, departments)
    told_hospital = _up(heard, of_departments)
    above = _down(told_hospital.sum(axis=0) + prior - told_hospital, of_departments)
    above_clinic = _down((above + heard)[department] - told_department, of_clinics)
    return _normalised(above_clinic + likelihood)


def _scattering(spread: float) -> Floats:
    """P(a child's ψ | its parent's), a row a parent."""
    kernel = np.exp(-0.5 * ((GRID[:, np.newaxis] - GRID) / spread) ** 2)
    return kernel / kernel.sum(axis=1, keepdims=True)


def _up(likelihood: Floats, spread: float) -> Floats:
    """What children say of their parents' ψ: log Σ P(seen | ψ) P(ψ | parent's)."""
    highest = likelihood.max(axis=1, keepdims=True)
    return np.log(np.exp(likelihood - highest) @ _scattering(spread).T + _TINY) + highest


def _down(log_belief: Floats, spread: float) -> Floats:
    """What children are told of their ψ by what is believed of their parents'."""
    return np.log(_normalised(log_belief) @ _scattering(spread) + _TINY)


def _normalised(log_belief: Floats) -> Floats:
    belief = np.exp(log_belief - log_belief.max(axis=1, keepdims=True))
    return belief / belief.sum(axis=1, keepdims=True)


def _gathered(rows: Floats, parent: Integers, parents: int) -> Floats:
    return np.stack([sum_by(parent, column, groups=parents) for column in rows.T], axis=1)


_TINY = 1e-300
