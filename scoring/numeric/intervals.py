"""How far a share found in a sample may be from the true one."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Intervals:
    """Bounds of shares, each between 0 and 1; NaN where there was nothing to count."""

    low: Shares
    high: Shares

    def exclude(self, shares: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether each interval lies wholly above or below the share. False where either is NaN."""
        compared = np.asarray(shares, dtype=np.float64)
        return np.asarray((compared < self.low) | (compared > self.high))


def wilson_intervals(counts: npt.ArrayLike, totals: npt.ArrayLike, *, confidence: float = 0.95) -> Intervals:
    """Wilson's score interval of `counts / totals`, element by element over one shape.

    The trials are taken to be independent with one chance of success. Unlike the usual p ± z·√(p(1−p)/n), it is right for small
    samples and for shares near 0 and 1, never leaves [0, 1], and is never empty. E. B. Wilson, "Probable inference, the law of
    succession, and statistical inference", JASA 22 (1927): (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n).

    Raises ValueError for a count below zero or above its total, other shapes, or a confidence outside (0, 1).

    >>> found = wilson_intervals([81], [263])
    >>> [round(float(bound[0]), 4) for bound in (found.low, found.high)]
    [0.2553, 0.3662]
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    found, out_of = validated_shares(counts, totals)
    z = float(ndtri(0.5 + confidence / 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = found / out_of
        scale = 1 + z**2 / out_of
        middle = (share + z**2 / (2 * out_of)) / scale
        half = z * np.sqrt(share * (1 - share) / out_of + z**2 / (4 * out_of**2)) / scale
    # At 0 and at 1 the bound is exact; rounding would leave 1e-17 and contradict a share of nothing.
    low = np.where(found == 0, np.where(out_of > 0, 0.0, np.nan), middle - half)
    high = np.where((found == out_of) & (out_of > 0), 1.0, middle + half)
    return Intervals(low=low, high=high)


def validated_shares(counts: npt.ArrayLike, totals: npt.ArrayLike) -> tuple[Shares, Shares]:
    """Both as floats of one shape, each count within its total. Raises ValueError."""
    found, out_of = np.asarray(counts, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if found.shape != out_of.shape:
        raise ValueError(f"counts have shape {found.shape}, totals {out_of.shape}")
    # Written so that NaN fails too.
    if not np.all((found >= 0) & (found <= out_of)):
        raise ValueError("each count must lie between 0 and its total")
    return found, out_of
