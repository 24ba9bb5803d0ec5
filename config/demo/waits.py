"""The demo world's past waiting rooms: who came when, what each was told on checking in, and when each was called.

Patients come by half-hour windows, a little early or late; doctors open late by some minutes and are slower than their plan
says, so that the forecast has something to learn, and after two weeks it has. What patients were told is what the product
would have told them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np

from booking.models import Appointment, Channel, Outcome, QueueEntry, QueueMove, QueueMoveKind, QueueState
from booking.queue_selectors import pace_before_today, reach_of
from booking.queue_wait import Pace, Reach, WaitForecast, pace_today, wait_forecast
from capacity.numeric.service_times import ServiceTimes
from capacity.numeric.simulation.line import called_by_turn
from capacity.services.wait_calibration import learn_from_waits
from hospitals.models import ClinicSession, Hospital

WEEKS = 4
WINDOW_MINUTES = 30
# Patients: early by six minutes on average, give or take twelve. Doctors: late by up to a quarter of an hour.
EARLY_MINUTES, SCATTER_MINUTES, MOST_LATE_MINUTES = 6, 12, 15
# Of the minutes that the plan gives a patient, and how much consultations vary.
PACE_SHARE, VARIATION = (0.75, 1.0), (0.4, 0.8)
BATCH = 2000


def write_waits(*, hospital: Hospital, rng: np.random.Generator, now: datetime) -> int:
    """Give the seen patients of the last WEEKS weeks their place in the queue and its moves. Returns how many there are.

    Half-way the hospital learns from its waits, as it does every night, and once more at the end.
    """
    begin, middle = now - timedelta(weeks=WEEKS), now - timedelta(weeks=WEEKS / 2)
    ways, written = _Ways(rng), 0
    for since, until in ((begin, middle), (middle, now)):
        written += _write(hospital, since, until, ways)
        learn_from_waits(hospital=hospital, now=now)
    return written


def _write(hospital: Hospital, since: datetime, until: datetime, ways: "_Ways") -> int:
    seen = (
        Appointment.objects.filter(
            hospital=hospital, outcome=Outcome.FULFILLED, queue_entry__isnull=True, session__starts_at__range=(since, until)
        )
        .select_related("session")
        .order_by("session__starts_at", "session_id", "number", "pk")
    )
    reach = reach_of(hospital.pk)
    entries = [
        entry
        for _, of_session in groupby(seen, key=lambda appointment: appointment.session_id)
        for entry in _waiting_room(list(of_session), ways, reach)
    ]
    QueueEntry.objects.bulk_create(entries, batch_size=BATCH)
    QueueMove.objects.bulk_create((move for entry in entries for move in _moves(entry)), batch_size=BATCH)
    return len(entries)


class _Ways:
    """Each doctor's own pace, drawn once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.known: dict[int | None, tuple[float, float]] = {}

    def consultations(self, session: ClinicSession) -> ServiceTimes:
        if session.doctor_id not in self.known:
            self.known[session.doctor_id] = (self.rng.uniform(*PACE_SHARE), self.rng.uniform(*VARIATION))
        share, variation = self.known[session.doctor_id]
        return ServiceTimes.lognormal(mean_minutes=share * _length(session) / session.rated_capacity, cv=variation)


def _waiting_room(patients: list[Appointment], ways: _Ways, reach: Reach) -> Iterator[QueueEntry]:
    session = patients[0].session
    day = _Day.draw(patients, ways.consultations(session), ways.rng)
    pace = pace_before_today(session)
    for place in day.in_order_of_arrival():
        yield day.entry(place, patients[place], pace, reach)


@dataclass(frozen=True, slots=True)
class _Day:
    """Minutes after the session's start, one element a patient."""

    session: ClinicSession
    due: np.ndarray
    arrives: np.ndarray
    calls: np.ndarray
    ends: np.ndarray

    @classmethod
    def draw(cls, patients: list[Appointment], consultations: ServiceTimes, rng: np.random.Generator) -> "_Day":
        session, count = patients[0].session, len(patients)
        spread = (np.arange(count) + 0.5) / count * _length(session)
        due = np.floor(spread / WINDOW_MINUTES) * WINDOW_MINUTES
        arrives = due + rng.normal(-EARLY_MINUTES, SCATTER_MINUTES, count)
        takes = consultations.draw(rng, (count,))
        opens = rng.uniform(0, MOST_LATE_MINUTES)
        is_extra = np.array([patient.channel == Channel.EXTRA for patient in patients])
        # Nobody is called before the doctor is there: as if all who come earlier came then.
        calls = called_by_turn(
            arrives=np.maximum(arrives, opens)[:, np.newaxis],
            due=due[:, np.newaxis],
            is_extra=is_extra[:, np.newaxis],
            service=takes[:, np.newaxis],
            rooms=1,
        )[:, 0]
        return cls(session, due, arrives, calls, calls + takes)

    def in_order_of_arrival(self) -> list[int]:
        return self.arrives.argsort(kind="stable").tolist()

    def entry(self, place: int, patient: Appointment, pace: Pace, reach: Reach) -> QueueEntry:
        told_at, (ahead, forecast) = self._moment(self.arrives[place]), self._told(place, pace)
        told = forecast.range(reach)
        called_at = self._moment(self.calls[place])
        return QueueEntry(
            appointment=patient,
            session=self.session,
            hospital_id=self.session.hospital_id,
            state=QueueState.FINISHED,
            is_extra=patient.channel == Channel.EXTRA,
            due_at=self._moment(self.due[place]),
            arrived_at=told_at,
            called_at=called_at,
            first_called_at=called_at,
            call_count=1,
            finished_at=self._moment(self.ends[place]),
            told_at=told_at,
            told_ahead=ahead,
            told_low_minutes=told.low_minutes,
            told_high_minutes=told.high_minutes,
            told_mean_minutes=forecast.mean_minutes,
            told_deviation_minutes=forecast.deviation_minutes,
        )

    def _told(self, place: int, before_today: Pace) -> tuple[int, WaitForecast]:
        """Who is ahead of a patient on arriving, and the forecast that the product makes of it."""
        now = self.arrives[place]
        called = self.calls <= now
        seen = self.ends <= now
        waits = (self.arrives < now) & ~called
        before = (self.due < self.due[place]) | ((self.due == self.due[place]) & (self.arrives < now))
        ahead = int((waits & before).sum())
        order = self.ends[seen].argsort()
        forecast = wait_forecast(
            people_ahead=ahead,
            pace=pace_today(seen_minutes=(self.ends - self.calls)[seen][order].tolist(), before=before_today),
            is_room_busy=bool((called & ~seen).any()),
            minutes_to_start=0.0 if called.any() else max(-now, 0.0),
        )
        return ahead, forecast

    def _moment(self, minutes: float) -> datetime:
        return self.session.starts_at + timedelta(minutes=float(minutes))


def _moves(entry: QueueEntry) -> Iterator[QueueMove]:
    assert entry.called_at is not None
    assert entry.finished_at is not None
    yield QueueMove(entry=entry, kind=QueueMoveKind.JOINED, at=entry.arrived_at)
    yield QueueMove(entry=entry, kind=QueueMoveKind.CALLED, at=entry.called_at)
    yield QueueMove(entry=entry, kind=QueueMoveKind.FINISHED, at=entry.finished_at)


def _length(session: ClinicSession) -> float:
    return (session.ends_at - session.starts_at).total_seconds() / 60
