"""The shares missed by tier as bars with their intervals, drawn without a display."""

from pathlib import Path

from matplotlib.figure import Figure

from scoring.numeric.backtest import Backtest

FORMATS = (".png", ".svg")
BAR, INTERVAL = "#3b7dd8", "#1f2933"


def save_plot(result: Backtest, path: Path, *, title: str) -> None:
    """Write the plot in the format that the file's name ends in. Raises OSError where it cannot be written."""
    drawn = [tier for tier in result.tiers if tier.missed.share is not None]
    shares = [100 * (tier.missed.share or 0) for tier in drawn]
    below = [share - 100 * (tier.missed.low or 0) for tier, share in zip(drawn, shares, strict=True)]
    above = [100 * (tier.missed.high or 0) - share for tier, share in zip(drawn, shares, strict=True)]

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    places = range(len(drawn))
    axes.bar(places, shares, width=0.6, color=BAR)
    axes.errorbar(places, shares, yerr=[below, above], fmt="none", ecolor=INTERVAL, capsize=5, linewidth=1.4)
    axes.set_xticks(places, [f"{tier.tier}\n{tier.missed.total:,} bookings" for tier in drawn])
    for place, share, rise in zip(places, shares, above, strict=True):
        axes.annotate(f"{share:.1f} %", (place, share + rise), textcoords="offset points", xytext=(0, 4), ha="center")
    axes.set_ylabel("missed, percent (95 % interval)")
    axes.set_ylim(bottom=0)
    axes.margins(y=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title)
    figure.savefig(path, dpi=150)
