"""How sure a share is, and how well a number tells who will miss from who will not."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.numeric.intervals import wilson_intervals

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`, with the 95 % interval of the share behind it. All three are None where the total is 0."""

    total: int
    count: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class CalibrationGroup:
    """Bookings of similar predictions: the mean that was predicted, and the share that came true."""

    predicted: float
    observed: Share


def wilson_share(count: int, total: int) -> Share:
    """The share with its interval by `wilson_intervals`.

    Where one patient has many of the bookings, it is somewhat too narrow: they are no independent trials. Raises ValueError
    unless 0 ≤ count ≤ total.

    >>> tenth = wilson_share(10, 100)
    >>> f"{tenth.share:.4f} [{tenth.low:.4f}, {tenth.high:.4f}]"
    '0.1000 [0.0552, 0.1744]'
    """
    bounds = wilson_intervals([count], [total])
    if total == 0:
        return Share(0, 0, None, None, None)
    return Share(total, count, count / total, float(bounds.low[0]), float(bounds.high[0]))


def area_under_curve(risk: npt.ArrayLike, is_missed: Flags) -> float | None:
    """The chance that a missed booking has the higher risk of two, one missed and one not; ties count half (Mann-Whitney).

    Both of shape (n,). None where all were missed, or none.

    >>> area_under_curve([0.1, 0.4, 0.35, 0.8], np.array([False, False, True, True]))
    0.75
    """
    missed = int(is_missed.sum())
    kept = is_missed.size - missed
    if not missed or not kept:
        return None
    # Loaded when it is needed: it would be a good part of the start of every process.
    from scipy.stats import rankdata

    ranks = rankdata(risk)
    return float((ranks[is_missed].sum() - missed * (missed + 1) / 2) / (missed * kept))


def brier_score(probability: npt.ArrayLike, is_missed: Flags) -> float:
    """The mean squared distance between what was predicted and what came (Brier 1950): 0 is perfect. Shapes (n,), n > 0."""
    return float(np.mean((np.asarray(probability, dtype=np.float64) - is_missed) ** 2))


def calibration_groups(probability: Floats, is_missed: Flags, *, groups: int = 10) -> list[CalibrationGroup]:
    """The bookings in order of their prediction, cut into groups of equal size. Shapes (n,); fewer groups where n is small."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, groups) if part.size]
    return [
        CalibrationGroup(float(probability[part].mean()), wilson_share(int(is_missed[part].sum()), part.size)) for part in parts
    ]
