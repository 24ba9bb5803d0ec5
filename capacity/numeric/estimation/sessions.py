"""What is known of past sessions in one channel."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from capacity.numeric.errors import InvalidInput
from capacity.numeric.estimation.censored import Evidence
from capacity.numeric.estimation.levels import Flags, Integers, indices, whole_numbers


@dataclass(frozen=True, slots=True)
class Sessions:
    """Past sessions of one channel, each array (sessions,): whose clinic, the seats taken, whether the quota was reached,
    and the distinct patients known to have found nothing (refused attempts, waitlist)."""

    clinic: Integers
    taken: Integers
    sold_out: Flags
    refused: Integers

    @classmethod
    def from_records(cls, *, clinic: ArrayLike, taken: ArrayLike, sold_out: ArrayLike, refused: ArrayLike, clinics: int) -> Self:
        """From what the sessions' rows say. Anyone refused proves that not all demand was met: such a session counts as
        sold out whether it says so or not.

        Raises InvalidInput for shapes that differ, counts below zero or a clinic that is not below `clinics`.
        """
        whose = indices("clinic", clinic, below=clinics)
        turned_away = whole_numbers("refused", refused, size=whose.size)
        full = np.asarray(sold_out)
        if full.shape != whose.shape or (full.size and full.dtype != np.bool_):
            raise InvalidInput("sold_out", f"must be {whose.size} booleans, not {full.dtype} of shape {full.shape}")
        full = full.astype(np.bool_) | (turned_away > 0)
        return cls(clinic=whose, taken=whole_numbers("taken", taken, size=whose.size), sold_out=full, refused=turned_away)

    def at(self, index: Integers) -> Self:
        """Those sessions only."""
        return replace(
            self, clinic=self.clinic[index], taken=self.taken[index], sold_out=self.sold_out[index], refused=self.refused[index]
        )

    def of_some_clinics(self, most: int) -> Self:
        """About `most` sessions where there are many more: all those of every so many-th clinic."""
        every = max(1, self.clinic.size // most)
        return self if every == 1 else self.at(np.flatnonzero(self.clinic % every == 0))

    @property
    def evidence(self) -> Evidence:
        """The same as floats, clinic by clinic."""
        return Evidence(self.clinic, self.taken.astype(np.float64), self.sold_out, self.refused.astype(np.float64))
