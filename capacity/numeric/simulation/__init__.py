"""Simulation: what happens in a clinic, drawn event by event, knowing nothing of the formulas that it checks."""

from capacity.numeric.simulation.clinic import simulate
from capacity.numeric.simulation.outcome import Measure, SessionOutcome
from capacity.numeric.simulation.scenario import Punctuality, SessionScenario
from capacity.numeric.simulation.steady import LongRun, simulate_long_run

__all__ = [
    "LongRun",
    "Measure",
    "Punctuality",
    "SessionOutcome",
    "SessionScenario",
    "simulate",
    "simulate_long_run",
]
