"""A simulated session as two curves, drawn without a display."""

from pathlib import Path

from matplotlib.figure import Figure

from capacity.numeric.simulation.outcome import CURVE, SessionOutcome

FORMATS = (".png", ".svg")
WAIT, OVERTIME = "#1f7a6d", "#c4780a"


def save_plot(outcome: SessionOutcome, path: Path, *, title: str) -> None:
    """Write the quantiles of the wait and of the overtime, in the format that the file's name ends in. Raises OSError."""
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
    figure.savefig(path, dpi=150)
