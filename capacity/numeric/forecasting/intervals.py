"""Prediction intervals from the errors that a model made before: nothing is assumed of their shape.

An error is measured in square roots of its forecast (counts vary about so), and by how far ahead it was made; the 5 % and 95 %
quantiles of such scores, put around a forecast, hold nine days of ten. They are of earlier forecasts only, with the
correction for a finite sample (Vovk, Gammerman & Shafer 2005): split conformal prediction over time.
"""

from dataclasses import dataclass

import numpy as np

WEEK = 7
TAIL = 0.05
# The 95 % quantile of the normal law.
NORMAL_TAIL = 1.6449
# Below a quarter of a patient a square root says nothing of how counts vary.
LEAST_MEAN = 0.25
# Scores a week of the horizon needs, to be judged apart from the others.
LEAST_SCORES = 28


@dataclass(frozen=True, slots=True)
class Spread:
    """`low`, `high`: quantiles of the scores. `widening`: shape (weeks of the horizon measured,), how scores grow with it."""

    low: float
    high: float
    widening: np.ndarray

    @classmethod
    def of(cls, *, actual: np.ndarray, forecast: np.ndarray, counts: np.ndarray) -> "Spread":
        """All of shape (origins, horizon); `counts` marks what is known and ordinary. Closed days have no spread to learn."""
        used = counts & (forecast > 0)
        if not used.any():
            return cls(0.0, 0.0, np.ones(1))
        scores = (np.where(used, actual, 0) - forecast) / root(forecast)
        widening = _widening(scores, used)
        flat = (scores / by_day(widening, forecast.shape[1]))[used]
        size = flat.size
        high = np.quantile(flat, min(1.0, (1 - TAIL) * (size + 1) / size))
        low = np.quantile(flat, max(0.0, 1 - (1 - TAIL) * (size + 1) / size))
        return cls(min(0.0, float(low)), max(0.0, float(high)), widening)

    def around(self, mean: np.ndarray, *, extra: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The interval of a forecast of shape (h,); `extra`: what else is uncertain, as standard deviations."""
        scale = root(mean) * by_day(self.widening, mean.size)
        low = np.hypot(self.low * scale, NORMAL_TAIL * extra)
        high = np.hypot(self.high * scale, NORMAL_TAIL * extra)
        return np.maximum(mean - low, 0), mean + high


def root(mean: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(np.maximum(mean, LEAST_MEAN)))


def by_day(widening: np.ndarray, horizon: int) -> np.ndarray:
    """Shape (horizon,). Beyond what was measured errors grow like those of a level that wanders: with the root of time."""
    week = np.arange(horizon) // WEEK
    last = widening.size - 1
    return widening[np.minimum(week, last)] * np.sqrt(np.maximum(week + 1, last + 1) / (last + 1))


def _widening(scores: np.ndarray, used: np.ndarray) -> np.ndarray:
    """How the scores' root mean square grows week by week, 1 on the whole; it never shrinks with distance but by chance."""
    whole = np.sqrt(np.mean(scores[used] ** 2))
    weeks = scores.shape[1] // WEEK
    if weeks < 2 or whole == 0:
        return np.ones(max(weeks, 1))
    parts = [slice(i * WEEK, (i + 1) * WEEK if i < weeks - 1 else None) for i in range(weeks)]
    if min(np.count_nonzero(used[:, part]) for part in parts) < LEAST_SCORES:
        return np.ones(weeks)
    each = [np.sqrt(np.mean(scores[:, part][used[:, part]] ** 2)) for part in parts]
    return np.asarray(np.maximum.accumulate(each) / whole)
