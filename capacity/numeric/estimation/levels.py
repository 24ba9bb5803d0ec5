"""What all estimates share: clinics in departments, and a number with its interval and sample size."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from capacity.numeric.errors import InvalidInput

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# The interval that estimates carry: nine times in ten the truth lies inside.
COVERAGE = 0.9


@dataclass(frozen=True, slots=True)
class Level:
    """Estimates of n clinics, n departments or the one hospital; every array has shape (n,).

    `lower` and `upper` bound the central 90 % of what is believed of the mean; `sample_size` counts the observations of
    its own (visits for no-show, sessions for demand), 0 where the numbers are those of the level above; `shares` (n, 5) are the
    parts that it rests on of each `hierarchy.Source`, 1 in sum, and `sizes` (n, 5) how many observations each of these has, the
    nearer ones' included.
    """

    mean: Floats
    lower: Floats
    upper: Floats
    sample_size: Integers
    shares: Floats
    sizes: Integers

    @property
    def rests_on(self) -> Integers:
        """The `hierarchy.Source` of the largest share, the nearer one among equals."""
        return self.shares.argmax(axis=1)

    @property
    def rests_on_size(self) -> Integers:
        """The observations of that source."""
        found: Integers = np.take_along_axis(self.sizes, self.rests_on[:, np.newaxis], axis=1)[:, 0]
        return found


def department_indices(department: ArrayLike, *, departments: int) -> Integers:
    """The department of each clinic as an index below `departments`, or InvalidInput."""
    return indices("department", department, below=departments)


def indices(name: str, values: ArrayLike, *, below: int) -> Integers:
    """A one-dimensional array of indices from 0 to below − 1, or InvalidInput."""
    array = whole_numbers(name, values)
    if array.size and array.max() >= below:
        raise InvalidInput(name, f"must be below {below}, not {array.max()}")
    return array


def whole_numbers(name: str, values: ArrayLike, *, size: int | None = None) -> Integers:
    """A one-dimensional array of integers of at least 0 (of `size` where given), or InvalidInput."""
    array = np.asarray(values)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InvalidInput(name, f"must be a one-dimensional array of integers, not {array.dtype} of shape {array.shape}")
    if size is not None and array.size != size:
        raise InvalidInput(name, f"must have {size} elements, not {array.size}")
    if array.size and array.min() < 0:
        raise InvalidInput(name, f"must be at least 0, not {array.min()}")
    return array.astype(np.int64)


def require_between(name: str, value: float, low: float, high: float) -> None:
    """InvalidInput unless low < value < high."""
    if not (math.isfinite(value) and low < value < high):
        raise InvalidInput(name, f"must be above {low:g} and below {high:g}, not {value:g}")


def sum_by(group: Integers, values: ArrayLike, *, groups: int) -> Floats:
    """The sum of `values` in each of `groups`: shape (groups,)."""
    return np.bincount(group, weights=np.asarray(values, dtype=np.float64), minlength=groups).astype(np.float64)
