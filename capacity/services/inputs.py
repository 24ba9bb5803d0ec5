"""From past sessions to the inputs of the allocation: one estimate per clinic, shrunk towards department and hospital."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from capacity.numeric.estimation import (
    CorrelationEstimate,
    DemandEstimate,
    Level,
    NoShowEstimate,
    Sessions,
    estimate_correlation,
    estimate_demand,
    estimate_no_show,
    highest_feasible_correlation,
)
from capacity.services.history import ClinicKey, PastSession

# What is assumed of a hospital without any history, each worth a single visit or patient: published no-show rates of Chinese
# outpatient clinics (11.6–33.7 % in advance, Jiang, Tang & Yan 2017) and the paper's same-day rate and correlation.
PRIOR_NO_SHOW_ADVANCE = 0.2
PRIOR_NO_SHOW_SAME_DAY = 0.05
PRIOR_CORRELATION = 0.2
# The paper's "high demand": both kinds of demand together are 1.5 times the rated capacity, half of it in advance.
PRIOR_DEMAND_PER_SEAT = 0.75


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its central 90 % interval and the observations of the clinic itself that it rests on."""

    value: float
    lower: float
    upper: float
    sample_size: int


@dataclass(frozen=True, slots=True)
class ClinicInputs:
    """What one clinic's allocation is solved with. Demand in patients per session, no-shows as probabilities."""

    mean_advance: Estimate
    mean_same_day: Estimate
    correlation: float
    no_show_advance: Estimate
    no_show_same_day: Estimate
    sessions: int
    history_until: date | None


@dataclass(frozen=True, slots=True)
class HospitalInputs:
    """The estimates of all clinics of a hospital, and the hospital's own no-show rates by channel."""

    clinics: Mapping[ClinicKey, ClinicInputs]
    no_show_advance: Estimate
    no_show_same_day: Estimate


def estimate_inputs(
    *, history: Sequence[PastSession], clinics: Collection[ClinicKey], mean_rated_capacity: float
) -> HospitalInputs:
    """Estimate every clinic of `clinics` and of the history. A clinic without history gets its department's numbers."""
    keys = sorted({*clinics, *(session.clinic for session in history)}, key=_sortable)
    place = {key: i for i, key in enumerate(keys)}
    department_ids = sorted({key[0] for key in keys})
    department = np.array([department_ids.index(key[0]) for key in keys], dtype=np.int64)
    whose = np.array([place[session.clinic] for session in history], dtype=np.int64)
    groups = _Groups(history=history, whose=whose, department=department, departments=len(department_ids))

    prior = PRIOR_DEMAND_PER_SEAT * mean_rated_capacity
    advance, same_day = groups.demand("advance", prior), groups.demand("same_day", prior)
    no_show_advance = groups.no_show("advance", PRIOR_NO_SHOW_ADVANCE)
    no_show_same_day = groups.no_show("same_day", PRIOR_NO_SHOW_SAME_DAY)
    correlation = estimate_correlation(
        advance=advance.believed,
        same_day=same_day.believed,
        mean_advance=advance.clinics.mean,
        mean_same_day=same_day.clinics.mean,
        prior_correlation=PRIOR_CORRELATION,
    )
    by_clinic = _Columns(advance, same_day, correlation, no_show_advance, no_show_same_day)
    until = max((session.visit_date for session in history), default=None)
    return HospitalInputs(
        clinics={key: by_clinic.of(i, until) for i, key in enumerate(keys)},
        no_show_advance=_estimate(no_show_advance.hospital, 0),
        no_show_same_day=_estimate(no_show_same_day.hospital, 0),
    )


@dataclass(frozen=True, slots=True)
class _Groups:
    """The history as arrays, one element a session, and which clinic and department each belongs to."""

    history: Sequence[PastSession]
    whose: np.ndarray
    department: np.ndarray
    departments: int

    def column(self, name: str, dtype: type) -> np.ndarray:
        return np.array([getattr(session, name) for session in self.history], dtype=dtype)

    def demand(self, channel: str, prior_mean: float) -> DemandEstimate:
        sessions = Sessions.from_records(
            clinic=self.whose,
            taken=self.column(f"{channel}_wanted", np.int64),
            sold_out=self.column(f"{channel}_sold_out", np.bool_),
            refused=self.column(f"{channel}_refused", np.int64),
            clinics=self.department.size,
        )
        return estimate_demand(sessions=sessions, department=self.department, departments=self.departments, prior_mean=prior_mean)

    def no_show(self, channel: str, prior_rate: float) -> NoShowEstimate:
        size = self.department.size
        missed = np.bincount(self.whose, weights=self.column(f"{channel}_missed", np.int64), minlength=size)
        visits = np.bincount(self.whose, weights=self.column(f"{channel}_visits", np.int64), minlength=size)
        return estimate_no_show(
            missed=missed.astype(np.int64),
            visits=visits.astype(np.int64),
            department=self.department,
            departments=self.departments,
            prior_rate=prior_rate,
        )


@dataclass(frozen=True, slots=True)
class _Columns:
    advance: DemandEstimate
    same_day: DemandEstimate
    correlation: CorrelationEstimate
    no_show_advance: NoShowEstimate
    no_show_same_day: NoShowEstimate

    def of(self, i: int, until: date | None) -> ClinicInputs:
        mean_advance, mean_same_day = _estimate(self.advance.clinics, i), _estimate(self.same_day.clinics, i)
        # A clinic whose means lie far apart cannot share as much demand as the hospital's correlation says.
        feasible = float(highest_feasible_correlation(mean_advance.value, mean_same_day.value))
        return ClinicInputs(
            mean_advance=mean_advance,
            mean_same_day=mean_same_day,
            correlation=min(self.correlation.correlation, feasible),
            no_show_advance=_estimate(self.no_show_advance.clinics, i),
            no_show_same_day=_estimate(self.no_show_same_day.clinics, i),
            sessions=mean_advance.sample_size,
            history_until=until,
        )


def _estimate(level: Level, i: int) -> Estimate:
    return Estimate(
        value=float(level.mean[i]),
        lower=float(level.lower[i]),
        upper=float(level.upper[i]),
        sample_size=int(level.sample_size[i]),
    )


def _sortable(key: ClinicKey) -> tuple[int, int, int, str]:
    return key[0], key[1] or 0, key[2], key[3]
