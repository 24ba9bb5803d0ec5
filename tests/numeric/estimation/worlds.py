"""Simulated histories of which the truth is known."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from capacity.numeric.estimation import DemandEstimate, Sessions, estimate_demand


@dataclass(frozen=True)
class World:
    """Clinics with their true mean demand, and what each session's row would say."""

    truth: np.ndarray
    department: np.ndarray
    doctor: np.ndarray
    sessions: Sessions

    def estimate(self, *, prior_mean: float = 10.0) -> DemandEstimate:
        return estimate_demand(
            sessions=self.sessions,
            doctor=self.doctor,
            department=self.department,
            departments=int(self.department.max()) + 1,
            prior_mean=prior_mean,
        )

    def naive(self) -> np.ndarray:
        """What averaging the bookings gives."""
        taken = np.bincount(self.sessions.clinic, self.sessions.taken, minlength=self.truth.size)
        return taken / np.bincount(self.sessions.clinic, minlength=self.truth.size)


def records(clinic: np.ndarray, demand: np.ndarray, *, quota: int | np.ndarray, refused: np.ndarray, clinics: int) -> Sessions:
    """Rows of sessions with this demand under this quota."""
    return Sessions.from_records(
        clinic=clinic, taken=np.minimum(demand, quota), sold_out=demand >= quota, refused=refused, clinics=clinics
    )


def varying(rng: np.random.Generator, mean: np.ndarray, alpha: float | np.ndarray) -> np.ndarray:
    """Counts of this mean and variance mean + alpha·mean²."""
    alpha = np.broadcast_to(alpha, mean.shape)
    spread = alpha > 0
    if not spread.any():
        return rng.poisson(mean)
    size = 1 / np.where(spread, alpha, 1)
    return rng.poisson(np.where(spread, rng.gamma(size, mean / size), mean))


@cache
def world(
    *,
    seed: int,
    quota: int,
    trace: float,
    clinics: int = 60,
    weeks: int = 50,
    alike: float = 25.0,
    alpha: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0),
    a_doctors: int = 1,
    weekdays_alike: float = 100.0,
) -> World:
    """Clinics of four departments whose means are 10, 16, 14 and 20 patients; `trace` of those refused are recorded.

    A doctor has `a_doctors` clinics. Doctors scatter around their department's mean and a doctor's clinics around the doctor's as
    gamma variables of these shapes. `alpha` is each department's overdispersion.
    """
    rng = np.random.default_rng(seed)
    doctor = np.arange(clinics) // a_doctors
    department = doctor % 4
    of_doctors = rng.gamma(alike, np.array([10.0, 16.0, 14.0, 20.0])[np.arange(doctor.max() + 1) % 4] / alike)
    truth = of_doctors[doctor] if a_doctors == 1 else rng.gamma(weekdays_alike, of_doctors[doctor] / weekdays_alike)
    clinic = np.repeat(np.arange(clinics), weeks)
    demand = varying(rng, truth[clinic], np.array(alpha)[department[clinic]])
    refused = rng.binomial(np.maximum(demand - quota, 0), trace)
    return World(truth, department, doctor, records(clinic, demand, quota=quota, refused=refused, clinics=clinics))


@cache
def estimated(**how: float) -> DemandEstimate:
    """What is estimated in `world(**how)`."""
    return world(**how).estimate()  # type: ignore[arg-type]
