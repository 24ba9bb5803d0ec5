"""A simulated session as two curves, drawn without a display."""

from pathlib import Path

from matplotlib.figure import Figure

from capacity.management.figure_file import figure_file
from capacity.numeric.simulation.outcome import CURVE, SessionOutcome

WAIT, OVERTIME = "#1f7a6d", "#c4780a"


def drawing(outcome: SessionOutcome, path: Path, *, title: str) -> bytes:
    """The quantiles of the wait and of the overtime, as a file of the format that the name of `path` ends in."""
    percents = [100 * share for share in CURVE]
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    if outcome.wait_curve:
        axes.plot(percents, outcome.wait_curve, color=WAIT, linewidth=2, label="wait of a patient")
    axes.plot(percents, outcome.overtime_curve, color=OVERTIME, linewidth=2, label="overtime of a session")
    axes.set_xlabel("percent that are below")
    axes.set_ylabel("minutes")
    axes.set_xlim(0, 100)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title)
    return figure_file(figure, path, dpi=150)
