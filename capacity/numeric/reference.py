"""The two-tier enumeration, written as the paper writes it. Slow on purpose: `allocation.py` is held to this.

Jiang, Tang, Yan, *Capacity allocation with adding capacity policy in high demand outpatient*, Systems Engineering — Theory &
Practice 37(12), 2017, 3146–3159. Equation numbers are the paper's. Infinite sums end with the demand table. Where the scan
lost the superscripts of `P_δ`, the binomial law is meant, as in the appendix.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from capacity.numeric.demand import DemandLaw
from capacity.numeric.problem import SessionTerms

Probability = Callable[[int, int], float]


@dataclass(frozen=True)
class ReferenceResult:
    """What steps 1–5 of section 3.2 give; `stop_points[n1]` is n̄A(n1)."""

    extra: int
    advance: int
    objective: float
    advance_attended: float
    same_day_attended: float
    overload: float
    stop_points: tuple[int, ...]


def solve(terms: SessionTerms, law: DemandLaw) -> ReferenceResult:
    """Steps 1–5. Among equal objectives the smallest nA, then the smallest n1, wins."""
    N, beta = terms.rated, terms.overload_cost
    stop_points = tuple(stop_point(n1, terms) for n1 in range(N + 1))
    best = None
    for n1 in range(N + 1):
        E1 = advance_attended(n1, terms, law)
        for nA in range(stop_points[n1] + 1):
            E2 = same_day_attended(nA, n1, terms, law)
            Ec = overload(nA, n1, terms, law)
            candidate = (E1 + E2 - beta * Ec, -nA, -n1, E1, E2, Ec)
            if best is None or candidate > best:
                best = candidate
    assert best is not None  # N ≥ 1, so both loops ran
    R, minus_nA, minus_n1, E1, E2, Ec = best
    return ReferenceResult(-minus_nA, -minus_n1, R, E1, E2, Ec, stop_points)


def advance_attended(n1: int, terms: SessionTerms, law: DemandLaw) -> float:
    """`E1(n1)`, equation (1)."""
    p1 = law.mass.sum(axis=1).tolist()
    served = sum(d1 * p1[d1] for d1 in range(min(n1, len(p1) - 1) + 1))
    served += sum(n1 * p1[d1] for d1 in range(n1 + 1, len(p1)))
    return float((1 - terms.no_show_advance) * served)


def same_day_attended(nA: int, n1: int, terms: SessionTerms, law: DemandLaw) -> float:
    """`E2(nA, n1)`, equation (2): each of its four sums by which side of its quota the demand falls on."""
    p, N = law.mass.tolist(), terms.rated
    served = 0.0
    for d1 in range(len(p)):
        seats = N + nA - min(d1, n1)
        for d2 in range(len(p[d1])):
            served += (d2 if d2 <= seats else seats) * p[d1][d2]
    return (1 - terms.no_show_same_day) * served


def overload(nA: int, n1: int, terms: SessionTerms, law: DemandLaw) -> float:
    """`Ec(nA, n1) = Ec2 + Ec3 + Ec5 + Ec6`, equations (4)–(7); 0 for nA = 0.

    Each equation has two branches that differ only in where `a` starts: at 0 while fewer advance patients than nA − 1 hold a
    number, else at `A − nA + 1`. Equation (8), nA = 1, is the same sums with one term left.
    """
    if nA == 0:
        return 0.0
    p, N = law.mass.tolist(), terms.rated
    P1 = show_up(terms.no_show_advance, N)
    P2 = show_up(terms.no_show_same_day, N + nA)
    total = 0.0
    for d1 in range(len(p)):
        A = min(d1, n1)  # d1 ≤ n1: cases 2 and 3; d1 > n1: cases 5 and 6
        for a in range(max(0, A - nA + 1), A + 1):
            for d2 in range(N - a + 1, len(p[d1])):
                B = min(d2, N + nA - A)  # all served: cases 2 and 5; seats used up: cases 3 and 6
                for b in range(N - a + 1, B + 1):
                    total += (a + b - N) * P1(a, A) * P2(b, B) * p[d1][d2]
    return total


def threshold(n1: int, terms: SessionTerms) -> float:
    """`ñA`, property 4: beyond it R is unimodal in nA."""
    N, d2 = terms.rated, terms.no_show_same_day
    root = math.sqrt((1 - d2) ** 2 + 4 * N * d2)
    return max(n1 + N * d2 / (1 - d2) + root / (2 * (1 - d2)) - 3 / 2, n1 + 1)


def satisfies_inequality_11(nA: int, n1: int, terms: SessionTerms) -> bool:
    """Inequality (11) for every `d1 ∈ [0, n1]`: one seat more would lose, whatever the demand."""
    N, beta, delta2 = terms.rated, terms.overload_cost, terms.no_show_same_day
    P1 = show_up(terms.no_show_advance, N)
    P2 = show_up(delta2, N + nA + 1)
    for d1 in range(n1 + 1):
        left = 0.0
        for a in range(d1 + 1):
            for b in range(N - a + 1):
                left += (N - a - b) * P1(a, d1) * (P2(b, N + nA - d1) - P2(b, N + nA - d1 + 1))
        if not beta * left < (beta - 1) * (1 - delta2):
            return False
    return True


def stop_point(n1: int, terms: SessionTerms) -> int:
    """`n̄A(n1)`, step 2: the first `nA ≥ ⌊ñA + 1⌋` with inequality (11)."""
    nA = math.floor(threshold(n1, terms) + 1)
    while not satisfies_inequality_11(nA, n1, terms):
        nA += 1
    return nA


def show_up(no_show: float, largest: int) -> Probability:
    """`P_δ[x, X] = C(X, x)·(1 − δ)^x·δ^(X − x)` for 0 ≤ x, X ≤ largest, tabulated."""
    table = [
        [math.comb(X, x) * (1 - no_show) ** x * no_show ** (X - x) if x <= X else 0.0 for x in range(largest + 1)]
        for X in range(largest + 1)
    ]
    return lambda x, X: table[X][x]
