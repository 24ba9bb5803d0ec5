"""What the morning re-solve is asked, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.errors import InvalidInput
from capacity.numeric.expected import Expected
from capacity.numeric.problem import SessionTerms
from capacity.numeric.same_day import SameDayLaw

Floats = NDArray[np.float64]

# More patients than this with a number for one session is a mistake of the caller.
MOST_HELD = 5000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MorningProblem:
    """One session on its day, before it opens or at any moment after.

    `terms` as at night; δ1 is not read, `max_extra` is the doctor's limit. `show_up[j]` is the chance that the j-th patient who
    holds a number comes (0 to 1, in any order; may be empty); `same_day_taken` are same-day numbers given already to patients of
    whom no more is known than δ2. `demand` is the law of the same-day patients who are still to ask. `extra_now` is the quota
    that stands, or None.

    Raises `InvalidInput` naming the field that is out of range.
    """

    terms: SessionTerms
    show_up: Floats | Sequence[float]
    demand: SameDayLaw
    same_day_taken: int = 0
    extra_now: int | None = None

    def __post_init__(self) -> None:
        chances = np.array(self.show_up, dtype=np.float64)
        if chances.ndim != 1:
            raise InvalidInput("show_up", "must be a list with a chance per patient")
        possible = (chances >= 0) & (chances <= 1)  # false for nan
        if not possible.all():
            raise InvalidInput("show_up", f"must hold chances from 0 to 1, not {chances[~possible][0]:g}")
        if chances.size > MOST_HELD:
            raise InvalidInput("show_up", f"must hold at most {MOST_HELD} patients, not {chances.size}")
        most_taken = MOST_HELD - chances.size
        if not 0 <= self.same_day_taken <= most_taken:
            raise InvalidInput("same_day_taken", f"must be from 0 to {most_taken}, not {self.same_day_taken}")
        if self.extra_now is not None and not 0 <= self.extra_now <= MOST_HELD:
            raise InvalidInput("extra_now", f"must be from 0 to {MOST_HELD}, not {self.extra_now}")
        chances.flags.writeable = False
        object.__setattr__(self, "show_up", chances)

    @property
    def held(self) -> int:
        """Patients with a number."""
        return len(self.show_up) + self.same_day_taken

    @property
    def smallest_extra(self) -> int:
        """加号 in use already: no quota may be below."""
        return max(0, self.held - self.terms.rated)

    @property
    def free(self) -> int:
        """Rated seats that nobody holds: same-day patients get them before any 加号."""
        return max(0, self.terms.rated - self.held)

    @property
    def largest_extra(self) -> int | None:
        """The furthest nA that can be asked about: the doctor's limit, or what stands or is in use where that is more."""
        if self.terms.max_extra is None:
            return None
        return max(self.terms.max_extra, self.smallest_extra, self.extra_now or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MorningOutcome(Expected):
    """What one number of 加号 leads to today; `turned_away` are of those who are still to ask."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MorningResult:
    """`extra` is the best number of 加号 for today; `extra_now` the one that stands, if one was given.

    The arrays hold the outcome of every nA from `smallest_extra` (in use already) up to `largest_extra` (None: no limit), and
    end earlier where demand does: after that nothing changes. `advance_attended` are those expected of `show_up`, `turned_away`
    those who are still to ask and get no number.
    """

    extra: int
    extra_now: int | None
    smallest_extra: int
    largest_extra: int | None
    advance_attended: float
    objectives: Floats = field(repr=False)
    same_day_attended: Floats = field(repr=False)
    overload: Floats = field(repr=False)
    turned_away: Floats = field(repr=False)

    @property
    def best(self) -> MorningOutcome:
        return self.at(self.extra)

    @property
    def now(self) -> MorningOutcome | None:
        """Of the quota that stands; of what is in use, where that is more."""
        return None if self.extra_now is None else self.at(max(self.extra_now, self.smallest_extra))

    @property
    def gain(self) -> float:
        """What the best quota earns above the one that stands; 0 where none was given."""
        return 0.0 if self.now is None else self.best.objective - self.now.objective

    def at(self, extra: int) -> MorningOutcome:
        """The outcome of any nA. Raises `InvalidInput` for one below what is in use or beyond `largest_extra`."""
        if extra < self.smallest_extra or (self.largest_extra is not None and extra > self.largest_extra):
            upper = "" if self.largest_extra is None else f" and at most {self.largest_extra}"
            raise InvalidInput("extra", f"must be at least {self.smallest_extra}{upper}, not {extra}")
        place = min(extra - self.smallest_extra, len(self.objectives) - 1)
        return MorningOutcome(
            extra=extra,
            objective=float(self.objectives[place]),
            advance_attended=self.advance_attended,
            same_day_attended=float(self.same_day_attended[place]),
            overload=float(self.overload[place]),
            turned_away=float(self.turned_away[place]),
        )
