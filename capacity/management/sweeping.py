"""A long sweep in pieces, so that who waits for it can see how far it is."""

from collections.abc import Callable, Sequence
from dataclasses import fields

import numpy as np

from capacity.numeric.problem import AllocationProblem
from capacity.numeric.sweeps import Sweep, sweep

# Large sessions take a tenth of a second each.
PIECE = 10


def sweep_in_pieces(
    problem: AllocationProblem,
    parameter: str,
    values: Sequence[float],
    *,
    demand_follows_rated: bool,
    on_progress: Callable[[int], None],
) -> Sweep:
    """The same as `sweep`, to the last bit; `on_progress` hears how many values are solved. Raises what `sweep` raises."""
    pieces: list[Sweep] = []
    for start in range(0, len(values), PIECE):
        piece = values[start : start + PIECE]
        pieces.append(sweep(problem, parameter, piece, demand_follows_rated=demand_follows_rated))
        on_progress(start + len(piece))
    names = [field.name for field in fields(Sweep) if field.name != "parameter"]
    return Sweep(parameter=parameter, **{name: np.concatenate([getattr(one, name) for one in pieces]) for name in names})
