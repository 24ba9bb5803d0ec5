"""What the screen of a department shows at a moment."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from booking.models import QueueEntry, QueuePriority, QueueState
from booking.queue_selectors import SessionQueue, alternation_of, entries_of, gather_queue
from hospitals.models import ClinicSession, Department, SessionStatus
from hospitals.policy_book import policies_in_force

# Patients come from half an hour before; a board that is empty longer tells nobody anything.
SHOWN_BEFORE = timedelta(minutes=60)
# Who is next gets up; who is further down reads the number that still waits.
NEXT_SHOWN = 4
# A department's session may be served in several rooms at once.
CALLED_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A patient on the screen. `calls` tells a call from the next one, so that a repeated call can be seen."""

    number: int | None
    name: str
    calls: int
    is_return_visit: bool
    is_extra: bool
    is_priority: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """One session on the screen."""

    session: int
    title: str
    subtitle: str
    room: str
    is_suspended: bool
    called: list[Line]
    next: list[Line]
    set_aside: list[Line]
    waiting: int


def board_of(*, department: Department, now: datetime) -> dict[str, Any]:
    """The department's sessions of the day that are on, begin within the hour or still have patients. Four queries."""
    sessions = list(_sessions_to_show(department, now))
    ids = [session.pk for session in sessions]
    policies = policies_in_force(hospital_ids=[department.hospital_id], at=now)
    ratios = {
        session.pk: policies.of(
            hospital_id=session.hospital_id, registration_type_id=session.registration_type_id
        ).first_visits_per_return
        for session in sessions
    }
    alternations = alternation_of(ratios)
    entries: dict[int, list[QueueEntry]] = {pk: [] for pk in ids}
    for entry in entries_of(ids):
        entries[entry.session_id].append(entry)
    queues = [
        gather_queue(session=session, entries=entries[session.pk], alternation=alternations[session.pk], now=now)
        for session in sessions
    ]
    return {
        "hospital": department.hospital.name,
        "department": department.name,
        "location": department.location,
        "at": now.astimezone(department.hospital.zone).isoformat(timespec="seconds"),
        "panels": [asdict(_panel(queue)) for queue in queues],
    }


def _sessions_to_show(department: Department, now: datetime) -> QuerySet[ClinicSession]:
    present = QueueEntry.objects.filter(session=OuterRef("pk"), state__in=[QueueState.WAITING, QueueState.CALLED])
    return (
        ClinicSession.objects.filter(department=department, visit_date=now.astimezone(department.hospital.zone).date())
        .exclude(status=SessionStatus.CLOSED)
        .filter(Q(starts_at__lte=now + SHOWN_BEFORE, ends_at__gt=now) | Exists(present))
        .select_related("doctor", "registration_type")
        .order_by("room", "starts_at", "pk")
    )


def _panel(queue: SessionQueue) -> Panel:
    session = queue.session
    doctor = session.doctor
    is_suspended = session.status == SessionStatus.SUSPENDED
    if is_suspended:
        # Nobody is called there any more, whoever was.
        queue = SessionQueue(session, called=[], waiting=[], others=[])
    return Panel(
        session=session.pk,
        title=doctor.name if doctor else session.registration_type.name,
        subtitle=doctor.get_title_display() if doctor else "",
        room=session.room,
        is_suspended=is_suspended,
        called=[_line(entry) for entry in queue.called[:CALLED_SHOWN]],
        next=[_line(entry) for entry in queue.waiting[:NEXT_SHOWN]],
        set_aside=[_line(entry) for entry in queue.others if entry.state == QueueState.SET_ASIDE],
        waiting=len(queue.waiting),
    )


def _line(entry: QueueEntry) -> Line:
    return Line(
        number=entry.appointment.number,
        name=entry.appointment.patient.masked_name,
        calls=entry.call_count,
        is_return_visit=entry.is_return_visit,
        is_extra=entry.is_extra,
        is_priority=entry.priority < QueuePriority.ORDINARY,
    )
