"""Who comes to a session, and when: drawn for many replications at once, arrays [patient, replication]."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capacity.numeric.simulation.scenario import SessionScenario

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Streams:
    """One source of chance for each thing that is drawn, so that a change of one leaves the others as they were: two scenarios
    drawn from the same seed meet the same patients, and what differs between them is the change."""

    demand: np.random.Generator
    advance_shows: np.random.Generator
    same_day_shows: np.random.Generator
    advance_times: np.random.Generator
    same_day_times: np.random.Generator
    advance_service: np.random.Generator
    same_day_service: np.random.Generator

    @classmethod
    def of(cls, rng: np.random.Generator) -> "Streams":
        return cls(*rng.spawn(7))


@dataclass(frozen=True, slots=True)
class Patients:
    """Everybody who got a number: advance patients first, then those of the day.

    `arrives` is in minutes after the session begins, infinite for who does not come; `due` is when the window begins. The
    counts are per replication.
    """

    arrives: Floats
    due: Floats
    is_extra: NDArray[np.bool_]
    service: Floats
    advance_numbers: Integers
    same_day_numbers: Integers
    turned_away: Integers


def draw_patients(scenario: SessionScenario, replications: int, streams: Streams) -> Patients:
    """Draw `replications` sessions of one scenario."""
    wanted_advance, wanted_same_day = _demand(scenario, replications, streams.demand)
    given_advance = np.minimum(wanted_advance, scenario.advance)
    given_same_day = np.minimum(wanted_same_day, scenario.most_numbers - given_advance)
    advance = _advance(scenario, given_advance, streams)
    same_day = _same_day(scenario, given_same_day, streams)
    place = np.arange(same_day[0].shape[0])[:, np.newaxis]
    is_extra = place >= scenario.rated - given_advance
    return Patients(
        arrives=np.concatenate((advance[0], same_day[0])),
        due=np.concatenate((advance[1], same_day[1])),
        is_extra=np.concatenate((np.zeros(advance[0].shape, dtype=np.bool_), is_extra)),
        service=np.concatenate((advance[2], same_day[2])),
        advance_numbers=given_advance,
        same_day_numbers=given_same_day,
        turned_away=wanted_advance + wanted_same_day - given_advance - given_same_day,
    )


def _demand(scenario: SessionScenario, replications: int, rng: np.random.Generator) -> tuple[Integers, Integers]:
    if scenario.fixed_demand:
        return (
            np.full(replications, int(scenario.mean_advance), dtype=np.int64),
            np.full(replications, int(scenario.mean_same_day), dtype=np.int64),
        )
    common = scenario.common_mean()
    both = rng.poisson(common, replications)
    return (
        both + rng.poisson(scenario.mean_advance - common, replications),
        both + rng.poisson(scenario.mean_same_day - common, replications),
    )


def _advance(scenario: SessionScenario, numbers: Integers, streams: Streams) -> tuple[Floats, Floats, Floats]:
    """Arrivals, windows and consultations of the patients with an appointment: spread evenly, however many there are."""
    shape = (scenario.advance, numbers.size)
    place = np.arange(scenario.advance)[:, np.newaxis]
    share = (place + 0.5) / np.maximum(numbers, 1)
    due = np.floor(share * scenario.session_minutes / scenario.window_minutes) * scenario.window_minutes
    habits = scenario.punctuality
    offset = habits.mean_minutes + habits.deviation_minutes * streams.advance_times.standard_normal(shape)
    arrives = due + np.maximum(offset, -habits.earliest_minutes)
    comes = (streams.advance_shows.random(shape) >= scenario.no_show_advance) & (place < numbers)
    return np.where(comes, arrives, np.inf), due, scenario.service.draw(streams.advance_service, shape)


def _same_day(scenario: SessionScenario, numbers: Integers, streams: Streams) -> tuple[Floats, Floats, Floats]:
    """The same of the patients of the day, in the order in which they got their numbers; their window is the one they come in."""
    shape = (scenario.most_numbers, numbers.size)
    place = np.arange(scenario.most_numbers)[:, np.newaxis]
    has_number = place < numbers
    moments = streams.same_day_times.random(shape) * scenario.session_minutes
    arrives = np.sort(np.where(has_number, moments, np.inf), axis=0)
    due = np.floor(np.where(has_number, arrives, 0.0) / scenario.window_minutes) * scenario.window_minutes
    comes = (streams.same_day_shows.random(shape) >= scenario.no_show_same_day) & has_number
    return np.where(comes, arrives, np.inf), due, scenario.service.draw(streams.same_day_service, shape)
