"""How large a benchmark's world is, where it can be larger or smaller."""

import os

from benchmarks.stack import CannotMeasure

SCALE = "YUEZHEN_BENCH_SCALE"


def scale() -> float:
    """The factor that the environment asks for, 1 without. Raises CannotMeasure for what is none."""
    given = os.environ.get(SCALE, "1")
    try:
        factor = float(given)
    except ValueError:
        factor = 0.0
    if not 0.001 <= factor <= 100:
        raise CannotMeasure(f"{SCALE} must be a number from 0.001 to 100, not {given!r}")
    return factor
