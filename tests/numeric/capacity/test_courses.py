"""Expected counts of a session and how far they stray: against the optimum's own numbers, and against a simulation."""

import numpy as np
import pytest

from capacity.numeric.allocation import allocate
from capacity.numeric.courses import InputErrors, course, course_errors, courses
from capacity.numeric.errors import InvalidInput
from capacity.numeric.problem import AllocationProblem, SessionTerms

BASE = SessionTerms(rated=20, no_show_advance=0.2, no_show_same_day=0.05, overload_cost=1.5)
PROBLEM = AllocationProblem(terms=BASE, mean_advance=15, mean_same_day=15, correlation=0.2)


def simulated(problem: AllocationProblem, *, extra: int, advance: int, sessions: int) -> tuple[np.ndarray, np.ndarray]:
    """Who is seen and who misses, session by session."""
    rng = np.random.default_rng(7)
    shared = rng.poisson(problem.correlation * np.sqrt(problem.mean_advance * problem.mean_same_day), sessions)
    both = problem.correlation * np.sqrt(problem.mean_advance * problem.mean_same_day)
    given = np.minimum(rng.poisson(problem.mean_advance - both, sessions) + shared, advance)
    of_day = np.minimum(rng.poisson(problem.mean_same_day - both, sessions) + shared, problem.terms.rated + extra - given)
    seen = rng.binomial(given, 1 - problem.terms.no_show_advance) + rng.binomial(of_day, 1 - problem.terms.no_show_same_day)
    return seen, given + of_day - seen


@pytest.mark.parametrize(("extra", "advance"), [(4, 14), (0, 9), (0, 20), (7, 0), (30, 20)])
def test_counts_and_deviations_are_those_of_a_simulation(extra, advance):
    found = course(PROBLEM, extra=extra, advance=advance)
    sessions = 200_000
    for counts, mean, deviation in zip(
        simulated(PROBLEM, extra=extra, advance=advance, sessions=sessions),
        (found.seen, found.missed),
        (found.seen_deviation, found.missed_deviation),
        strict=True,
    ):
        # Five standard errors; the seed is fixed.
        assert abs(counts.mean() - mean) < 5 * deviation / np.sqrt(sessions)
        assert counts.std() == pytest.approx(deviation, rel=0.01)


def test_they_are_the_numbers_of_the_optimum():
    best = allocate(PROBLEM)
    found = course(PROBLEM, extra=best.extra, advance=best.advance)
    assert found.seen == pytest.approx(best.advance_attended + best.same_day_attended, abs=1e-12)
    assert found.overload == pytest.approx(best.overload, abs=1e-12)
    assert found.turned_away == pytest.approx(best.turned_away, abs=1e-9)
    # Whoever asked was seen, missed or turned away.
    assert found.seen + found.missed + found.turned_away == pytest.approx(30, abs=1e-9)


def test_many_are_each_alone():
    others = [PROBLEM, AllocationProblem(terms=BASE, mean_advance=0, mean_same_day=3, correlation=0)]
    assert courses(others, [(4, 14), (1, 0)]) == [course(PROBLEM, extra=4, advance=14), course(others[1], extra=1, advance=0)]


def test_errors_follow_from_the_inputs_errors():
    none = InputErrors(mean_advance=0, mean_same_day=0, no_show_advance=0, no_show_same_day=0)
    some = InputErrors(mean_advance=0, mean_same_day=0, no_show_advance=0.02, no_show_same_day=0)
    exact, loose = course_errors([PROBLEM, PROBLEM], [(4, 14)] * 2, [none, some])
    assert (exact.seen, exact.missed) == (0, 0)
    # Of about 13 advance patients 2 % more miss; some seats stay with same-day patients.
    assert 0.2 < loose.missed < 0.28
    assert loose.seen == pytest.approx(loose.missed, abs=1e-9)


def test_inputs_at_the_end_of_their_scale_move_inwards():
    terms = SessionTerms(rated=5, no_show_advance=0.999, no_show_same_day=0, overload_cost=1.5)
    problem = AllocationProblem(terms=terms, mean_advance=4, mean_same_day=1, correlation=0.5)
    errors = InputErrors(mean_advance=3, mean_same_day=0.5, no_show_advance=0.5, no_show_same_day=0.9)
    (found,) = course_errors([problem], [(0, 5)], [errors])
    assert np.isfinite([found.seen, found.missed]).all()
    assert found.seen > 0


@pytest.mark.parametrize("quotas", [(-1, 3), (0, 21), (0, -1)])
def test_quotas_that_cannot_be_are_refused(quotas):
    with pytest.raises(InvalidInput):
        courses([PROBLEM], [quotas])
