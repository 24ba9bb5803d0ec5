"""Simulating sessions of a clinic.

The model: patients ask for numbers, come or do not, wait and are seen, one consultation after the other. Where it is simpler
than a real clinic: nobody leaves before being called, nobody is called in vain, no emergencies and no return visits, and the
rooms open on time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.errors import InvalidInput
from capacity.numeric.simulation.line import called_by_turn
from capacity.numeric.simulation.outcome import (
    CURVE,
    QUANTILES,
    WAIT_BINS,
    SessionOutcome,
    mean_over_patients,
    mean_over_replications,
    quantile_over_patients,
)
from capacity.numeric.simulation.patients import Patients, Streams, draw_patients
from capacity.numeric.simulation.scenario import SessionScenario

Floats = NDArray[np.float64]

LARGEST_REPLICATIONS = 100_000
# Drawn together: enough to be quick, few enough that the tables of the largest session stay within some megabytes.
BATCH = 500

OnProgress = Callable[[int], None]


def simulate(
    scenario: SessionScenario,
    *,
    replications: int,
    rng: np.random.Generator,
    on_progress: OnProgress | None = None,
) -> SessionOutcome:
    """Run a session `replications` times. The same generator state gives the same answer; `on_progress` is
    told how many are done.

    Two scenarios run from generators of the same seed meet the same chances (common random numbers), which makes their difference
    far more certain than either of them. Raises InvalidInput for replications outside 1 to 100,000.
    """
    if type(replications) is not int or not 1 <= replications <= LARGEST_REPLICATIONS:
        raise InvalidInput("replications", f"must be a whole number from 1 to {LARGEST_REPLICATIONS}, not {replications}")
    batches = []
    for size, done, chance in _batches(replications, rng):
        batches.append(_run(scenario, draw_patients(scenario, size, Streams.of(chance))))
        if on_progress is not None:
            on_progress(done)
    return _outcome(_Sessions.joined(batches), replications)


@dataclass(frozen=True, slots=True)
class _Sessions:
    """What happened, session by session; `waits` and `waits_after_window` are [patient, session], nan for nobody."""

    waits: Floats
    waits_after_window: Floats
    overtime: Floats
    idle: Floats
    busy_share: Floats
    seen: Floats
    overload: Floats
    turned_away: Floats
    missed: Floats

    @classmethod
    def joined(cls, batches: list["_Sessions"]) -> "_Sessions":
        return cls(*(np.concatenate([getattr(one, name) for one in batches], axis=-1) for name in cls.__slots__))


def _batches(replications: int, rng: np.random.Generator) -> Iterator[tuple[int, int, np.random.Generator]]:
    starts = range(0, replications, BATCH)
    for start, chance in zip(starts, rng.spawn(len(starts)), strict=True):
        size = min(BATCH, replications - start)
        yield size, start + size, chance


def _run(scenario: SessionScenario, patients: Patients) -> _Sessions:
    calls = called_by_turn(
        arrives=patients.arrives,
        due=patients.due,
        is_extra=patients.is_extra,
        service=patients.service,
        rooms=scenario.rooms,
    )
    came = np.isfinite(patients.arrives)
    ends = np.where(came, calls + patients.service, 0.0)
    closes = scenario.session_minutes
    # Consultations of a room never overlap, so that what is worked within the session is the sum of their parts in it.
    within = np.where(came, np.minimum(ends, closes) - np.minimum(calls, closes), 0.0).sum(axis=0)
    open_minutes = scenario.rooms * closes
    seen = came.sum(axis=0)
    with np.errstate(invalid="ignore"):  # infinity less infinity: nobody
        waits = np.where(came, calls - patients.arrives, np.nan)
        after_window = np.where(came, calls - np.maximum(patients.arrives, patients.due), np.nan)
    return _Sessions(
        waits=waits,
        # Who comes early may be called before the window.
        waits_after_window=np.maximum(after_window, 0.0),
        overtime=np.maximum(ends.max(axis=0, initial=0.0) - closes, 0.0),
        idle=open_minutes - within,
        busy_share=within / open_minutes,
        seen=seen.astype(np.float64),
        overload=np.maximum(seen - scenario.rated, 0).astype(np.float64),
        turned_away=patients.turned_away.astype(np.float64),
        missed=(patients.advance_numbers + patients.same_day_numbers - seen).astype(np.float64),
    )


def _outcome(sessions: _Sessions, replications: int) -> SessionOutcome:
    anybody = bool(sessions.seen.any())
    return SessionOutcome(
        replications=replications,
        wait=mean_over_patients(np.nansum(sessions.waits, axis=0), sessions.seen),
        wait_after_window=mean_over_patients(np.nansum(sessions.waits_after_window, axis=0), sessions.seen),
        wait_quantiles=tuple(quantile_over_patients(sessions.waits, share) for share in QUANTILES) if anybody else (),
        overtime=mean_over_replications(sessions.overtime),
        overtime_share=mean_over_replications((sessions.overtime > 0).astype(np.float64)),
        idle=mean_over_replications(sessions.idle),
        utilisation=mean_over_replications(sessions.busy_share),
        seen=mean_over_replications(sessions.seen),
        overload=mean_over_replications(sessions.overload),
        turned_away=mean_over_replications(sessions.turned_away),
        missed=mean_over_replications(sessions.missed),
        wait_curve=tuple(np.nanquantile(sessions.waits, CURVE).tolist()) if anybody else (),
        overtime_curve=tuple(np.quantile(sessions.overtime, CURVE).tolist()),
        wait_shares=_shares(sessions.waits) if anybody else (),
    )


def _shares(waits: Floats) -> tuple[float, ...]:
    counts, _ = np.histogram(waits[~np.isnan(waits)], bins=[*WAIT_BINS, np.inf])
    return tuple((counts / counts.sum()).tolist())
