"""A clinic that runs all day long, to hold the formulas of `capacity.numeric.queueing` against."""

from dataclasses import dataclass

import numpy as np

from capacity.numeric.errors import InvalidInput
from capacity.numeric.service_times import ServiceTimes
from capacity.numeric.simulation.line import first_come_first_served
from capacity.numeric.simulation.outcome import Measure, mean_over_replications


@dataclass(frozen=True, slots=True)
class LongRun:
    """What patients met after the warm-up: means with the standard error that independent replications give."""

    wait_minutes: Measure
    wait_probability: Measure


def simulate_long_run(
    *,
    arrivals_per_hour: float,
    service: ServiceTimes,
    servers: int,
    patients: int,
    warm_up: int,
    replications: int,
    rng: np.random.Generator,
) -> LongRun:
    """Let `warm_up` and then `patients` patients come at random to an empty clinic, `replications` times.

    The first ones are not counted: they find the clinic emptier than it is in the long run. Raises InvalidInput where nothing
    would be counted, or fewer than two replications leave no standard error.
    """
    if not arrivals_per_hour > 0:
        raise InvalidInput("arrivals_per_hour", f"must be above 0, not {arrivals_per_hour:g}")
    for name, value, least in (("servers", servers, 1), ("patients", patients, 1), ("replications", replications, 2)):
        if value < least:
            raise InvalidInput(name, f"must be at least {least}, not {value}")
    shape = (warm_up + patients, replications)
    arrives = rng.exponential(60 / arrivals_per_hour, shape).cumsum(axis=0)
    calls = first_come_first_served(arrives=arrives, service=service.draw(rng, shape), rooms=servers)
    waits = (calls - arrives)[warm_up:]
    return LongRun(
        wait_minutes=mean_over_replications(waits.mean(axis=0)),
        wait_probability=mean_over_replications((waits > 0).mean(axis=0)),
    )
