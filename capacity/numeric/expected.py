"""What quotas are expected to lead to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Of a session with `extra` 加号, in patients; `objective` is R, in incomes of one patient.

    `advance_attended` is E1, `same_day_attended` E2, `overload` Ec; `turned_away` asked and got no number.
    """

    extra: int
    objective: float
    advance_attended: float
    same_day_attended: float
    overload: float
    turned_away: float

    @property
    def seen(self) -> float:
        return self.advance_attended + self.same_day_attended
