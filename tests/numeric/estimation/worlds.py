"""Simulated histories of which the truth is known."""

from dataclasses import dataclass

import numpy as np

from capacity.numeric.estimation import DemandEstimate, Sessions, estimate_demand


@dataclass(frozen=True)
class World:
    """Clinics with their true mean demand, and what each session's row would say."""

    truth: np.ndarray
    department: np.ndarray
    sessions: Sessions

    def estimate(self, *, prior_mean: float = 10.0) -> DemandEstimate:
        return estimate_demand(
            sessions=self.sessions,
            department=self.department,
            departments=int(self.department.max()) + 1,
            prior_mean=prior_mean,
        )

    def naive(self) -> np.ndarray:
        """What averaging the bookings gives."""
        taken = np.bincount(self.sessions.clinic, self.sessions.taken, minlength=self.truth.size)
        return taken / np.bincount(self.sessions.clinic, minlength=self.truth.size)


def records(clinic: np.ndarray, demand: np.ndarray, *, quota: int, refused: np.ndarray, clinics: int) -> Sessions:
    """Rows of sessions with this demand under this quota."""
    return Sessions.from_records(
        clinic=clinic, taken=np.minimum(demand, quota), sold_out=demand >= quota, refused=refused, clinics=clinics
    )


def world(*, seed: int, quota: int, trace: float, clinics: int = 60, weeks: int = 50, alike: float = 25.0) -> World:
    """Clinics of four departments whose means are 10, 16, 14 and 20 patients; `trace` of those refused are recorded."""
    rng = np.random.default_rng(seed)
    department = np.arange(clinics) % 4
    truth = rng.gamma(alike, np.array([10.0, 16.0, 14.0, 20.0])[department] / alike)
    clinic = np.repeat(np.arange(clinics), weeks)
    demand = rng.poisson(truth[clinic])
    refused = rng.binomial(np.maximum(demand - quota, 0), trace)
    return World(truth, department, records(clinic, demand, quota=quota, refused=refused, clinics=clinics))
