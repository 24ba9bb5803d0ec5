"""The examples in the docstrings hold."""

import doctest
import importlib

import pytest

MODULES = {
    "numeric.allocation": 3,
    "numeric.demand": 4,
    "numeric.joint_tables": 4,
    "numeric.morning": 6,
    "numeric.neighbours": 5,
    "numeric.outcomes": 3,
    "numeric.same_day": 4,
    "numeric.stop_points": 1,
    "numeric.sweeps": 8,
    "management.sweep_option": 1,
}


@pytest.mark.parametrize(("name", "examples"), MODULES.items())
def test_examples(name, examples):
    assert doctest.testmod(importlib.import_module(f"capacity.{name}")) == (0, examples)
