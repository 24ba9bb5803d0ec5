"""What each seat is worth, given or not: the tables that the optimum and every other pair of quotas are read from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.demand_tails import DemandTails
from capacity.numeric.problem import StackedTerms
from capacity.numeric.show_up import no_overload

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SeatTable:
    """For doctors i, `n1` (or d1) = 0..N and seats k = 0..rows−1 beyond N.

    `objective[i, n1, nA]` is R, nA = 0..rows; `no_overload[i, A, k] = P(a + b < N)` with N + k numbers given, A of them advance;
    `exactly[i, d1, k]` and `beyond[i, n1, k]` the probabilities that same-day demand wants seat k + 1 while d1 advance patients
    asked, or more than n1; `advance[i, n1]`, `same_day[i, n1]` the attended for nA = 0.
    """

    objective: Floats
    no_overload: Floats
    exactly: Floats
    beyond: Floats
    advance: Floats
    same_day: Floats


def seat_table(rated: int, rows: int, terms: StackedTerms, demand: DemandTails) -> SeatTable:
    """Every seat's gain, summed up to R(nA, n1)."""
    show_same_day = (1 - terms.no_show_same_day)[:, np.newaxis, np.newaxis]
    cost = terms.overload_cost[:, np.newaxis, np.newaxis]
    no_overload_ = no_overload(rated, rated + rows, terms.no_show_advance, terms.no_show_same_day)
    short = _along_totals(no_overload_, rated, rows)
    width = rated + rows + 1
    exactly = _along_totals(demand.exactly, rated + 1, rows)
    beyond = _along_totals(demand.at_least, width + rated + 1, rows)
    gain = cost * short
    gain -= cost - 1
    gain *= show_same_day
    objective = np.empty((len(cost), rated + 1, rows + 1))
    steps = objective[:, :, 1:]
    (exactly * gain).cumsum(axis=1, out=steps)
    gain *= beyond
    steps += gain
    advance, same_day = _without_extra(rated, terms, demand)
    objective[:, :, 0] = advance + same_day
    objective.cumsum(axis=2, out=objective)
    return SeatTable(objective, short, exactly, beyond, advance, same_day)


def _along_totals(table: Floats, start: int, rows: int) -> Floats:
    """A view of `table[i, A, B]` by `[i, A, k]` with `B = B0 + k − A`, where `start` is the flat position of A = 0, k = 0.

    In a table of width w the flat position of (A, B0 + k − A) is `start + A·(w − 1) + k`: rows of width w − 1.
    """
    doctors, lines, width = table.shape
    lines = (lines * width - start) // (width - 1)
    flat = table.reshape(doctors, -1)[:, start : start + lines * (width - 1)]
    return flat.reshape(doctors, lines, width - 1)[:, :, :rows]


def _without_extra(rated: int, terms: StackedTerms, demand: DemandTails) -> tuple[Floats, Floats]:
    """`E1(n1)` and `E2(0, n1)` for n1 = 0..N: one advance number more helps if d1 asks for it, and costs if d2 would have."""
    doctors, _, width = demand.at_least.shape
    asked = demand.at_least[:, 1 : rated + 1, 0]
    # P(d1 > n1, d2 ≥ N − n1) at flat position (n1 + 1)·width + N − n1.
    taken = demand.at_least.reshape(doctors, -1)[:, width + rated :: width - 1][:, :rated]
    advance = np.zeros((doctors, rated + 1))
    asked.cumsum(axis=1, out=advance[:, 1:])
    same_day = np.empty_like(advance)
    same_day[:, 0] = demand.at_least[:, 0, 1 : rated + 1].sum(axis=1)
    np.negative(taken, out=same_day[:, 1:])
    same_day.cumsum(axis=1, out=same_day)
    return (
        advance * (1 - terms.no_show_advance)[:, np.newaxis],
        same_day * (1 - terms.no_show_same_day)[:, np.newaxis],
    )
