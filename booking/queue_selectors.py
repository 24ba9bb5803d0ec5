"""What the waiting room looks like: who is called, who comes next, how long it takes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.errors import Refusal
from booking.models import (
    Appointment,
    ConsultationPace,
    QueueEntry,
    QueueMove,
    QueueMoveKind,
    QueuePriority,
    QueueState,
    WaitCalibration,
)
from booking.queue_order import Alternation, Place, call_order
from booking.queue_wait import (
    HISTORY_WORTH,
    Pace,
    Reach,
    WaitForecast,
    WaitRange,
    pace_today,
    planned_pace,
    wait_forecast,
)
from hospitals.models import ClinicSession
from hospitals.services.policies import effective_policy


class NotInQueue(Refusal):
    """The patient has not checked in."""


def entries_of(session_ids: Iterable[int]) -> QuerySet[QueueEntry]:
    return QueueEntry.objects.filter(session_id__in=session_ids).select_related("appointment__patient").order_by("pk")


def waiting_entries(session_ids: Iterable[int]) -> QuerySet[QueueEntry]:
    return entries_of(session_ids).filter(state=QueueState.WAITING)


def place_of(entry: QueueEntry) -> Place:
    """What the order of calling looks at."""
    return Place(
        id=entry.pk,
        priority=entry.priority,
        is_return_visit=entry.is_return_visit,
        is_extra=entry.is_extra,
        due_at=entry.due_at,
        arrived_at=entry.arrived_at,
        places_back=entry.places_back,
        to_the_end=entry.to_the_end,
    )


def alternation_of(ratios: Mapping[int, int]) -> dict[int, Alternation]:
    """How far each session's alternation of first and return visits has come, from the calls that were made. One query.

    `ratios` gives first visits per return by session id. A call was a return's where the appointment is one, or the patient had
    been seen before it.
    """
    seen_before = QueueMove.objects.filter(entry=OuterRef("entry"), kind=QueueMoveKind.FINISHED, pk__lt=OuterRef("pk"))
    calls = (
        QueueMove.objects.filter(entry__session_id__in=ratios, kind=QueueMoveKind.CALLED, entry__priority=QueuePriority.ORDINARY)
        .annotate(was_seen=Exists(seen_before), of_session=F("entry__session_id"))
        .order_by("pk")
        .values_list("of_session", "was_seen", "entry__appointment__is_return_visit")
    )
    since = dict.fromkeys(ratios, 0)
    for session_id, was_seen, is_return_visit in calls:
        since[session_id] = 0 if was_seen or is_return_visit else since[session_id] + 1
    return {session_id: Alternation(ratio, since[session_id]) for session_id, ratio in ratios.items()}


def in_order(entries: Iterable[QueueEntry], *, alternation: Alternation, now: datetime) -> list[QueueEntry]:
    """The waiting ones among `entries`, who is called next first."""
    waiting = {entry.pk: entry for entry in entries if entry.state == QueueState.WAITING}
    order = call_order([place_of(entry) for entry in waiting.values()], alternation=alternation, now=now)
    return [waiting[place.id] for place in order]


@dataclass(frozen=True, slots=True)
class SessionQueue:
    """A session's waiting room. `others` are set aside or done with."""

    session: ClinicSession
    called: list[QueueEntry]
    waiting: list[QueueEntry]
    others: list[QueueEntry]


def session_queue(*, session: ClinicSession, now: datetime) -> SessionQueue:
    """The waiting room of one session, in the order of calling."""
    policy = effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now)
    alternation = alternation_of({session.pk: policy.first_visits_per_return})[session.pk]
    return gather_queue(session=session, entries=list(entries_of([session.pk])), alternation=alternation, now=now)


def gather_queue(*, session: ClinicSession, entries: list[QueueEntry], alternation: Alternation, now: datetime) -> SessionQueue:
    called = [entry for entry in entries if entry.state == QueueState.CALLED]
    return SessionQueue(
        session=session,
        # Whoever was called last is shown first.
        called=sorted(called, key=lambda entry: (entry.called_at, entry.pk), reverse=True),
        waiting=in_order(entries, alternation=alternation, now=now),
        others=[entry for entry in entries if entry.state not in (QueueState.WAITING, QueueState.CALLED)],
    )


# Fewer timed consultations than this say nothing of a doctor's ways.
FEWEST_TIMED = 30


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """One patient's place: who is before it and how long it takes, where it still waits."""

    entry: QueueEntry
    people_ahead: int | None
    wait: WaitRange | None
    forecast: WaitForecast | None = None


def queue_status(*, appointment: Appointment, now: datetime) -> QueueStatus:
    """The place of a checked-in appointment. `appointment.session` is loaded. Raises NotInQueue."""
    entry = QueueEntry.objects.filter(appointment=appointment).first()
    if entry is None:
        raise NotInQueue()
    return entry_status(entry=entry, session=appointment.session, now=now)


def entry_status(*, entry: QueueEntry, session: ClinicSession, now: datetime) -> QueueStatus:
    """The same of a place that is loaded already."""
    if entry.state != QueueState.WAITING:
        return QueueStatus(entry, 0 if entry.state == QueueState.CALLED else None, None)
    queue = session_queue(session=session, now=now)
    ahead = [one.pk for one in queue.waiting].index(entry.pk)
    forecast = _forecast(queue, ahead, now)
    return QueueStatus(entry, ahead, forecast.range(reach_of(session.hospital_id)), forecast)


def reach_of(hospital_id: int) -> Reach:
    """How far the hospital's ranges go: as far as the nights have found, or as theory has it."""
    found = WaitCalibration.objects.filter(hospital=hospital_id).values_list("low_deviations", "high_deviations").first()
    return Reach(*found) if found else Reach()


def pace_before_today(session: ClinicSession) -> Pace:
    """How long the consultations of a session's doctor (or department) take: as timed where enough were, else as planned."""
    timed = ConsultationPace.objects.filter(
        hospital=session.hospital_id,
        department=session.department_id,
        doctor=session.doctor_id,
        consultations__gte=FEWEST_TIMED,
    ).first()
    if timed is not None:
        return Pace(timed.mean_minutes, HISTORY_WORTH, timed.cv)
    minutes = (session.ends_at - session.starts_at).total_seconds() / 60
    return planned_pace(session_minutes=minutes, rated_capacity=session.rated_capacity)


def _forecast(queue: SessionQueue, people_ahead: int, now: datetime) -> WaitForecast:
    session = queue.session
    finished = sorted((one.finished_at, one.called_at) for one in queue.others if one.finished_at and one.called_at)
    has_begun = bool(queue.called or finished)
    seen = [(ended - called).total_seconds() / 60 for ended, called in finished]
    return wait_forecast(
        people_ahead=people_ahead,
        pace=pace_today(seen_minutes=seen, before=pace_before_today(session)),
        # A department's session (普通号) is served by as many rooms as have somebody in.
        rooms=1 if session.doctor_id else max(len(queue.called), 1),
        is_room_busy=bool(queue.called),
        minutes_to_start=0.0 if has_begun else max((session.starts_at - now).total_seconds() / 60, 0.0),
    )
