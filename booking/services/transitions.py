"""Changing an appointment's status: one way, with its event in the same transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.compiled_insert import CompiledInsert
from accounts.errors import Refusal
from accounts.models import User
from booking.models import TRANSITIONS, ActorKind, Appointment, AppointmentEvent, AppointmentStatus, EventKind


class TransitionRefused(Refusal):
    """The appointment's present status does not allow this."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes an appointment: a patient's account, a member of staff, or the clock."""

    kind: ActorKind
    user: User | None = None


SYSTEM = Actor(ActorKind.SYSTEM)


def patient_actor(user: User) -> Actor:
    return Actor(ActorKind.PATIENT, user)


def staff_actor(user: User) -> Actor:
    return Actor(ActorKind.STAFF, user)


def record_event(
    *,
    appointment: Appointment,
    kind: EventKind,
    actor: Actor,
    now: datetime,
    from_status: str = "",
    detail: dict[str, Any] | None = None,
) -> AppointmentEvent:
    """Append an event about an appointment as it is now."""
    event = AppointmentEvent(
        appointment=appointment,
        hospital_id=appointment.hospital_id,
        kind=kind,
        at=now,
        actor_kind=actor.kind,
        actor=actor.user,
        from_status=from_status,
        to_status=appointment.status,
        detail=detail or {},
    )
    return _EVENT.insert(event)


_EVENT = CompiledInsert(AppointmentEvent)


def move_to(
    *,
    appointment: Appointment,
    status: AppointmentStatus,
    kind: EventKind,
    actor: Actor,
    now: datetime,
    fields: dict[str, Any] | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Move a locked appointment to `status`, set `fields` with it and append the event. Raises TransitionRefused."""
    before = AppointmentStatus(appointment.status)
    if status not in TRANSITIONS[before]:
        raise TransitionRefused(status=before.label, wanted=status.label)
    appointment.status = status
    for name, value in (fields or {}).items():
        setattr(appointment, name, value)
    appointment.save(update_fields=["status", *(fields or {})])
    record_event(appointment=appointment, kind=kind, actor=actor, now=now, from_status=before, detail=detail)
