"""The trivariate reduction `d1 = X1 + X0`, `d2 = X2 + X0` for several sessions at once.

X0, X1, X2 are independent: Poisson in the paper's law, negative binomial where demand varies more than that (`demand.py` says
what their means and dispersions are, and why).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.negative_binomial import negative_binomial_at_least, negative_binomial_pmf
from capacity.numeric.poisson import poisson_at_least, poisson_pmf
from capacity.numeric.problem import AllocationProblem

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shocks:
    """Means in patients per session, an element per session, and dispersions; None for all where everything is Poisson."""

    mean_total: Floats
    means: Floats
    dispersions: Floats | None

    @classmethod
    def of(cls, problems: Sequence[AllocationProblem], shared: Sequence[float]) -> Self:
        """`shared[i]` is E X0 of `problems[i]`."""
        rows = [(p.mean_advance, p.mean_same_day, p.dispersion_advance, p.dispersion_same_day) for p in problems]
        m1, m2, phi1, phi2 = np.array(rows, dtype=np.float64).T
        return cls.split(m1, m2, phi1, phi2, np.array(shared, dtype=np.float64))

    @classmethod
    def split(
        cls, mean_advance: Floats, mean_same_day: Floats, dispersion_advance: Floats, dispersion_same_day: Floats, shared: Floats
    ) -> Self:
        """Rows of `means` and `dispersions` are X0, X1, X2. X0 has the smaller dispersion φ0, the others what is left."""
        means = np.array((shared, np.maximum(mean_advance - shared, 0.0), np.maximum(mean_same_day - shared, 0.0)))
        mean_total = mean_advance + mean_same_day
        if (dispersion_advance == 1).all() and (dispersion_same_day == 1).all():
            return cls(mean_total, means, None)
        least = np.minimum(dispersion_advance, dispersion_same_day)
        variances = np.array((dispersion_advance * mean_advance, dispersion_same_day * mean_same_day)) - least * shared
        # Rounding can leave a little less than φ0, and nothing over nothing where all of a demand is X0.
        left = np.divide(variances, means[1:], out=np.zeros_like(variances), where=means[1:] > 0)
        return cls(mean_total, means, np.array((least, *np.maximum(left, least))))

    def shared_and_advance(self, size: int) -> tuple[Floats, Floats]:
        """`P(X0 = i)` and `P(X1 = i)`, i below `size`: shape (sessions, size), as all that follow."""
        shared, advance = self._pmf(slice(0, 2), size)
        return shared, advance

    def parts(self, size: int) -> Floats:
        """`P(X0 = i)`, `P(X1 = i)`, `P(X2 = i)`: shape (3, sessions, size)."""
        return self._pmf(slice(0, 3), size)

    def advance_at_least(self, size: int) -> Floats:
        """`P(X1 ≥ i)`."""
        at_least: Floats = self._at_least(slice(1, 2), size)[0]
        return at_least

    def same_day_at_least(self, size: int) -> tuple[Floats, Floats]:
        """`P(X2 ≥ t)`, and `P(d2 ≥ t)` whatever d1."""
        if self.dispersions is None:
            alone, anyhow = poisson_at_least(np.array((self.means[2], self.means[0] + self.means[2])), size)
            return alone, anyhow
        alone = self._at_least(slice(2, 3), size)[0]
        shared = self._pmf(slice(0, 1), size)[0]
        certain = self._at_least(slice(0, 1), size + 1)[0, :, -1:]  # X0 alone is beyond every t
        return alone, certain + (shared[:, np.newaxis] @ windows(alone, size))[:, 0]

    def _pmf(self, rows: slice, size: int) -> Floats:
        if self.dispersions is None:
            return poisson_pmf(self.means[rows], size)
        return negative_binomial_pmf(self.means[rows], self.dispersions[rows], size)

    def _at_least(self, rows: slice, size: int) -> Floats:
        if self.dispersions is None:
            return poisson_at_least(self.means[rows], size)
        return negative_binomial_at_least(self.means[rows], self.dispersions[rows], size)


def windows(at_least: Floats, shifts: int) -> Floats:
    """`[s, i, t] → P(X ≥ t − i)` from `[s, t]`, for i below `shifts`: 1 where t ≤ i. A view."""
    sessions, size = at_least.shape
    padded = np.ones((sessions, shifts - 1 + size))
    padded[:, shifts - 1 :] = at_least
    return np.lib.stride_tricks.sliding_window_view(padded, size, axis=1)[:, ::-1]
