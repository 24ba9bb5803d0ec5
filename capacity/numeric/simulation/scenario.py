"""What one session is simulated with."""

import math
from dataclasses import dataclass, field

from capacity.numeric.demand import common_mean
from capacity.numeric.errors import InvalidInput
from capacity.numeric.service_times import ServiceTimes

LARGEST_SEATS = 500
LARGEST_MEAN_DEMAND = 2_000.0
LARGEST_SESSION_MINUTES = 1440.0
LARGEST_OFFSET_MINUTES = 480.0
LARGEST_ROOMS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Punctuality:
    """When patients with an appointment come, against the start of their window: normal, in minutes; below 0 is early.

    Nobody comes earlier than `earliest_minutes` before the window (check-in does not open before that).
    """

    mean_minutes: float = 0.0
    deviation_minutes: float = 0.0
    earliest_minutes: float = 60.0

    def __post_init__(self) -> None:
        for name, value, least in (
            ("lateness_mean", self.mean_minutes, -LARGEST_OFFSET_MINUTES),
            ("lateness_deviation", self.deviation_minutes, 0.0),
            ("earliest_minutes", self.earliest_minutes, 0.0),
        ):
            _require_number(name, value, least, LARGEST_OFFSET_MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionScenario:
    """One session: its seats, who wants them, who comes when, and how long each takes.

    `rated` N, `advance` n1 ≤ N and `extra` nA are the quotas; `mean_advance` and `mean_same_day` the demand under the paper's
    bivariate Poisson law of `correlation` ρ, or, with `fixed_demand`, whole numbers of patients who ask each time;
    `no_show_*` δ1, δ2. As in the paper, `A = min(d1, n1)` advance and `B = min(d2, N + nA − A)` patients of the day get a
    number, of which those beyond N are 加号, and each comes with its channel's probability.

    Advance patients are told windows of `window_minutes`, spread evenly over the `session_minutes`, and come by `punctuality`;
    patients of the day come at random during the session. Both are called by the order of the calling desk, by `rooms` rooms.

    Raises InvalidInput for a number outside its range.
    """

    rated: int
    advance: int
    extra: int = 0
    mean_advance: float
    mean_same_day: float
    correlation: float = 0.0
    fixed_demand: bool = False
    no_show_advance: float = 0.0
    no_show_same_day: float = 0.0
    session_minutes: float
    window_minutes: float = 30.0
    service: ServiceTimes
    punctuality: Punctuality = field(default_factory=Punctuality)
    rooms: int = 1

    def __post_init__(self) -> None:
        _require_whole("rated", self.rated, 1, LARGEST_SEATS)
        _require_whole("advance", self.advance, 0, self.rated)
        _require_whole("extra", self.extra, 0, LARGEST_SEATS)
        _require_whole("rooms", self.rooms, 1, LARGEST_ROOMS)
        _require_number("session_minutes", self.session_minutes, 1.0, LARGEST_SESSION_MINUTES)
        _require_number("window_minutes", self.window_minutes, 1.0, self.session_minutes)
        for name in ("no_show_advance", "no_show_same_day"):
            _require_number(name, getattr(self, name), 0.0, 1.0)
        for name in ("mean_advance", "mean_same_day"):
            value = getattr(self, name)
            _require_number(name, value, 0.0, LARGEST_MEAN_DEMAND)
            if self.fixed_demand and value != int(value):
                raise InvalidInput(name, f"must be a whole number where the demand is fixed, not {value:g}")
        if self.fixed_demand and self.correlation:
            raise InvalidInput("correlation", "has no meaning where the demand is fixed")
        self.common_mean()

    @property
    def most_numbers(self) -> int:
        """The most numbers that can be given out: N + nA."""
        return self.rated + self.extra

    def common_mean(self) -> float:
        """`E X0` of the trivariate reduction. Raises InvalidDemand for a correlation that is out of reach."""
        return common_mean(mean_advance=self.mean_advance, mean_same_day=self.mean_same_day, correlation=self.correlation)


def _require_whole(name: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise InvalidInput(name, f"must be a whole number from {least} to {most}, not {value}")


def _require_number(name: str, value: float, least: float, most: float) -> None:
    if not (math.isfinite(value) and least <= value <= most):
        raise InvalidInput(name, f"must be from {least:g} to {most:g}, not {value:g}")
