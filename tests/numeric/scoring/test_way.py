"""The way to a tier is the shortest, by trying every number of visits with the formula itself."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.numeric import CountsError, OutcomeCounts, misses_to_lose, score_counts, visits_to_reach

EXAMPLES = settings(max_examples=300, derandomize=True, database=None, deadline=None)


@st.composite
def counts(draw: st.DrawFn) -> OutcomeCounts:
    """Of a year of one patient; half of them sum up, as those of our own do, half are as an import may have them."""
    if draw(st.booleans()):
        parts = draw(st.lists(st.integers(0, 12), min_size=4, max_size=4))
        return OutcomeCounts(sum(parts), *parts)
    total = draw(st.integers(0, 30))
    return OutcomeCounts(total, *draw(st.lists(st.integers(0, total), min_size=4, max_size=4)))


def after(found: OutcomeCounts, *, kept: int = 0, missed: int = 0) -> int:
    """The score in hundredths, -1 where there is none."""
    more = replace(found, total=found.total + kept + missed, fulfilled=found.fulfilled + kept, missed=found.missed + missed)
    score = score_counts(more).score_hundredths
    return -1 if score is None else score


@EXAMPLES
@given(counts(), st.integers(1, 99_99))
def test_no_fewer_visits_reach_it(found: OutcomeCounts, bound: int) -> None:
    kept = visits_to_reach(found, bound_hundredths=bound)
    # Up to 120 all are tried; of more, that one fewer is too few says the same where the score never falls (below).
    assert after(found, kept=kept) >= bound
    assert all(after(found, kept=fewer) < bound for fewer in range(max(kept - 120, 0), kept))


@EXAMPLES
@given(counts(), st.integers(0, 400))
def test_a_kept_visit_never_costs_anything(found: OutcomeCounts, kept: int) -> None:
    assert after(found, kept=kept + 1) >= after(found, kept=kept)


@EXAMPLES
@given(counts(), st.integers(40_00, 100_00), st.integers(0, 30))
def test_no_fewer_misses_lose_it(found: OutcomeCounts, bound: int, at_most: int) -> None:
    tried = [missed for missed in range(1, at_most + 1) if 0 <= after(found, missed=missed) < bound]
    assert misses_to_lose(found, bound_hundredths=bound, at_most=at_most) == (tried[0] if tried else None)


def test_the_highest_score_is_reached_by_rounding() -> None:
    """One miss in 9 has to fade below half a hundredth in each part: 40 of it in 8000 visits, 20 in 4000."""
    found = OutcomeCounts(total=9, fulfilled=8, unattended=0, cancelled=0, missed=1)
    kept = visits_to_reach(found, bound_hundredths=100_00)
    assert (kept, after(found, kept=kept), after(found, kept=kept - 1)) == (7991, 100_00, 99_99)


def test_what_cannot_be() -> None:
    found = OutcomeCounts(total=1, fulfilled=1, unattended=0, cancelled=0, missed=0)
    with pytest.raises(ValueError, match="10001"):
        visits_to_reach(found, bound_hundredths=100_01)
    with pytest.raises(CountsError):
        visits_to_reach(OutcomeCounts(10**12, 0, 0, 0, 10**12), bound_hundredths=90_00)


def test_a_long_history_takes_no_long_search() -> None:
    found = OutcomeCounts(total=10**9, fulfilled=0, unattended=0, cancelled=0, missed=10**9)
    kept = visits_to_reach(found, bound_hundredths=90_00)
    assert after(found, kept=kept) >= 90_00 > after(found, kept=kept - 1)
