"""What every table of probabilities must be before it is computed with."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from capacity.numeric.errors import InvalidDemand

# Sums of a table's cells may miss 1 by this much: rounding of a million cells, or of figures printed to nine digits.
ROUNDING = 1e-9
_SHAPES = {1: "a list with a probability per number of patients", 2: "a table with a row per d1 and a column per d2"}


def checked_mass(values: ArrayLike, *, dimensions: int, left_out: float = 0.0) -> NDArray[np.float64]:
    """`values` as a read-only copy. `left_out` is the most probability that may lie outside of it.

    Raises `InvalidDemand` where it is no array of that many dimensions, is empty, holds what is no probability, or does not sum
    to 1.
    """
    try:
        mass = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidDemand("mass", f"must be {_SHAPES[dimensions]}, all numbers and rows of one length") from error
    if mass.ndim != dimensions or mass.size == 0:
        raise InvalidDemand("mass", f"must be {_SHAPES[dimensions]}, not of shape {mass.shape}")
    wrong = ~((mass >= 0) & (mass <= 1 + ROUNDING))  # true for nan as well
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise InvalidDemand("mass", f"must hold probabilities from 0 to 1, not {mass[place]:g} at {', '.join(map(str, place))}")
    total = float(mass.sum())
    if not 1 - left_out - ROUNDING <= total <= 1 + ROUNDING:
        raise InvalidDemand("mass", f"must sum to 1, not to {total:.9g}")
    mass.flags.writeable = False
    return mass
