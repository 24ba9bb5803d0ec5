"""What simulated sessions came to: means with standard errors, and the curves behind them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Quantiles of the wait that are told by number; the curve goes in steps of 5 % and ends before the maximum, which only grows with
# the number of replications.
QUANTILES = (0.5, 0.9, 0.95)
CURVE = (*(step / 100 for step in range(0, 100, 5)), 0.99)
# Minutes at which the shares of waits are counted apart; the last share is of longer ones.
WAIT_BINS = (0, 5, 10, 20, 30, 45, 60, 90, 120)
# Into how many parts the replications are cut for the error of a quantile.
PARTS = 20


@dataclass(frozen=True, slots=True)
class Measure:
    """A mean over replications and its standard error; the error is None where a single replication cannot tell."""

    value: float
    standard_error: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOutcome:
    """What to expect of a session. Patients are per session, times in minutes.

    `wait` is from arriving to being called, `wait_after_window` from the start of the own window (or arriving, if later), both
    over all who came; None where nobody ever does. `wait_quantiles` has the shares of QUANTILES. `overtime` is how long after
    the session's end the last consultation ends, `overtime_share` how often that is so; `idle` room minutes within the session
    in which nobody was seen, `utilisation` the share of room minutes within it in which somebody was. `seen` came,
    `overload` of them beyond N, `turned_away` asked and got no number, `missed` had one and did not come. `wait_curve` has the
    quantiles of CURVE, `overtime_curve` those of the overtime; `wait_shares` are the shares of waits from one of WAIT_BINS to
    before the next.
    """

    replications: int
    wait: Measure | None
    wait_after_window: Measure | None
    wait_quantiles: tuple[Measure, ...]
    overtime: Measure
    overtime_share: Measure
    idle: Measure
    utilisation: Measure
    seen: Measure
    overload: Measure
    turned_away: Measure
    missed: Measure
    wait_curve: tuple[float, ...]
    overtime_curve: tuple[float, ...]
    wait_shares: tuple[float, ...]


def mean_over_replications(values: Floats) -> Measure:
    """`values` has one number per replication."""
    error = float(values.std(ddof=1) / math.sqrt(values.size)) if values.size > 1 else None
    return Measure(float(values.mean()), error)


def mean_over_patients(totals: Floats, counts: Floats) -> Measure | None:
    """The mean per patient from totals and numbers of patients per replication; its error by the ratio's linearisation.

    Patients of one session wait for each other, so that a session, not a patient, is what is independent.
    """
    everybody = float(counts.sum())
    if everybody == 0:
        return None
    mean = float(totals.sum()) / everybody
    size = totals.size
    if size < 2:
        return Measure(mean, None)
    deviation = float((totals - mean * counts).std(ddof=1))
    return Measure(mean, deviation * math.sqrt(size) / everybody)


def quantile_over_patients(waits: Floats, share: float) -> Measure:
    """The quantile over all patients; `waits` is [patient, replication] with nan for nobody. Its error is that of the same
    quantile in up to PARTS parts of the replications."""
    present = waits[~np.isnan(waits)]
    parts = [part[~np.isnan(part)] for part in np.array_split(waits, min(PARTS, waits.shape[1]), axis=1)]
    told = np.array([np.quantile(part, share) for part in parts if part.size])
    error = float(told.std(ddof=1) / math.sqrt(told.size)) if told.size > 1 else None
    return Measure(float(np.quantile(present, share)), error)
