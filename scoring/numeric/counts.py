"""A patient's closed appointments, counted by outcome, and what makes such counts impossible."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

OUTCOMES = ("fulfilled", "unattended", "cancelled", "missed")

# The largest intermediate is 2 × 10,000 × count + total (a rate in hundredths of a percent), which has to fit an int64;
# a million million appointments of one patient is far beyond any true count and leaves a factor of 400.
MAX_COUNT = 10**12


class CountsError(ValueError):
    """Counts that no history can have. `row` counts from 0 (0 for a single patient), `column` names the count."""

    def __init__(self, reason: str, *, row: int, column: str) -> None:
        super().__init__(f"row {row}, {column}: {reason}")
        self.reason = reason
        self.row = row
        self.column = column


def impossible(*, value: int, total: int) -> str | None:
    """Why `value` cannot be one of the counts beside `total` (or `total` itself), or None."""
    if value < 0:
        return f"{value} is below zero"
    if value > MAX_COUNT:
        return f"{value} is above {MAX_COUNT}"
    if value > total:
        return f"{value} is above the total of {total}"
    return None


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """One patient's counts over the scoring window. They need not sum to the total: imported counts may not.

    Raises CountsError where a count is not a whole number, below zero, above the total or above `MAX_COUNT`.
    """

    total: int
    fulfilled: int
    unattended: int
    cancelled: int
    missed: int

    def __post_init__(self) -> None:
        for column in ("total", *OUTCOMES):
            value = getattr(self, column)
            if type(value) is not int:
                raise CountsError(f"{value!r} is not a whole number", row=0, column=column)
            if reason := impossible(value=value, total=self.total):
                raise CountsError(reason, row=0, column=column)

    @property
    def do_sum(self) -> bool:
        """Whether the four outcomes account for every appointment."""
        total, *outcomes = astuple(self)
        return bool(sum(outcomes) == total)


def validate_counts(columns: Mapping[str, npt.ArrayLike]) -> dict[str, npt.NDArray[np.int64]]:
    """The columns `total` and `OUTCOMES` as int64 arrays of one shape (n,), each row possible.

    Raises CountsError naming the first impossible row (and in it the first column in the order above); ValueError for
    a missing column, another shape, or numbers that are not integers.
    """
    arrays = {name: _integers(name, columns) for name in ("total", *OUTCOMES)}
    total = arrays["total"]
    bad = np.zeros(total.shape, dtype=bool)
    for name, values in arrays.items():
        if values.shape != total.shape:
            raise ValueError(f"{name} has shape {values.shape}, total has {total.shape}")
        bad |= (values < 0) | (values > total) | (values > MAX_COUNT)
    if bad.any():
        row = int(np.argmax(bad))
        for name, values in arrays.items():
            if reason := impossible(value=int(values[row]), total=int(total[row])):
                raise CountsError(reason, row=row, column=name)
    return arrays


def _integers(name: str, columns: Mapping[str, npt.ArrayLike]) -> npt.NDArray[np.int64]:
    if name not in columns:
        raise ValueError(f"the column {name} is missing")
    values = np.asarray(columns[name])
    if values.size == 0:
        values = values.astype(np.int64)
    if values.ndim != 1 or not np.can_cast(values.dtype, np.int64, casting="safe") or values.dtype == np.bool_:
        raise ValueError(f"{name} must be a one-dimensional array of integers, not {values.dtype} of shape {values.shape}")
    return values.astype(np.int64, copy=False)
