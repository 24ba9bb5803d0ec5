"""`manage.py allocate --plot`: the objective of every pair of quotas as a heat map, and the curves of sweeps below it."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from capacity.management.figure_file import figure_file
from capacity.numeric.problem import AllocationProblem, AllocationResult
from capacity.numeric.sweeps import Sweep

SYMBOLS = {
    "rated": "N, rated capacity",
    "no_show_advance": "δ1, no-show probability of advance patients",
    "no_show_same_day": "δ2, no-show probability of same-day patients",
    "overload_cost": "β, cost of a patient above N",
    "mean_advance": "E[d1], mean advance demand",
    "mean_same_day": "E[d2], mean same-day demand",
    "correlation": "ρ, correlation of the demands",
    "dispersion_advance": "variance / mean of advance demand",
    "dispersion_same_day": "variance / mean of same-day demand",
}
WITH, WITHOUT, OVERLOAD, AWAY = "#1f5fa8", "#c2571a", "#8a3b8f", "#4d4d4d"
# Rows of the surface above the optimum: enough to see it fall on every side.
ROWS_BEYOND = 4
# With more rows or columns the marks of neighbours would cover each other.
MOST_ROOMY = 42
WIDTH_INCHES, MAP_INCHES, SWEEP_INCHES, DOTS_PER_INCH = 10.0, 4.6, 3.6, 120


def drawing(problem: AllocationProblem, result: AllocationResult, sweeps: Sequence[Sweep], path: Path) -> bytes:
    """The finished file, of the format that the name of `path` ends in. The same numbers give the same bytes."""
    with matplotlib.rc_context({"font.size": 9}):
        return figure_file(picture(problem, result, sweeps), path, dpi=DOTS_PER_INCH)


def picture(problem: AllocationProblem, result: AllocationResult, sweeps: Sequence[Sweep]) -> Figure:
    """The heat map, then a row for each sweep: its quotas, and what they lead to. Nothing that needs a screen."""
    heights = [MAP_INCHES] + [SWEEP_INCHES] * len(sweeps)
    figure = Figure(figsize=(WIDTH_INCHES, sum(heights)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(len(heights), 2, height_ratios=heights)
    _surface(figure, figure.add_subplot(grid[0, :]), problem, result)
    for row, sweep in enumerate(sweeps, start=1):
        _quotas(figure.add_subplot(grid[row, 0]), sweep)
        _outcomes(figure.add_subplot(grid[row, 1]), sweep)
    return figure


def _surface(figure: Figure, axes: Axes, problem: AllocationProblem, result: AllocationResult) -> None:
    listed = [(result.extra, result.advance), *((other.extra, other.advance) for other in result.runners_up)]
    top = min(len(result.surface), max(extra for extra, _ in listed) + ROWS_BEYOND + 1)
    shown = result.surface[:top]
    edges_x, edges_y = np.arange(shown.shape[1] + 1) - 0.5, np.arange(top + 1) - 0.5
    image = axes.pcolormesh(edges_x, edges_y, shown, cmap="viridis", rasterized=True)
    if shown.max() - shown.min() > 1e-9:
        axes.contour(shown, levels=8, colors="white", linewidths=0.5, alpha=0.6)
    figure.colorbar(image, ax=axes, label="net income R, in incomes of one patient", pad=0.01)
    if max(shown.shape) <= MOST_ROOMY:
        for place, (extra, advance) in enumerate(listed[1:], start=2):
            circle = {"boxstyle": "circle,pad=0.2", "fc": "white", "lw": 0}
            axes.text(advance, extra, str(place), ha="center", va="center", weight="bold", bbox=circle)
        axes.plot([], [], marker="o", ms=9, color="white", ls="", label="next best, in order")
    axes.plot(result.advance, result.extra, marker="*", ms=17, mfc="#e4572e", mec="white", ls="", label="best")
    axes.plot(
        result.advance_without_extra, 0, marker="D", ms=8, mfc="none", mec="white", mew=2, ls="", label="best without extra seats"
    )
    if problem.terms.max_extra is not None and problem.terms.max_extra < top - 1:
        axes.axhline(problem.terms.max_extra + 0.5, color="white", ls="--", lw=1.5, label="the doctor's limit")
    axes.set_xlabel("n1, advance numbers")
    axes.set_ylabel("nA, extra seats")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=21))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(_title(problem, result), loc="left", fontsize=10)
    axes.legend(loc="upper left", facecolor="#30404d", labelcolor="white", framealpha=0.8, fontsize=8)


def _title(problem: AllocationProblem, result: AllocationResult) -> str:
    terms = problem.terms
    return (
        f"Best: {result.extra} extra seats, {result.advance} advance numbers, "
        f"net income {result.objective:.4f}\n"
        f"N = {terms.rated}, δ1 = {terms.no_show_advance:g}, δ2 = {terms.no_show_same_day:g}, β = {terms.overload_cost:g}, "
        f"E[d1] = {problem.mean_advance:g}, E[d2] = {problem.mean_same_day:g}, ρ = {problem.correlation:g}"
    )


def _quotas(axes: Axes, sweep: Sweep) -> None:
    """As the paper's figures 2–5: both quotas, and the advance quota where no extra seats are allowed."""
    axes.plot(sweep.values, sweep.advance, color=WITH, marker="s", mfc="white", label="N1, advance numbers")
    axes.plot(sweep.values, sweep.advance_without_extra, color=WITHOUT, marker="s", label="N1 without extra seats")
    axes.plot(sweep.values, sweep.extra, color=WITH, marker="o", mfc="white", ls="--", label="NA, extra seats")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    _finish(axes, sweep, "numbers per session")


def _outcomes(axes: Axes, sweep: Sweep) -> None:
    axes.plot(sweep.values, sweep.objective, color=WITH, marker="s", mfc="white", label="net income")
    axes.plot(sweep.values, sweep.objective_without_extra, color=WITHOUT, marker="s", label="net income without extra seats")
    axes.plot(sweep.values, sweep.turned_away, color=AWAY, marker="^", ms=5, ls=":", label="turned away")
    axes.plot(sweep.values, sweep.overload, color=OVERLOAD, marker="v", ms=5, ls=":", label="above N (overload)")
    _finish(axes, sweep, "patients (incomes) per session")


def _finish(axes: Axes, sweep: Sweep, label: str) -> None:
    axes.set_xlabel(SYMBOLS[sweep.parameter])
    axes.set_ylabel(label)
    if sweep.parameter == "rated":
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)
    low, high = min(axes.dataLim.y0, 0.0), max(axes.dataLim.y1, 1.0)
    axes.set_ylim(low - 0.03 * (high - low), high + 0.28 * (high - low))  # room for the legend above the curves
    axes.legend(loc="upper left", ncols=2, fontsize=7.5, framealpha=0.9)
