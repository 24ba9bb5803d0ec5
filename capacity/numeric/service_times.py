"""Laws of how long a consultation takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.errors import InvalidInput

Floats = NDArray[np.float64]

LARGEST_MINUTES = 1440.0
LARGEST_CV = 10.0
# Fewer consultations are no law.
FEWEST_SAMPLES = 2


class ServiceLaw(StrEnum):
    EXPONENTIAL = "exponential"
    LOGNORMAL = "lognormal"
    EMPIRICAL = "empirical"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTimes:
    """Consultations of mean `mean_minutes` and coefficient of variation `cv`, independent of each other.

    - exponential: the law of M/M/1, whose CV is 1;
    - log-normal: what is found where consultations are timed (Cayirli & Veral 2003); σ² = ln(1 + CV²), µ = ln(mean) − σ²/2,
      constant at CV 0;
    - empirical: `samples` (minutes) drawn again and again, stretched to the mean; its CV is theirs.

    Raises InvalidInput for a mean that is not above 0 and at most a day, a CV that is not from 0 to 10 or that the law does not
    have, and samples that are fewer than two, negative, or all zero.
    """

    mean_minutes: float
    cv: float = 1.0
    law: ServiceLaw = ServiceLaw.EXPONENTIAL
    samples: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.mean_minutes <= LARGEST_MINUTES:  # false for nan as well
            raise InvalidInput("service_minutes", f"must be above 0 and at most {LARGEST_MINUTES:g}, not {self.mean_minutes:g}")
        if not 0 <= self.cv <= LARGEST_CV:
            raise InvalidInput("service_cv", f"must be from 0 to {LARGEST_CV:g}, not {self.cv:g}")
        if self.law == ServiceLaw.EXPONENTIAL and self.cv != 1:
            raise InvalidInput("service_cv", f"of the exponential law is 1, not {self.cv:g}")
        if self.samples and self.law != ServiceLaw.EMPIRICAL:
            raise InvalidInput("samples", "are drawn from by the empirical law only")

    @classmethod
    def exponential(cls, *, mean_minutes: float) -> "ServiceTimes":
        return cls(mean_minutes=mean_minutes)

    @classmethod
    def lognormal(cls, *, mean_minutes: float, cv: float) -> "ServiceTimes":
        return cls(mean_minutes=mean_minutes, cv=cv, law=ServiceLaw.LOGNORMAL)

    @classmethod
    def empirical(cls, *, samples: Sequence[float], mean_minutes: float | None = None) -> "ServiceTimes":
        """What was measured; with `mean_minutes` every consultation is longer or shorter by the same share.

        >>> law = ServiceTimes.empirical(samples=[5, 10, 15], mean_minutes=12)
        >>> law.mean_minutes, round(law.cv, 4)
        (12, 0.4082)
        """
        values = np.array(samples, dtype=np.float64)
        if values.size < FEWEST_SAMPLES:
            raise InvalidInput("samples", f"must be at least {FEWEST_SAMPLES} consultations, not {values.size}")
        if not np.isfinite(values).all() or (values < 0).any() or values.mean() == 0:
            raise InvalidInput("samples", "must be minutes: finite, not negative, and not all zero")
        mean = float(values.mean())
        cv = float(values.std() / mean)
        return cls(
            mean_minutes=mean if mean_minutes is None else mean_minutes,
            cv=cv,
            law=ServiceLaw.EMPIRICAL,
            samples=tuple(values.tolist()),
        )

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Minutes of consultations, of `shape`."""
        if self.law == ServiceLaw.EXPONENTIAL:
            return rng.exponential(self.mean_minutes, shape)
        if self.law == ServiceLaw.LOGNORMAL:
            variance = math.log1p(self.cv**2)
            return self.mean_minutes * rng.lognormal(-variance / 2, math.sqrt(variance), shape)
        values = np.array(self.samples)
        return values[rng.integers(values.size, size=shape)] * (self.mean_minutes / values.mean())
