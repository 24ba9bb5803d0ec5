"""When the sessions of a doctor, weekday and period are hot: wanted by more than can have a seat."""

from dataclasses import dataclass
from enum import StrEnum

FULL_PERCENT = 100


class Ground(StrEnum):
    """What a verdict rests on. The first that applies wins."""

    TOO_FEW = "too-few"
    POPULAR = "popular"
    STILL_FULL = "still-full"
    COOLED = "cooled"
    NOT_FULL = "not-full"
    SELDOM_SOLD_OUT = "seldom-sold-out"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class HotBounds:
    """From where on sessions are hot, and below what they no longer are.

    Raises ValueError unless 0 ≤ cool ≤ hot ≤ 100 percent and at least one session and hour are asked for.
    """

    minimum_sessions: int = 4
    hot_fill_percent: float = 95
    sell_out_hours: float = 48
    cool_fill_percent: float = 85

    def __post_init__(self) -> None:
        if not 0 <= self.cool_fill_percent <= self.hot_fill_percent <= FULL_PERCENT:
            raise ValueError("not 0 <= cool_fill_percent <= hot_fill_percent <= 100")
        if self.minimum_sessions < 1 or self.sell_out_hours <= 0:
            raise ValueError("minimum_sessions and sell_out_hours must be positive")


@dataclass(frozen=True, slots=True)
class HotVerdict:
    is_hot: bool
    ground: Ground


def judge_heat(
    *,
    sessions: int,
    sold_out_sessions: int,
    fill_percent: float,
    sell_out_hours: float | None,
    was_hot: bool,
    bounds: HotBounds,
) -> HotVerdict:
    """Say whether sessions are hot, `sell_out_hours` being the median over those of them that sold out (None: none did).

    Hot become those that are full, that sold out more often than not, and fast. Hot stay those that are not emptier than
    `cool_fill_percent`, however slowly they sell: being hot itself keeps the tiers C and D away, and without two bounds the same
    doctor would be hot one week and ordinary the next. Too few sessions change nothing in either direction.

    >>> bounds = HotBounds()
    >>> judge_heat(
    ...     sessions=12, sold_out_sessions=11, fill_percent=99.0, sell_out_hours=3.5, was_hot=False, bounds=bounds
    ... ).is_hot
    True
    """
    if sessions < bounds.minimum_sessions:
        return HotVerdict(was_hot, Ground.TOO_FEW)
    is_full = fill_percent >= bounds.hot_fill_percent
    is_mostly_sold_out = 2 * sold_out_sessions > sessions
    is_fast = sell_out_hours is not None and sell_out_hours <= bounds.sell_out_hours
    if is_full and is_mostly_sold_out and is_fast:
        return HotVerdict(True, Ground.POPULAR)
    if was_hot:
        stays = fill_percent >= bounds.cool_fill_percent
        return HotVerdict(stays, Ground.STILL_FULL if stays else Ground.COOLED)
    if not is_full:
        return HotVerdict(False, Ground.NOT_FULL)
    return HotVerdict(False, Ground.SLOW if is_mostly_sold_out else Ground.SELDOM_SOLD_OUT)
