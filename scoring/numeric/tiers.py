"""Tiers and the scores at which they begin."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

HIGHEST_SCORE_HUNDREDTHS = 100_00


class Tier(StrEnum):
    """Where a score puts a patient. `UNRATED` is not a low tier: it says that there is nothing to judge by."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    UNRATED = "unrated"


@dataclass(frozen=True, slots=True)
class TierBounds:
    """The lowest score of tiers A, B and C, in hundredths of a point; below C's is D.

    A band is closed below and open above. The source prints 80–89 and 90–100, which leaves 89.5 in no band; here it
    is a B.

    Raises ValueError unless 0 < C < B < A ≤ 100.00 points.

    >>> TierBounds().tier_of(89_50)
    <Tier.B: 'B'>
    """

    a_from_hundredths: int = 90_00
    b_from_hundredths: int = 80_00
    c_from_hundredths: int = 70_00

    def __post_init__(self) -> None:
        a, b, c = self.a_from_hundredths, self.b_from_hundredths, self.c_from_hundredths
        if any(type(bound) is not int for bound in (a, b, c)):
            raise ValueError(f"tier bounds must be whole hundredths of a point, not {a!r}, {b!r}, {c!r}")
        if not 0 < c < b < a <= HIGHEST_SCORE_HUNDREDTHS:
            raise ValueError(f"tier bounds must satisfy 0 < C < B < A <= {HIGHEST_SCORE_HUNDREDTHS}, not A {a}, B {b}, C {c}")

    def tier_of(self, score_hundredths: int | None) -> Tier:
        """The tier of one score; of no score, `Tier.UNRATED`."""
        if score_hundredths is None:
            return Tier.UNRATED
        if score_hundredths >= self.a_from_hundredths:
            return Tier.A
        if score_hundredths >= self.b_from_hundredths:
            return Tier.B
        if score_hundredths >= self.c_from_hundredths:
            return Tier.C
        return Tier.D

    def positions_of(self, score_hundredths: npt.NDArray[np.int64], rated: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
        """Each score's place in `list(Tier)`: 0 is A, 3 is D, 4 is unrated. Shapes (n,), (n,) → (n,)."""
        ascending = np.array([self.c_from_hundredths, self.b_from_hundredths, self.a_from_hundredths], dtype=np.int64)
        bounds_reached = np.searchsorted(ascending, score_hundredths, side="right")
        return np.where(rated, 3 - bounds_reached, 4).astype(np.int8)


DEFAULT_BOUNDS = TierBounds()
