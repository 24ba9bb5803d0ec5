"""A second witness: every pair of quotas tried, from conditional expectations that share nothing with the fast path."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from capacity.numeric.demand import DemandLaw
from capacity.numeric.problem import SessionTerms


@dataclass(frozen=True)
class Exhaustive:
    """`objective[nA, n1]`, and the attended and overload beside it."""

    objective: np.ndarray
    advance_attended: np.ndarray
    same_day_attended: np.ndarray
    overload: np.ndarray


def try_every_pair(terms: SessionTerms, law: DemandLaw, largest_extra: int) -> Exhaustive:
    N = terms.rated
    overload_given = _overload_given(terms, N + largest_extra)
    d1, d2 = np.indices(law.mass.shape)
    shape = (largest_extra + 1, N + 1)
    E1, E2, Ec = np.empty(shape), np.empty(shape), np.empty(shape)
    for nA in range(largest_extra + 1):
        for n1 in range(N + 1):
            A = np.minimum(d1, n1)
            B = np.minimum(d2, N + nA - A)
            E1[nA, n1] = (1 - terms.no_show_advance) * (law.mass * A).sum()
            E2[nA, n1] = (1 - terms.no_show_same_day) * (law.mass * B).sum()
            Ec[nA, n1] = (law.mass * overload_given[A, B]).sum()
    return Exhaustive(E1 + E2 - terms.overload_cost * Ec, E1, E2, Ec)


def _overload_given(terms: SessionTerms, seats: int) -> np.ndarray:
    """`E[(a + b − N)+]` for every A ≤ N and B ≤ seats, by convolving the two binomial laws."""
    N = terms.rated
    laws_a = [stats.binom.pmf(np.arange(A + 1), A, 1 - terms.no_show_advance) for A in range(N + 1)]
    laws_b = [stats.binom.pmf(np.arange(B + 1), B, 1 - terms.no_show_same_day) for B in range(seats + 1)]
    table = np.zeros((N + 1, seats + 1))
    for A, a in enumerate(laws_a):
        for B, b in enumerate(laws_b):
            came = np.convolve(a, b)
            table[A, B] = np.maximum(np.arange(A + B + 1) - N, 0) @ came
    return table
