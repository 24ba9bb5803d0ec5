"""Does the tier tell who will miss? Each booking judged by the tier that its patient had when it was made.

For a booking made on day d, the counts are those of the patient's closed bookings with visit days in (d − window, d): what
the night before d scored. Their outcomes were known when the booking was made, and its own is not among them, since it is
made on its visit day at the latest. So nothing that is judged was used to judge it.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from scoring.numeric.classification import Share, area_under_curve, wilson_share
from scoring.numeric.counts import OUTCOMES
from scoring.numeric.score import score_many
from scoring.numeric.tiers import DEFAULT_BOUNDS, Tier, TierBounds

Integers = npt.NDArray[np.int64]
MISSED = OUTCOMES.index("missed")


@dataclass(frozen=True, slots=True)
class ClosedBookings:
    """n closed bookings that count, in any order; every array has shape (n,).

    Days are whole numbers counted from any one day, at the hospital's clock; `outcomes` are places in `OUTCOMES`. Raises
    ValueError where the shapes differ or an outcome is none of them.
    """

    patients: npt.NDArray[np.integer]
    booked_days: npt.NDArray[np.integer]
    visit_days: npt.NDArray[np.integer]
    outcomes: npt.NDArray[np.integer]

    def __post_init__(self) -> None:
        shapes = {self.patients.shape, self.booked_days.shape, self.visit_days.shape, self.outcomes.shape}
        if len(shapes) != 1 or self.patients.ndim != 1:
            raise ValueError(f"the columns must be of one shape (n,), not {sorted(shapes)}")
        if self.outcomes.size and not (self.outcomes.min() >= 0 and self.outcomes.max() < len(OUTCOMES)):
            raise ValueError(f"outcomes must be places in {OUTCOMES}")


@dataclass(frozen=True, slots=True)
class TierResult:
    """The bookings that were made while their patients were in `tier`, and the share of them that was missed."""

    tier: Tier
    patients: int
    missed: Share


@dataclass(frozen=True, slots=True)
class Backtest:
    """`tiers` from A to unrated. `auc` is of the score, among the rated bookings; None where all or none were missed.

    `booked_too_late` are left out: bookings with a date after their visit's, which nothing could have foretold.
    """

    tiers: list[TierResult]
    auc: float | None
    booked_too_late: int

    @property
    def bookings(self) -> int:
        return sum(result.missed.total for result in self.tiers)

    @property
    def is_rising(self) -> bool | None:
        """Whether the share rises from A to B, to C, to D; None where a tier has no bookings."""
        shares = [result.missed.share for result in self.tiers if result.tier != Tier.UNRATED]
        known = [share for share in shares if share is not None]
        if len(known) < len(shares):
            return None
        return all(lower < higher for lower, higher in pairwise(known))


def counts_before_booking(bookings: ClosedBookings, *, window_days: int) -> dict[str, Integers]:
    """What was known of each booking's patient when it was made: the columns `total` and `OUTCOMES`, each (n,).

    Sorted by patient and day, a patient's visits of a window are one stretch; a stretch's count is the difference of two
    cumulative counts. O(n log n).
    """
    if not bookings.patients.size:
        return {name: np.zeros(0, dtype=np.int64) for name in ("total", *OUTCOMES)}
    _, patients = np.unique(bookings.patients, return_inverse=True)
    visits, booked = bookings.visit_days.astype(np.int64), bookings.booked_days.astype(np.int64)
    first = min(int(visits.min()), int(booked.min()) - window_days)
    # Each patient has a span of numbers of their own, one for each day and one beyond.
    span = max(int(visits.max()), int(booked.max())) - first + 2
    order = np.argsort(patients * span + (visits - first))
    keys = (patients * span + (visits - first))[order]
    begins = np.searchsorted(keys, patients * span + (booked - window_days + 1 - first), side="left")
    ends = np.searchsorted(keys, patients * span + (booked - first), side="left")
    counts = {"total": ends - begins}
    for place, name in enumerate(OUTCOMES):
        so_far = np.concatenate([[0], np.cumsum(bookings.outcomes[order] == place, dtype=np.int64)])
        counts[name] = so_far[ends] - so_far[begins]
    return counts


def backtest(
    bookings: ClosedBookings,
    *,
    window_days: int,
    minimum_appointments: int = 1,
    bounds: TierBounds = DEFAULT_BOUNDS,
    is_judged: npt.NDArray[np.bool_] | None = None,
) -> Backtest:
    """The share missed by the tier at booking. `is_judged` (n,) limits what is judged; all of them are history nonetheless.

    Raises ValueError unless `window_days` and `minimum_appointments` are at least 1.
    """
    if window_days < 1 or minimum_appointments < 1:
        raise ValueError("the window and the minimum must be at least 1")
    scores = score_many(counts := counts_before_booking(bookings, window_days=window_days), bounds=bounds)
    is_rated = counts["total"] >= minimum_appointments
    positions = np.where(is_rated, scores.tier_positions, list(Tier).index(Tier.UNRATED))
    too_late = bookings.booked_days > bookings.visit_days
    chosen = np.ones(too_late.shape, dtype=bool) if is_judged is None else is_judged
    judged = chosen & ~too_late
    is_missed = bookings.outcomes == MISSED
    results = []
    for position, tier in enumerate(Tier):
        members = judged & (positions == position)
        share = wilson_share(int((is_missed & members).sum()), int(members.sum()))
        results.append(TierResult(tier, int(np.unique(bookings.patients[members]).size), share))
    rated = judged & is_rated
    auc = area_under_curve(-scores.score_hundredths[rated], is_missed[rated])
    return Backtest(tiers=results, auc=auc, booked_too_late=int((chosen & too_late).sum()))
