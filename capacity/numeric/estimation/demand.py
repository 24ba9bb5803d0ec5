"""Mean demand per session of one channel, seen through quotas that cut it off.

Demand varies around a clinic's mean, as Poisson or, where the counts are found to vary more, as a negative binomial
(`dispersion.py`); clinics vary around their doctor's mean, doctors around their department's and departments around the
hospital's, as gamma variables (empirical Bayes, `hierarchy.py`). Sessions that sold out are right-censored, and refused attempts
and waitlist joins show a share θ, estimated too, of what was cut off (`censored.py`).

**Freak days**: a session is believed as far as the clinic's *other* sessions and what is known from elsewhere make it possible:
up to the count that their predictive distribution, negative binomial, exceeds once in ten thousand times (and down to its mirror
image). One festival or one strike so moves a mean by little; a change that lasts is believed.

Source: capacity-model.md, "Estimating the inputs"; gamma-Poisson shrinkage as in Gelman et al., *Bayesian Data Analysis*,
3rd ed. (2013), section 2.6.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from capacity.numeric.demand import LARGEST_DISPERSION
from capacity.numeric.estimation.censored import Rates, fit_rates
from capacity.numeric.estimation.dispersion import Dispersion, estimate_dispersion
from capacity.numeric.estimation.freak_days import without_freak_days
from capacity.numeric.estimation.hierarchy import Belief, Hierarchy, Source, Told, assumption, attenuated, gathered
from capacity.numeric.estimation.levels import COVERAGE, Floats, Integers, Level, indices, require_between
from capacity.numeric.estimation.scatter import STRONGEST_SHAPE, WEAKEST_SHAPE, at_parents_mean, worth_in_patients
from capacity.numeric.estimation.sessions import Sessions
from capacity.numeric.estimation.traces import OWN_SHAPE, TraceSearch

LARGEST_DEMAND = 100_000.0


@dataclass(frozen=True, slots=True)
class DemandEstimate:
    """Mean demand per session of one channel.

    `trace_probability` is θ, the share of patients who found nothing and were seen to; `clinic_prior_shape` is how many patients
    the department's mean is worth to a clinic of which nothing is known; `sold_out_sessions` (clinics,) says how much of the
    sample only gave a bound; `believed` are the sessions with freak days drawn in, of which there are `freak_sessions`.
    `dispersion` says how much more than Poisson the clinics vary.
    """

    clinics: Level
    departments: Level
    hospital: Level
    trace_probability: float
    dispersion: Dispersion
    clinic_prior_shape: float
    sold_out_sessions: Integers
    freak_sessions: int
    believed: Sessions

    @property
    def dispersions(self) -> Floats:
        """Variance over mean of each clinic's demand (clinics,), 1 where nothing speaks against Poisson."""
        return np.minimum(1 + self.dispersion.overdispersion * self.clinics.mean, LARGEST_DISPERSION)


def estimate_demand(
    *, sessions: Sessions, department: ArrayLike, departments: int, prior_mean: float, doctor: ArrayLike | None = None
) -> DemandEstimate:
    """The mean demand per session of each clinic and department, for one channel.

    `department` and `doctor` (clinics,) are each clinic's department, as an index below `departments`, and doctor (left out:
    every clinic is another's). `prior_mean` is the demand per session assumed of a hospital without any history; it is worth one
    patient. Where every session of a hospital sold out, the data only bound demand from below, and the prior decides how far
    above: the interval says so.

    Raises InvalidInput for an index out of range, a doctor in two departments, or a `prior_mean` that is not above 0 and below
    100,000.
    """
    tree = Hierarchy.of(department=department, departments=departments, doctor=doctor)
    indices("clinic", sessions.clinic, below=tree.clinics)
    require_between("prior_mean", prior_mean, 0, LARGEST_DEMAND)
    overall = _overall(sessions, prior_mean)
    # How the sessions vary and what θ is, is first found with the freak days in, and believes them little; then without.
    centre = np.full(tree.clinics, overall)
    dispersion = estimate_dispersion(sessions=sessions, tree=tree, prior_mean=centre)
    fit = _Fit(tree, overall, dispersion.overdispersion)
    trace = TraceSearch(sessions, centre).likeliest(fit.overdispersion)
    believed = without_freak_days(sessions, sessions, fit.levels(sessions, trace).fitted, trace)
    trace = TraceSearch(believed, centre, guess=trace or 0.5).likeliest(fit.overdispersion)
    believed = without_freak_days(sessions, believed, fit.levels(believed, trace).fitted, trace)
    levels = fit.levels(believed, trace)
    sizes = tree.sizes(np.bincount(sessions.clinic, minlength=tree.clinics))
    return DemandEstimate(
        clinics=_level(levels.fitted.mean, levels.fitted.shape, levels.clinic_shares, sizes.clinics, Source.CLINIC),
        departments=_told_level(levels.departments, sizes.departments, Source.DEPARTMENT),
        hospital=_told_level(levels.hospital, sizes.hospital, Source.HOSPITAL),
        trace_probability=trace,
        dispersion=dispersion,
        clinic_prior_shape=levels.clinic_prior_shape,
        sold_out_sessions=np.bincount(sessions.clinic[sessions.sold_out], minlength=tree.clinics),
        freak_sessions=int(np.count_nonzero(believed.taken + believed.refused != sessions.taken + sessions.refused)),
        believed=believed,
    )


@dataclass(frozen=True, slots=True)
class _Levels:
    fitted: Rates
    clinic_shares: Floats
    departments: Told
    hospital: Told
    clinic_prior_shape: float


@dataclass(frozen=True, slots=True)
class _Fit:
    """What stays the same while freak days and θ are settled."""

    tree: Hierarchy
    overall: float
    overdispersion: Floats

    def alone(self, sessions: Sessions, trace: float, start: Floats | None = None) -> Rates:
        """Each clinic by itself."""
        clinics = self.tree.clinics
        return self.clinics(sessions, trace, np.full(clinics, OWN_SHAPE), np.full(clinics, self.overall), start)

    def clinics(
        self, sessions: Sessions, trace: float, prior_shape: Floats, prior_mean: Floats, start: Floats | None = None
    ) -> Rates:
        return fit_rates(
            sessions.evidence,
            trace_probability=trace,
            overdispersion=self.overdispersion,
            prior_shape=prior_shape,
            prior_mean=prior_mean,
            start=start,
        )

    def levels(self, sessions: Sessions, trace: float) -> _Levels:
        """Up, from clinics by themselves to the hospital; then down, each told what is known from the others."""
        tree, overall = self.tree, self.overall
        alone = self.alone(sessions, trace)
        has_history = np.bincount(sessions.clinic, minlength=tree.clinics) > 0
        own = Belief(alone.mean, np.where(has_history, np.maximum(alone.shape - OWN_SHAPE, 0), 0))
        own = at_parents_mean(own, tree.doctor, tree.doctors)
        clinic_worth = worth_in_patients(own, tree.doctor, tree.doctors)
        told_doctor = attenuated(own, clinic_worth)
        doctors = at_parents_mean(gathered(told_doctor, tree.doctor, tree.doctors, overall), tree.department, tree.departments)
        doctor_worth = worth_in_patients(doctors, tree.department, tree.departments)
        told_department = attenuated(doctors, doctor_worth)
        departments = at_parents_mean(gathered(told_department, tree.department, tree.departments, overall), tree.hospital, 1)
        department_worth = worth_in_patients(departments, tree.hospital, 1)
        told_hospital = attenuated(departments, department_worth)
        hospital = gathered(told_hospital, tree.hospital, 1, overall)

        # Where nobody can be compared the level above is a mere hint, save that a doctor is taken to be the same on another day.
        clinic_worth = min(clinic_worth, STRONGEST_SHAPE)
        doctor_worth = doctor_worth if np.isfinite(doctor_worth) else WEAKEST_SHAPE
        department_worth = department_worth if np.isfinite(department_worth) else WEAKEST_SHAPE
        top = assumption(overall, OWN_SHAPE)
        above = top.passed_down(
            own=hospital, said=told_hospital, source=Source.HOSPITAL, parent=tree.hospital, worth=department_worth
        )
        above_doctor = above.passed_down(
            own=departments, said=told_department, source=Source.DEPARTMENT, parent=tree.department, worth=doctor_worth
        )
        above_clinic = above_doctor.passed_down(
            own=doctors, said=told_doctor, source=Source.DOCTOR, parent=tree.doctor, worth=clinic_worth
        )
        prior = above_clinic.belief
        fitted = self.clinics(sessions, trace, prior.strength, prior.value, start=alone.mean)
        gained = Belief(fitted.mean, np.where(has_history, np.maximum(fitted.shape - prior.strength, 0), 0))
        return _Levels(
            fitted=fitted,
            clinic_shares=above_clinic.with_own(gained, Source.CLINIC).shares,
            departments=above.with_own(departments, Source.DEPARTMENT),
            hospital=top.with_own(hospital, Source.HOSPITAL),
            clinic_prior_shape=1 / (1 / clinic_worth + 1 / doctor_worth),
        )


def _overall(sessions: Sessions, prior_mean: float) -> float:
    """The mean of all sessions together, at plain censoring: where clinics without evidence start from."""
    everywhere = fit_rates(
        replace(sessions.evidence, group=np.zeros_like(sessions.clinic)),
        trace_probability=0.0,
        prior_shape=np.ones(1),
        prior_mean=np.array([prior_mean]),
    )
    return float(everywhere.mean[0])


def _told_level(told: Told, sizes: Integers, source: Source) -> Level:
    return _level(told.belief.value, told.belief.strength, told.shares, sizes, source)


def _level(mean: Floats, shape: Floats, shares: Floats, sizes: Integers, source: Source) -> Level:
    rates = Rates(mean=mean, shape=shape, weight=shape / mean, session_weight=np.ones_like(mean))
    return Level(
        mean=mean,
        lower=rates.quantile((1 - COVERAGE) / 2),
        upper=rates.quantile((1 + COVERAGE) / 2),
        sample_size=sizes[:, source],
        shares=shares,
        sizes=sizes,
    )
