"""From past sessions to the inputs of the allocation: one estimate per clinic, shrunk towards doctor, department and hospital."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.estimation import (
    DemandEstimate,
    Level,
    NoShowEstimate,
    Sessions,
    Source,
    estimate_correlation,
    estimate_demand,
    estimate_no_show,
    highest_feasible_correlation,
)
from capacity.services.history import PERIODS, ClinicKey, History

CHANNELS = ("advance", "same_day")
# What is assumed of a hospital without any history, each worth a single visit or patient: published no-show rates of Chinese
# outpatient clinics (11.6–33.7 % in advance, Jiang, Tang & Yan 2017) and the paper's same-day rate and correlation.
PRIOR_NO_SHOW_ADVANCE = 0.2
PRIOR_NO_SHOW_SAME_DAY = 0.05
PRIOR_CORRELATION = 0.2
# The paper's "high demand": both kinds of demand together are 1.5 times the rated capacity, half of it in advance.
PRIOR_DEMAND_PER_SEAT = 0.75


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its central 90 % interval and the observations of the clinic itself that it rests on (`sample_size`: visits
    of a no-show rate, sessions of a mean). `level` says whose observations it rests on most ("clinic", "doctor", "department",
    "hospital" or "assumed"), `level_size` how many these are in all, the clinic's own included (None where that was not kept),
    `own_share` how far it rests on the clinic's own."""

    value: float
    lower: float
    upper: float
    sample_size: int
    level: str = "clinic"
    own_share: float = 1.0
    level_size: int | None = None


@dataclass(frozen=True, slots=True)
class ClinicInputs:
    """What one clinic's allocation is solved with. Demand in patients per session, no-shows as probabilities.

    `dispersion_*` is variance over mean of the demand: 1 where nothing speaks against Poisson.
    `sold_out_*` are the sessions of which only a lower bound of the demand was seen.
    """

    mean_advance: Estimate
    mean_same_day: Estimate
    correlation: float
    no_show_advance: Estimate
    no_show_same_day: Estimate
    sessions: int
    history_until: date | None
    correlation_lower: float = 0.0
    correlation_upper: float = 1.0
    correlation_sessions: int = 0
    dispersion_advance: float = 1.0
    dispersion_same_day: float = 1.0
    sold_out_advance: int = 0
    sold_out_same_day: int = 0


@dataclass(frozen=True, slots=True)
class HospitalInputs:
    """The estimates of all clinics of a hospital, and the hospital's own no-show rates by channel."""

    clinics: Mapping[ClinicKey, ClinicInputs]
    no_show_advance: Estimate
    no_show_same_day: Estimate


def estimate_inputs(*, history: History, clinics: Collection[ClinicKey], mean_rated_capacity: float) -> HospitalInputs:
    """Estimate every clinic of `clinics` and of the history; one without history gets its doctor's or department's numbers."""
    keys = sorted({*clinics, *history.clinics}, key=_in_order)
    groups = _Groups.of(history, keys)
    prior = PRIOR_DEMAND_PER_SEAT * mean_rated_capacity
    # Neither knows of the other, and arrays are computed without the interpreter's lock: a large hospital's take two processors.
    with ThreadPoolExecutor(max_workers=len(CHANNELS)) as pool:
        advance, same_day = pool.map(lambda channel: groups.demand(channel, prior), CHANNELS)
    no_show_advance = groups.no_show("advance", PRIOR_NO_SHOW_ADVANCE)
    no_show_same_day = groups.no_show("same_day", PRIOR_NO_SHOW_SAME_DAY)
    return HospitalInputs(
        clinics=_by_clinic(keys, history.until, advance, same_day, no_show_advance, no_show_same_day),
        no_show_advance=_estimates(no_show_advance.hospital)[0],
        no_show_same_day=_estimates(no_show_same_day.hospital)[0],
    )


@dataclass(frozen=True, slots=True)
class _Groups:
    """The history, which clinic each session belongs to, and each clinic's doctor and department, all as indices."""

    history: History
    whose: NDArray[np.int64]
    doctor: NDArray[np.int64]
    department: NDArray[np.int64]
    departments: int

    @classmethod
    def of(cls, history: History, keys: list[ClinicKey]) -> "_Groups":
        place = {key: i for i, key in enumerate(keys)}
        where = np.array([place[key] for key in history.clinics], dtype=np.int64)
        # A doctor with clinics in two departments is two doctors here; a department's own sessions are a doctor of their own.
        _, doctor = np.unique(np.array([(key[0], key[1] or 0) for key in keys]).reshape(-1, 2), axis=0, return_inverse=True)
        ids, department = np.unique(np.array([key[0] for key in keys], dtype=np.int64), return_inverse=True)
        return cls(history, where[history.whose], doctor.reshape(-1), department, ids.size)

    def demand(self, channel: str, prior_mean: float) -> DemandEstimate:
        sessions = Sessions.from_records(
            clinic=self.whose,
            taken=self.history.counts[f"{channel}_wanted"],
            sold_out=self.history.counts[f"{channel}_sold_out"] > 0,
            refused=self.history.counts[f"{channel}_refused"],
            clinics=self.department.size,
        )
        return estimate_demand(
            sessions=sessions,
            doctor=self.doctor,
            department=self.department,
            departments=self.departments,
            prior_mean=prior_mean,
        )

    def no_show(self, channel: str, prior_rate: float) -> NoShowEstimate:
        return estimate_no_show(
            missed=self._per_clinic(f"{channel}_missed"),
            visits=self._per_clinic(f"{channel}_visits"),
            doctor=self.doctor,
            department=self.department,
            departments=self.departments,
            prior_rate=prior_rate,
        )

    def _per_clinic(self, name: str) -> NDArray[np.int64]:
        return np.bincount(self.whose, weights=self.history.counts[name], minlength=self.department.size).astype(np.int64)


def _by_clinic(
    keys: list[ClinicKey],
    until: date | None,
    advance: DemandEstimate,
    same_day: DemandEstimate,
    no_show_advance: NoShowEstimate,
    no_show_same_day: NoShowEstimate,
) -> dict[ClinicKey, ClinicInputs]:
    phi_advance, phi_same_day = advance.dispersions, same_day.dispersions
    correlation = estimate_correlation(
        advance=advance.believed,
        same_day=same_day.believed,
        mean_advance=advance.clinics.mean,
        mean_same_day=same_day.clinics.mean,
        dispersion_advance=phi_advance,
        dispersion_same_day=phi_same_day,
        prior_correlation=PRIOR_CORRELATION,
    )
    # A clinic whose means lie far apart cannot share as much demand as the hospital's correlation says.
    feasible = highest_feasible_correlation(advance.clinics.mean, same_day.clinics.mean, phi_advance, phi_same_day)
    columns = zip(
        keys,
        _estimates(advance.clinics),
        _estimates(same_day.clinics),
        np.minimum(correlation.correlation, feasible).tolist(),
        _estimates(no_show_advance.clinics),
        _estimates(no_show_same_day.clinics),
        phi_advance.tolist(),
        phi_same_day.tolist(),
        advance.sold_out_sessions.tolist(),
        same_day.sold_out_sessions.tolist(),
        strict=True,
    )
    return {
        key: ClinicInputs(
            mean_advance=mean_advance,
            mean_same_day=mean_same_day,
            correlation=rho,
            no_show_advance=missed_advance,
            no_show_same_day=missed_same_day,
            sessions=mean_advance.sample_size,
            history_until=until,
            correlation_lower=correlation.lower,
            correlation_upper=correlation.upper,
            correlation_sessions=correlation.sessions,
            dispersion_advance=varies_advance,
            dispersion_same_day=varies_same_day,
            sold_out_advance=full_advance,
            sold_out_same_day=full_same_day,
        )
        for (
            key,
            mean_advance,
            mean_same_day,
            rho,
            missed_advance,
            missed_same_day,
            varies_advance,
            varies_same_day,
            full_advance,
            full_same_day,
        ) in columns
    }


def _estimates(level: Level) -> list[Estimate]:
    names = [source.name.lower() for source in Source]
    own = level.shares[:, Source.CLINIC]
    columns = (level.mean, level.lower, level.upper, level.sample_size, level.rests_on, own, level.rests_on_size)
    return [
        Estimate(value, lower, upper, size, names[source], share, level_size)
        for value, lower, upper, size, source, share, level_size in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _in_order(key: ClinicKey) -> tuple[int, int, int, int]:
    return key[0], key[1] or 0, key[2], PERIODS.index(key[3])
