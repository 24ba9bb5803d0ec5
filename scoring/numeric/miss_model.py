"""The chance that a booking is missed: a logistic regression that is plain numbers, so that each prediction can be explained.

    log-odds = intercept + Σ coefficient × column            (columns of scoring.numeric.features)

Learning the numbers is scoring.services.miss_training's; here they only predict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from scoring.numeric.features import BookingFacts, Floats, Rates, design, rate_offsets

# Raised whenever the columns change their meaning: parameters of another version predict nothing.
FEATURES_VERSION = 1


class UnknownParameters(ValueError):
    """Parameters that these features cannot be weighed by: of another version, or incomplete."""


@dataclass(frozen=True, slots=True)
class MissParameters:
    """All that is needed to predict. `coefficients` by column name."""

    intercept: float
    coefficients: Mapping[str, float]
    rates: Rates

    def as_json(self) -> dict[str, Any]:
        """Plain numbers, names and lists; ids become text, as JSON has it."""
        return {
            "features_version": FEATURES_VERSION,
            "intercept": self.intercept,
            "coefficients": dict(self.coefficients),
            "overall": self.rates.overall,
            "departments": {str(key): value for key, value in self.rates.departments.items()},
            "doctors": {str(key): value for key, value in self.rates.doctors.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "MissParameters":
        """Raises UnknownParameters."""
        if stored.get("features_version") != FEATURES_VERSION:
            raise UnknownParameters(f"features of version {stored.get('features_version')!r}, not {FEATURES_VERSION}")
        try:
            offsets = {
                name: {int(key): float(value) for key, value in stored[name].items()} for name in ("departments", "doctors")
            }
            return cls(
                intercept=float(stored["intercept"]),
                coefficients={str(name): float(value) for name, value in stored["coefficients"].items()},
                rates=Rates(float(stored["overall"]), offsets["departments"], offsets["doctors"]),
            )
        except KeyError as error:
            raise UnknownParameters(f"{error} is missing") from error


def predict_misses(facts: BookingFacts, parameters: MissParameters) -> Floats:
    """The probability of each booking (n,), in (0, 1). Raises UnknownParameters where a column has no coefficient."""
    rates = parameters.rates
    names, columns = design(
        facts,
        department=rate_offsets(facts.department, rates.departments),
        doctor=rate_offsets(facts.doctor, rates.doctors),
    )
    if missing := set(names) ^ set(parameters.coefficients):
        raise UnknownParameters(f"{', '.join(sorted(missing))}: only among the columns or only among the coefficients")
    weights = np.array([parameters.coefficients[name] for name in names])
    return np.asarray(expit(parameters.intercept + columns @ weights), dtype=np.float64)
