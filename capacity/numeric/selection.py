"""From a table of objectives to an answer: the optimum, what it leads to, and what came next."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.demand_tails import DemandTails
from capacity.numeric.extents import RUNNERS_UP
from capacity.numeric.problem import AllocationResult, Candidate, SessionTerms, StackedTerms
from capacity.numeric.seats import SeatTable

Floats = NDArray[np.float64]

# Objectives nearer to each other than half of this, times N·β, count as equal. Rounding in R grows with both; without a grid
# its last bits, not the rule "fewest 加号, then fewest advance numbers", would choose where demand leaves R flat.
TIE = 1e-14


def select(
    terms: Sequence[SessionTerms],
    stacked: StackedTerms,
    demand: DemandTails,
    seats: SeatTable,
    stop_points: NDArray[np.int64],
    enough: NDArray[np.bool_],
) -> list[AllocationResult | None]:
    """One result per doctor, None where the table was not `enough`."""
    doctors, width, _ = seats.objective.shape
    surface = np.ascontiguousarray(seats.objective.transpose(0, 2, 1))
    surface.flags.writeable = False
    grid = TIE * stacked.rated * stacked.overload_cost
    ranks = _ranks(surface, stacked.max_extra, grid).reshape(doctors, -1)
    few = min(RUNNERS_UP + 1, ranks.shape[1])
    parted = ranks.copy()
    parted.partition(few - 1, axis=1)
    limits = parted[:, few - 1]
    bare = surface[:, 0]
    best_bare = np.rint((bare.max(axis=1, keepdims=True) - bare) / grid[:, np.newaxis]).argmin(axis=1)
    results: list[AllocationResult | None] = []
    for i in range(doctors):
        if not enough[i]:
            results.append(None)
            continue
        (near,) = (ranks[i] <= limits[i]).nonzero()
        order = near[ranks[i, near].argsort(kind="stable")][:few].tolist()
        pairs = [divmod(flat, width) for flat in order if ranks[i, flat] < np.inf]
        results.append(_result(i, terms[i], demand, seats, surface[i], pairs, int(best_bare[i]), stop_points[i]))
    return results


def _ranks(surface: Floats, max_extra: Floats, grid: Floats) -> Floats:
    """How many steps of the grid each pair is below the best allowed one; infinite for pairs above the cap."""
    limited = surface
    if max_extra.min() < surface.shape[1] - 1:
        allowed = np.arange(surface.shape[1]) <= max_extra[:, np.newaxis]
        limited = np.where(allowed[:, :, np.newaxis], surface, -np.inf)
    best = limited.max(axis=(1, 2), keepdims=True)
    return np.rint((best - limited) / grid[:, np.newaxis, np.newaxis])


def _result(
    i: int,
    terms: SessionTerms,
    demand: DemandTails,
    seats: SeatTable,
    surface: Floats,
    pairs: list[tuple[int, int]],
    bare: int,
    stop_points: NDArray[np.int64],
) -> AllocationResult:
    extra, advance = pairs[0]
    exactly, beyond = seats.exactly[i, : advance + 1, :extra], seats.beyond[i, advance, :extra]
    short = seats.no_overload[i, : advance + 1, :extra]
    show_same_day = 1 - terms.no_show_same_day
    came_advance = float(seats.advance[i, advance])
    came_same_day = float(seats.same_day[i, advance]) + show_same_day * float(exactly.sum() + beyond.sum())
    overload = show_same_day * float((exactly * (1 - short)).sum() + (beyond * (1 - short[-1])).sum())
    given = came_advance / (1 - terms.no_show_advance) + came_same_day / show_same_day
    return AllocationResult(
        extra=extra,
        advance=advance,
        objective=float(surface[extra, advance]),
        advance_attended=came_advance,
        same_day_attended=came_same_day,
        overload=overload,
        turned_away=max(0.0, float(demand.mean_total[i]) - given),
        advance_without_extra=bare,
        objective_without_extra=float(surface[0, bare]),
        stop_points=tuple(stop_points.tolist()),
        runners_up=tuple(Candidate(nA, n1, float(surface[nA, n1])) for nA, n1 in pairs[1:]),
        demand_tail_mass=float(demand.left_out[i]),
        warnings=terms.warnings,
        surface=surface,
    )
