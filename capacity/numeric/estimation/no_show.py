"""No-show rates of one channel, by empirical Bayes on the beta-binomial.

Clinic i of department D saw xᵢ no-shows in nᵢ visits: xᵢ ~ Bin(nᵢ, pᵢ) with pᵢ ~ Beta(K·m_D, K·(1 − m_D)), and the
departments' m_D in turn ~ Beta(K'·m, K'·(1 − m)) around the hospital's rate m. The concentrations K and K' (worth as
many visits as their value) maximise the marginal, beta-binomial likelihood

    Σᵢ log B(xᵢ + K·m_D, nᵢ − xᵢ + K·(1 − m_D)) − log B(K·m_D, K·(1 − m_D)),

so alike clinics are drawn together strongly and different ones are left apart. A clinic's mean is then
(xᵢ + K·m_D) / (nᵢ + K). In that likelihood each clinic may, at one in a hundred, be like no other (any number of
no-shows as likely as any), so that one clinic's freak day does not unsettle what is believed of all.

Advance and same-day visits differ by a factor of six in real data: estimate each by itself.

Source: Casella, *An introduction to empirical Bayes data analysis*, The American Statistician 39(2), 1985; the
beta-binomial likelihood is Skellam's (1948).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from capacity.numeric.errors import InvalidInput
from capacity.numeric.estimation.levels import (
    COVERAGE,
    Floats,
    Integers,
    Level,
    department_indices,
    require_between,
    sum_by,
    whole_numbers,
)

# A prior is never weaker than a uniform one (two visits), and never so strong that a year of a busy clinic's visits
# counts for less than half of what its department's do.
WEAKEST_VISITS = 2.0
STRONGEST_VISITS = 1000.0
# Nor does it ever hold less than half a no-show and half an attendance (Jeffreys): where nobody was ever absent, the rate
# would otherwise fall towards zero level by level, on the same evidence.
JEFFREYS = 0.5
LIKE_NO_OTHER = 0.01


@dataclass(frozen=True, slots=True)
class NoShowEstimate:
    """No-show probabilities of one channel, with how many visits the department's (hospital's) rate is worth to a clinic
    (department)."""

    clinics: Level
    departments: Level
    hospital: Level
    clinic_prior_visits: float
    department_prior_visits: float


def estimate_no_show(
    *, missed: ArrayLike, visits: ArrayLike, department: ArrayLike, departments: int, prior_rate: float
) -> NoShowEstimate:
    """The no-show rate of each clinic and department, for one channel.

    `missed`, `visits` and `department` have shape (clinics,): no-shows, closed appointments that were to be attended,
    and the clinic's department as an index below `departments`. `prior_rate` is assumed of a hospital without any
    history and counts as a single visit (or as half a no-show, where that is more).

    Raises InvalidInput for shapes that differ, counts below zero, `missed` above `visits`, an index out of range, or a
    `prior_rate` outside (0, 1).

    >>> estimate = estimate_no_show(
    ...     missed=[40, 90, 0], visits=[400, 300, 0], department=[0, 1, 0], departments=2, prior_rate=0.2
    ... )
    >>> estimate.clinics.mean.round(2).tolist(), estimate.clinics.sample_size.tolist()
    ([0.1, 0.3, 0.1], [400, 300, 0])
    """
    group = department_indices(department, departments=departments)
    seen = whole_numbers("visits", visits, size=group.size)
    absent = whole_numbers("missed", missed, size=group.size)
    if (absent > seen).any():
        clinic = int(np.argmax(absent > seen))
        raise InvalidInput("missed", f"must be at most visits, but clinic {clinic} has {absent[clinic]} of {seen[clinic]}")
    require_between("prior_rate", prior_rate, 0, 1)

    hospital = _posterior(absent.sum(keepdims=True), seen.sum(keepdims=True), np.array([prior_rate]), 1.0)
    of_departments = (sum_by(group, absent, groups=departments), sum_by(group, seen, groups=departments))
    rate = np.broadcast_to(hospital.mean, (departments,))
    department_visits = _concentration(*of_departments, rate)
    department_level = _posterior(*of_departments, rate, department_visits)
    rate = department_level.mean[group]
    clinic_visits = _concentration(absent, seen, rate)
    return NoShowEstimate(
        clinics=_posterior(absent, seen, rate, clinic_visits),
        departments=department_level,
        hospital=hospital,
        clinic_prior_visits=clinic_visits,
        department_prior_visits=department_visits,
    )


def _posterior(missed: Floats | Integers, visits: Floats | Integers, prior_rate: Floats, prior_visits: float) -> Level:
    worth = np.maximum(prior_visits, JEFFREYS / np.minimum(prior_rate, 1 - prior_rate))
    absences = missed + worth * prior_rate
    presences = visits - missed + worth * (1 - prior_rate)
    return Level(
        mean=absences / (absences + presences),
        lower=special.betaincinv(absences, presences, (1 - COVERAGE) / 2),
        upper=special.betaincinv(absences, presences, (1 + COVERAGE) / 2),
        sample_size=visits.astype(np.int64),
    )


def _concentration(missed: Floats | Integers, visits: Floats | Integers, prior_rate: Floats) -> float:
    """The K between the two bounds that makes these counts likeliest."""
    with_visits = visits > 0
    if with_visits.sum() < 2:
        return WEAKEST_VISITS  # nobody to compare with: the level above is a mere hint
    absent, present, rate = missed[with_visits], (visits - missed)[with_visits], prior_rate[with_visits]
    # log(nCx) = −log(n + 1) − log B(x + 1, n − x + 1)
    arrangements = -np.log(absent + present + 1.0) - special.betaln(absent + 1.0, present + 1.0)
    any_number = math.log(LIKE_NO_OTHER) - np.log(absent + present + 1.0)

    def minus_log_likelihood(log_visits: float) -> float:
        a, b = math.exp(log_visits) * rate, math.exp(log_visits) * (1 - rate)
        alike = arrangements + special.betaln(absent + a, present + b) - special.betaln(a, b)
        return -float(np.sum(np.logaddexp(math.log1p(-LIKE_NO_OTHER) + alike, any_number)))

    best = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(math.log(WEAKEST_VISITS), math.log(STRONGEST_VISITS)), method="bounded"
    )
    return math.exp(best.x)
