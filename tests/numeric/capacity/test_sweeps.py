"""Sweeps: the paper's figures 2–5 as far as its text tells them, and each point against a solve of its own."""

import math
from dataclasses import replace

import numpy as np
import pytest

from capacity.numeric.allocation import allocate
from capacity.numeric.errors import InvalidInput
from capacity.numeric.problem import AllocationProblem
from capacity.numeric.sweeps import DEMAND, MOST_VALUES, SWEEPABLE, sweep, sweep_each, usual_values

FIGURE_2 = [0.1, 0.15, 0.2, 0.25, 0.3]
FIGURE_3 = [0, 0.05, 0.1, 0.15]
FIGURE_4 = [12, 16, 20, 24, 28, 32, 36, 40]
FIGURE_5 = [1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9]


def changed(problem: AllocationProblem, parameter: str, value: float) -> AllocationProblem:
    if parameter in DEMAND:
        return replace(problem, **{parameter: value})
    return replace(problem, terms=replace(problem.terms, **{parameter: value}))


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        ("no_show_advance", [0.1, 0.3]),
        ("no_show_same_day", [0, 0.15]),
        ("rated", [1, 12, 40]),
        ("overload_cost", [1.1, 1.9]),
        ("mean_advance", [0.7, 15, 31]),
        ("mean_same_day", [0.7, 15, 31]),
        ("correlation", [0, 0.5, 1]),
        ("dispersion_advance", [1, 2.5]),
        ("dispersion_same_day", [1, 2.5]),
    ],
)
def test_each_point_is_its_own_optimum(base_problem, parameter, values):
    found = sweep(base_problem, parameter, values)
    for i, value in enumerate(values):
        problem = changed(base_problem, parameter, value)
        alone = allocate(problem)
        bare = allocate(replace(problem, terms=replace(problem.terms, max_extra=0)))
        assert (found.extra[i], found.advance[i], found.objective[i]) == (alone.extra, alone.advance, alone.objective)
        assert found.seen[i] == alone.advance_attended + alone.same_day_attended
        assert (found.overload[i], found.turned_away[i]) == (alone.overload, alone.turned_away)
        assert found.advance_without_extra[i] == alone.advance_without_extra == bare.advance
        assert found.objective_without_extra[i] == pytest.approx(alone.objective_without_extra, abs=1e-13)
        assert found.turned_away_without_extra[i] == pytest.approx(bare.turned_away, abs=1e-13)


def test_every_input_can_be_swept():
    given = {"rated", "no_show_advance", "no_show_same_day", "overload_cost"}
    assert set(SWEEPABLE) == given | set(DEMAND)


def test_figure_2_extra_seats_rise_and_advance_numbers_stay(base_problem):
    """ "分配给预约患者的额定能力仍是最优解": with 加号 N_1 hardly moves with δ1; without, it falls."""
    found = sweep(base_problem, "no_show_advance", FIGURE_2)
    assert (np.diff(found.extra) >= 0).all()
    assert np.ptp(found.advance) < np.ptp(found.advance_without_extra)
    assert (np.diff(found.advance_without_extra) <= 0).all()


def test_figure_3_both_rise_with_the_same_day_rate(base_problem):
    found = sweep(base_problem, "no_show_same_day", FIGURE_3)
    assert (np.diff(found.extra) >= 0).all()
    assert (np.diff(found.advance_without_extra) > 0).all()
    assert found.advance[-1] > found.advance[0]


def test_figure_4_extra_seats_per_rated_one_stay(base_problem):
    """Demand is 1.5·N: N_A/N hardly moves; without 加号, N_1/N wavers and falls."""
    found = sweep(base_problem, "rated", FIGURE_4, demand_follows_rated=True)
    assert np.ptp(found.extra / found.values) < 0.04
    without = found.advance_without_extra / found.values
    assert without[0] == 0.5
    assert without[-1] == 0.375
    assert (np.diff(without) > 0).any()


def test_figure_5_both_fall_with_the_cost_and_nothing_moves_without_extra_seats(base_problem):
    found = sweep(base_problem, "overload_cost", FIGURE_5)
    assert found.extra.tolist() == [6, 5, 4, 4, 4, 4, 3, 3, 3]
    assert found.advance[-1] < found.advance[0]
    assert set(found.advance_without_extra.tolist()) == {9}
    assert set(found.objective_without_extra.tolist()) == {found.objective_without_extra[0]}


def test_demand_stays_where_it_is_not_to_follow(base_problem):
    found = sweep(base_problem, "rated", [40])
    assert found.objective[0] == allocate(changed(base_problem, "rated", 40)).objective
    assert found.turned_away[0] < 0.1  # 30 patients for 40 seats


def test_several_sweeps_at_once_are_the_same_to_the_last_bit(base_problem):
    together = sweep_each(base_problem, {"overload_cost": FIGURE_5, "rated": FIGURE_4, "no_show_advance": FIGURE_2})
    assert list(together) == ["overload_cost", "rated", "no_show_advance"]
    for parameter, found in together.items():
        assert found.rows() == sweep(base_problem, parameter, found.values).rows()


def test_rows_are_plain_numbers_by_value(base_problem):
    (row,) = sweep(base_problem, "rated", [20]).rows()
    assert list(row)[:3] == ["value", "advance", "extra"]
    assert (row["value"], row["advance"], row["extra"], row["advance_without_extra"]) == (20, 14, 4, 9)
    assert {type(number) for number in row.values()} == {int, float}


@pytest.mark.parametrize("parameter", SWEEPABLE)
def test_usual_values_hold_the_own_one_and_can_all_be_solved(base_problem, parameter):
    values = usual_values(base_problem, parameter)
    assert getattr(base_problem if parameter in DEMAND else base_problem.terms, parameter) in values
    assert list(values) == sorted(values)
    assert 2 <= len(values) <= 9
    assert len(sweep(base_problem, parameter, values).rows()) == len(values)


def test_usual_values_keep_to_the_edge_of_the_model(base_problem, base_terms):
    assert usual_values(replace(base_problem, terms=replace(base_terms, rated=1)), "rated") == (1, 2, 3, 4, 5)
    cheap = replace(base_problem, terms=replace(base_terms, overload_cost=1.05))
    assert usual_values(cheap, "overload_cost") == (1.05, 1.15, 1.25, 1.35, 1.45)
    far = replace(base_problem, mean_advance=4.0, mean_same_day=16.0, correlation=0.5)
    assert min(usual_values(far, "mean_advance")) == 4.0
    assert max(usual_values(far, "correlation")) == 0.5


@pytest.mark.parametrize(
    ("parameter", "values", "argument", "reason"),
    [
        ("no_show_advance", [0.2, 1.0], "no_show_advance", "must be at least 0 and below 1, not 1"),
        ("no_show_same_day", [math.nan], "no_show_same_day", "must be at least 0 and below 1, not nan"),
        ("overload_cost", [1.0], "overload_cost", "must be above 1, not 1: otherwise no number of extra seats is too many"),
        ("rated", [10.5], "rated", "must be a whole number from 1 to 500, not 10.5"),
        ("rated", [501], "rated", "must be a whole number from 1 to 500, not 501"),
        ("rated", [math.nan], "rated", "must be a whole number from 1 to 500, not nan"),
        ("mean_advance", [-1], "mean_advance", "must be a number from 0 to 10000, not -1"),
        ("mean_advance", [0.1], "correlation", "0.2 is out of reach: with means 0.1 and 15 it is at most 0.0816497"),
        ("correlation", [1.2], "correlation", "must be from 0 to 1, not 1.2"),
        ("correlation", [], "correlation", f"needs a list of 1 to {MOST_VALUES} values"),
        ("rated", [[20]], "rated", f"needs a list of 1 to {MOST_VALUES} values"),
        ("rated", [20] * (MOST_VALUES + 1), "rated", f"needs a list of 1 to {MOST_VALUES} values"),
        ("max_extra", [1], "parameter", f"must be one of {', '.join(SWEEPABLE)}, not max_extra"),
    ],
)
def test_what_cannot_be_swept_is_refused_by_name(base_problem, parameter, values, argument, reason):
    with pytest.raises(InvalidInput) as refusal:
        sweep(base_problem, parameter, values)
    assert (refusal.value.argument, refusal.value.reason) == (argument, reason)


def test_usual_values_of_something_else_are_refused(base_problem):
    with pytest.raises(InvalidInput):
        usual_values(base_problem, "terms")
