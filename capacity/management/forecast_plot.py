"""A forecast as a picture file: the last weeks, the forecast with its interval, the baseline."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from capacity.daily_counts import DailyCounts
from capacity.management.figure_file import figure_file
from capacity.numeric.forecasting import Forecast

# As many days of the past as are foretold, eight weeks at least.
LEAST_PAST = 56
COLOUR, BASELINE_COLOUR, PAST_COLOUR = "#1f7a6d", "#c4780a", "#6b7a78"


def drawing(counts: DailyCounts, forecast: Forecast, path: Path) -> bytes:
    """The picture as a file of the format that the name of `path` ends in."""
    horizon = forecast.mean.size
    shown = min(counts.values.size, max(LEAST_PAST, horizon))
    last = np.datetime64(counts.last, "D")
    past = last - np.arange(shown)[::-1]
    ahead = last + 1 + np.arange(horizon)
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(past, counts.values[-shown:], color=PAST_COLOUR, marker=".", linewidth=1, label="history")
    axes.fill_between(ahead, forecast.lower, forecast.upper, color=COLOUR, alpha=0.2, linewidth=0, label="90 % interval")
    axes.plot(ahead, forecast.mean, color=COLOUR, marker=".", label=forecast.model)
    axes.plot(ahead, forecast.baseline, color=BASELINE_COLOUR, linestyle="--", linewidth=1, label="baseline: last week again")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("count per day")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside upper left", ncols=4, fontsize="small", frameon=False)
    figure.autofmt_xdate()
    return figure_file(figure, path, dpi=120)
