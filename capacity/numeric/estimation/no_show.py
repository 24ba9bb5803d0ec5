"""No-show rates of one channel, by empirical Bayes on the beta-binomial.

A clinic saw x no-shows in n visits: x ~ Bin(n, p) with p ~ Beta(K·m, K·(1 − m)) around its doctor's rate m, the doctor's around
the department's and the department's around the hospital's, each level with a K of its own. K, what the rate above is worth in
visits, is the likeliest where each node is foretold from its siblings alone: with m₋ and S₋ their rate and strength,

    x ~ BetaBin(n; K₋·m₋, K₋·(1 − m₋)),   1/K₋ = 1/K + 1/S₋,

so alike clinics are drawn together strongly and different ones are left apart. A clinic's mean is then (x + K₋·m₋) / (n + K₋), m₋
and K₋ being what is known from all others (`hierarchy.py`). In that likelihood each node may, at one in a hundred, be like no
other (any number of no-shows as likely as any), so that one clinic's freak day does not unsettle what is believed of all.

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
from capacity.numeric.estimation.hierarchy import Belief, Hierarchy, Source, Told, assumption, attenuated, gathered
from capacity.numeric.estimation.levels import (
    COVERAGE,
    Floats,
    Integers,
    Level,
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
    """No-show probabilities of one channel, and how many visits the department's rate is worth to a clinic of which nothing is
    known, and the hospital's to a department."""

    clinics: Level
    departments: Level
    hospital: Level
    clinic_prior_visits: float
    department_prior_visits: float


def estimate_no_show(
    *,
    missed: ArrayLike,
    visits: ArrayLike,
    department: ArrayLike,
    departments: int,
    prior_rate: float,
    doctor: ArrayLike | None = None,
) -> NoShowEstimate:
    """The no-show rate of each clinic and department, for one channel.

    `missed`, `visits`, `department` and `doctor` have shape (clinics,): no-shows, closed appointments that were to be attended,
    the clinic's department as an index below `departments` and its doctor as an index (left out: every clinic is another's).
    `prior_rate` is assumed of a hospital without any history and counts as a single visit (or as half a no-show, where that is
    more).

    Raises InvalidInput for shapes that differ, counts below zero, `missed` above `visits`, an index out of range, a doctor in two
    departments, or a `prior_rate` outside (0, 1).

    >>> estimate = estimate_no_show(
    ...     missed=[40, 90, 0], visits=[400, 300, 0], department=[0, 1, 0], departments=2, prior_rate=0.2
    ... )
    >>> estimate.clinics.mean.round(2).tolist(), estimate.clinics.sample_size.tolist()
    ([0.1, 0.3, 0.1], [400, 300, 0])
    """
    tree = Hierarchy.of(department=department, departments=departments, doctor=doctor)
    seen = whole_numbers("visits", visits, size=tree.clinics)
    absent = whole_numbers("missed", missed, size=tree.clinics)
    if (absent > seen).any():
        clinic = int(np.argmax(absent > seen))
        raise InvalidInput("missed", f"must be at most visits, but clinic {clinic} has {absent[clinic]} of {seen[clinic]}")
    require_between("prior_rate", prior_rate, 0, 1)

    # Up: what each level's own visits say. A hospital's rate is that of all its visits.
    own = Belief(absent / np.maximum(seen, 1), seen.astype(np.float64))
    clinic_worth = _worth(own, tree.doctor, tree.doctors)
    told_doctor = attenuated(own, clinic_worth)
    doctors = gathered(told_doctor, tree.doctor, tree.doctors, prior_rate)
    doctor_worth = _worth(doctors, tree.department, departments)
    told_department = attenuated(doctors, doctor_worth)
    of_departments = gathered(told_department, tree.department, departments, prior_rate)
    department_worth = _worth(of_departments, tree.hospital, 1)
    all_visits = _departments_visits(absent, seen, tree)
    hospital = gathered(all_visits, tree.hospital, 1, prior_rate)

    # Down: what each is told by the others. Where nobody can be compared, the level above is a mere hint, save that a doctor is
    # taken to be the same on another day.
    clinic_worth = min(clinic_worth, STRONGEST_VISITS)
    doctor_worth, department_worth = (
        WEAKEST_VISITS if math.isinf(worth) else worth for worth in (doctor_worth, department_worth)
    )
    top = assumption(prior_rate, _at_least_jeffreys(np.array([prior_rate]), 1.0)[0])
    above = top.passed_down(own=hospital, said=all_visits, source=Source.HOSPITAL, parent=tree.hospital, worth=department_worth)
    sizes = tree.sizes(seen)
    department_level = _level(above, of_departments, sizes.departments, Source.DEPARTMENT)
    above_doctor = above.passed_down(
        own=of_departments, said=told_department, source=Source.DEPARTMENT, parent=tree.department, worth=doctor_worth
    )
    above_clinic = above_doctor.passed_down(
        own=doctors, said=told_doctor, source=Source.DOCTOR, parent=tree.doctor, worth=clinic_worth
    )
    return NoShowEstimate(
        clinics=_level(above_clinic, own, sizes.clinics, Source.CLINIC),
        departments=department_level,
        hospital=_level(top, hospital, sizes.hospital, Source.HOSPITAL),
        clinic_prior_visits=1 / (1 / clinic_worth + 1 / doctor_worth),
        department_prior_visits=department_worth,
    )


def _departments_visits(absent: Integers, seen: Integers, tree: Hierarchy) -> Belief:
    visits = sum_by(tree.of_clinic, seen, groups=tree.departments)
    return Belief(sum_by(tree.of_clinic, absent, groups=tree.departments) / np.maximum(visits, 1), visits)


def _at_least_jeffreys(rate: Floats, visits: Floats | float) -> Floats:
    return np.maximum(visits, JEFFREYS / np.minimum(rate, 1 - rate))


def _level(told: Told, own: Belief, sizes: Integers, source: Source) -> Level:
    """The beta posterior of each node, which is a `source` itself."""
    rate = np.clip(told.belief.value, 1e-9, 1 - 1e-9)
    prior = Told(Belief(rate, _at_least_jeffreys(rate, told.belief.strength)), told.shares)
    known = prior.with_own(own, source)
    absences, presences = known.belief.value * known.belief.strength, (1 - known.belief.value) * known.belief.strength
    return Level(
        mean=known.belief.value,
        lower=special.betaincinv(absences, presences, (1 - COVERAGE) / 2),
        upper=special.betaincinv(absences, presences, (1 + COVERAGE) / 2),
        sample_size=sizes[:, source],
        shares=known.shares,
        sizes=sizes,
    )


def _worth(own: Belief, parent: Integers, parents: int) -> float:
    """The K between the two bounds that makes the children likeliest, each foretold from its siblings.

    Infinite where no parent has two children with visits: what sets a child apart cannot be told from what sets its parent apart.
    """
    with_visits = own.strength > 0
    compared = with_visits & (sum_by(parent, with_visits, groups=parents) > 1)[parent]
    index = np.flatnonzero(compared)
    if not index.size:
        return math.inf
    whose, children = parent[index], own.at(index)
    absent, present = children.value * children.strength, (1 - children.value) * children.strength
    # log(nCx) = −log(n + 1) − log B(x + 1, n − x + 1)
    any_number = -np.log(children.strength + 1)
    arrangements = any_number - special.betaln(absent + 1, present + 1)

    def minus_log_likelihood(log_visits: float) -> float:
        visits = math.exp(log_visits)
        said = attenuated(children, visits)
        others = gathered(said, whose, parents, 0.5).at(whose).minus(said)
        rate = np.clip(others.value, 1e-9, 1 - 1e-9)
        strength = _at_least_jeffreys(rate, attenuated(others, visits).strength)
        a, b = strength * rate, strength * (1 - rate)
        alike = arrangements + special.betaln(absent + a, present + b) - special.betaln(a, b)
        return -float(np.sum(np.logaddexp(math.log1p(-LIKE_NO_OTHER) + alike, math.log(LIKE_NO_OTHER) + any_number)))

    best = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(math.log(WEAKEST_VISITS), math.log(STRONGEST_VISITS)), method="bounded"
    )
    return math.exp(best.x)
