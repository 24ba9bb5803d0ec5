"""Joining the queue: the place that a checked-in patient gets, and its two ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.ages import age_on
from accounts.models import DocumentType
from booking.models import Appointment, Channel, QueueEntry, QueueMoveKind, QueuePriority, QueueState, Tier
from booking.services.queue.places import MOVES_FROM, log_move, move_place
from booking.services.standing import standing_of
from booking.services.transitions import Actor
from hospitals.models import BookingPolicy


@dataclass(frozen=True, slots=True)
class Lateness:
    """What coming late costs: some places, or the whole line."""

    places_back: int = 0
    to_the_end: bool = False


def join_queue(*, appointment: Appointment, actor: Actor, now: datetime) -> QueueEntry:
    """Give an appointment that was just checked in its place. The caller holds the session and the appointment."""
    policy = appointment.policy or BookingPolicy()
    late = lateness(appointment=appointment, policy=policy, now=now)
    entry = QueueEntry.objects.create(
        appointment=appointment,
        session_id=appointment.session_id,
        hospital_id=appointment.hospital_id,
        priority=priority_of(appointment=appointment, policy=policy),
        is_return_visit=appointment.is_return_visit,
        is_extra=appointment.channel == Channel.EXTRA,
        due_at=due_at(appointment=appointment, policy=policy),
        arrived_at=now,
        places_back=late.places_back,
        to_the_end=late.to_the_end,
    )
    log_move(entry=entry, kind=QueueMoveKind.JOINED, actor=actor, now=now)
    return entry


def end_place(*, appointment: Appointment, actor: Actor, now: datetime) -> None:
    """End the place of a patient who was seen, if there is one that has not ended. The caller holds the session."""
    entry = QueueEntry.objects.filter(appointment=appointment).first()
    if entry is None or entry.state not in MOVES_FROM[QueueMoveKind.FINISHED]:
        return
    fields = {"state": QueueState.FINISHED, "finished_at": now}
    move_place(entry=entry, kind=QueueMoveKind.FINISHED, actor=actor, now=now, fields=fields)


def leave_queue(*, appointment: Appointment, actor: Actor, now: datetime) -> None:
    """End the place of a patient who is not going to be seen, where there is one. The caller holds the session."""
    entry = QueueEntry.objects.filter(appointment=appointment).first()
    if entry is None or entry.state not in MOVES_FROM[QueueMoveKind.LEFT]:
        return
    fields = {"state": QueueState.LEFT, "finished_at": now}
    move_place(entry=entry, kind=QueueMoveKind.LEFT, actor=actor, now=now, fields=fields)


def lateness(*, appointment: Appointment, policy: BookingPolicy, now: datetime) -> Lateness:
    """Late is who comes after the window has ended: the window is what the patient was told."""
    window_ends_at = appointment.slot.ends_at if appointment.slot else appointment.session.ends_at
    if now <= window_ends_at:
        return Lateness()
    if now <= window_ends_at + timedelta(minutes=policy.late_grace_minutes):
        return Lateness(places_back=policy.late_places_back)
    return Lateness(to_the_end=True)


def priority_of(*, appointment: Appointment, policy: BookingPolicy) -> QueuePriority:
    """Statutory priority where the records show it: officers and the old. Others (the disabled, say) staff put first."""
    patient = appointment.patient
    age = age_on(patient.birth_date, appointment.visit_date) if patient.birth_date else appointment.age_at_visit
    is_old = age is not None and age >= policy.priority_age
    is_first = is_old or patient.document_type == DocumentType.OFFICER_ID
    return QueuePriority.STATUTORY if is_first else QueuePriority.ORDINARY


def due_at(*, appointment: Appointment, policy: BookingPolicy) -> datetime:
    """The window's start, less the head start of tiers A and B; a 加号 has none, for it comes after its window's numbers."""
    starts_at = appointment.slot.starts_at if appointment.slot else appointment.session.starts_at
    if appointment.channel == Channel.EXTRA:
        return starts_at
    head_start_minutes = {Tier.A.value: policy.head_start_minutes_a, Tier.B.value: policy.head_start_minutes_b}
    tier = standing_of(hospital_id=appointment.hospital_id, patient_id=appointment.patient_id).tier
    return starts_at - timedelta(minutes=head_start_minutes.get(tier, 0))
