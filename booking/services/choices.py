"""What becomes of a booking whose session was suspended: a substitute, another date, or the money back."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import Patient, User
from booking.locks import TooBusy, lock_appointment, lock_patient_of, lock_sessions
from booking.models import ActorKind, Appointment, AppointmentStatus, Channel, Choice, EventKind, SuspensionChoice
from booking.rules import RULES_AFTER_SUSPENSION, enforce
from booking.rules.caps import AlreadyBooked
from booking.services.appointments import cancellation_deadline
from booking.services.attempts import gather_attempt, make_room
from booking.services.cancellation import PRESENT_STATUSES, call_off, settle_choice
from booking.services.rebooking import Place, rebook
from booking.services.substitutes import find_seat, open_quota
from booking.services.transitions import SYSTEM, Actor, patient_actor, record_event, staff_actor
from booking.services.wanted import SlotNotFound
from hospitals.models import ClinicSession, Slot, SuspensionDefault
from hospitals.services.policies import effective_policy

logger = logging.getLogger(__name__)


# Who may choose: patients who are still to come, and those who came and were not seen.
CHOOSING_STATUSES = (AppointmentStatus.BOOKED, *PRESENT_STATUSES)


class NothingToChoose(Refusal):
    """The appointment's session is not suspended, or the appointment has come to an end."""


class ChoiceMade(Refusal):
    """Another choice was made before."""


class ChoiceTooLate(Refusal):
    """The deadline has passed; the hospital's default applies."""


class NoSubstitute(Refusal):
    """The hospital offers no substitute."""


class SubstituteFull(Refusal):
    """The substitute has no seat left."""


class OtherDepartment(Refusal):
    """The window is of another department."""


class DearerSlot(Refusal):
    """The window costs more than was paid."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen, the appointment it was about, and what goes back to the payer, in fen."""

    appointment: Appointment
    choice: Choice
    moved_to: Appointment | None
    refund_fen: int


@dataclass(frozen=True, slots=True)
class _Locked:
    """A booking of a suspended session with everything that a choice changes: all of it locked."""

    patient: Patient
    appointment: Appointment
    row: SuspensionChoice
    target: ClinicSession | None
    actor: Actor
    now: datetime


def choose(*, appointment_id: int, choice: Choice, user: User, now: datetime, slot_id: int | None = None) -> Chosen:
    """Carry out what the patient chose; `slot_id` is the window of ANOTHER_DATE. The same choice again changes nothing.

    Raises NothingToChoose, ChoiceMade, ChoiceTooLate; for a substitute NoSubstitute, SubstituteFull, AlreadyBooked; for another
    date SlotNotFound, OtherDepartment, DearerSlot or what a rule says; TooBusy.
    """
    return _choose(appointment_id, choice, slot_id, patient_actor(user), now)


def choose_for_patient(*, appointment_id: int, choice: Choice, by: User, now: datetime, slot_id: int | None = None) -> Chosen:
    """Carry out what a patient chose before a member of staff, at the desk or on the phone: as `choose`, without its deadline.

    Raises as `choose` does, but for ChoiceTooLate.
    """
    return _choose(appointment_id, choice, slot_id, staff_actor(by), now)


@transaction.atomic
def _choose(appointment_id: int, choice: Choice, slot_id: int | None, actor: Actor, now: datetime) -> Chosen:
    slot = _find_slot(slot_id) if choice == Choice.ANOTHER_DATE else None
    locked = _lock(appointment_id, _target_of(appointment_id, choice, slot), actor, now)
    if locked.row.choice:
        return _chosen_before(locked.row, choice, slot)
    if locked.appointment.status not in CHOOSING_STATUSES:
        raise NothingToChoose()
    if actor.kind == ActorKind.PATIENT and now >= locked.row.suspension.choose_until:
        raise ChoiceTooLate()
    if choice == Choice.REFUND:
        return _refund(locked)
    if choice == Choice.SUBSTITUTE:
        return _substitute(locked)
    assert slot is not None
    return _another_date(locked, slot)


def _find_slot(slot_id: int | None) -> Slot:
    """Of what patients are shown: an open hospital's open department."""
    shown = Slot.objects.filter(session__hospital__is_active=True, session__department__is_active=True)
    slot = shown.filter(pk=slot_id).first() if slot_id is not None else None
    if slot is None:
        raise SlotNotFound()
    return slot


def _target_of(appointment_id: int, choice: Choice, slot: Slot | None) -> int | None:
    """The id of the session that the choice needs a seat of."""
    if slot is not None:
        return slot.session_id
    if choice != Choice.SUBSTITUTE:
        return None
    rows = SuspensionChoice.objects.filter(appointment_id=appointment_id)
    return rows.values_list("suspension__substitute_session_id", flat=True).first()


def _lock(appointment_id: int, target_id: int | None, actor: Actor, now: datetime) -> _Locked:
    patient = lock_patient_of(appointment_id)
    own_id = Appointment.objects.values_list("session_id", flat=True).get(pk=appointment_id)
    sessions = lock_sessions({own_id, target_id} - {None})  # type: ignore[arg-type]
    appointment, _ = lock_appointment(appointment_id)
    row = SuspensionChoice.objects.select_related("suspension", "moved_to").filter(appointment=appointment).first()
    if row is None:
        raise NothingToChoose()
    target = sessions[target_id] if target_id is not None else None
    return _Locked(patient=patient, appointment=appointment, row=row, target=target, actor=actor, now=now)


def _chosen_before(row: SuspensionChoice, choice: Choice, slot: Slot | None) -> Chosen:
    """A client that missed the first answer hears it again; whoever changed their mind hears that it is too late for that."""
    is_the_same = row.choice == choice and (slot is None or (row.moved_to is not None and row.moved_to.slot_id == slot.pk))
    if not is_the_same:
        raise ChoiceMade(choice=row.get_choice_display())
    order = getattr(row.moved_to or row.appointment, "payment_order", None) or getattr(row.appointment, "payment_order", None)
    return Chosen(row.appointment, choice, row.moved_to, order.refunded_fen if order else 0)


def _refund(locked: _Locked) -> Chosen:
    _note(locked, Choice.REFUND)
    refund_fen = call_off(appointment=locked.appointment, actor=locked.actor, reason="停诊退款", now=locked.now)
    settle_choice(appointment=locked.appointment, choice=Choice.REFUND, actor=locked.actor, now=locked.now)
    return Chosen(locked.appointment, Choice.REFUND, None, refund_fen)


def _substitute(locked: _Locked) -> Chosen:
    session, old, now = locked.target, locked.appointment, locked.now
    if session is None or session.pk != locked.row.suspension.substitute_session_id:
        raise NoSubstitute()
    if Appointment.objects.live().filter(patient=locked.patient, session=session).exists():
        raise AlreadyBooked()
    seat = find_seat(session=session, old=old, now=now)
    if seat is None:
        raise SubstituteFull()
    if seat.channel == Channel.ADVANCE:
        open_quota(session)
    place = Place(
        session=session,
        slot=seat.slot,
        channel=seat.channel,
        policy=effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now),
        # A dearer substitute costs the patient nothing more.
        fee_fen=min(session.fee_fen, old.fee_fen),
        # Not the visit they booked: until it begins they may withdraw as if in time.
        cancel_deadline=max(seat.slot.starts_at, now),
    )
    return _moved(locked, Choice.SUBSTITUTE, place)


def _another_date(locked: _Locked, slot: Slot) -> Chosen:
    session, now = locked.target, locked.now
    assert session is not None
    if session.department_id != locked.appointment.department_id:
        raise OtherDepartment()
    if session.fee_fen > locked.appointment.fee_fen:
        raise DearerSlot()
    slot.refresh_from_db()
    make_room(session=session, slot=slot, now=now)
    attempt = gather_attempt(patient=locked.patient, session=session, slot=slot, now=now)
    enforce(attempt, RULES_AFTER_SUSPENSION)
    assert attempt.opening.channel is not None, "session_is_open refuses a session without an open channel"
    place = Place(
        session=session,
        slot=slot,
        channel=Channel(attempt.opening.channel),
        policy=attempt.policy,
        fee_fen=session.fee_fen,
        cancel_deadline=cancellation_deadline(session=session, policy=attempt.policy),
    )
    return _moved(locked, Choice.ANOTHER_DATE, place)


def _moved(locked: _Locked, choice: Choice, place: Place) -> Chosen:
    _note(locked, choice)
    reason = f"停诊，{choice.label}"
    new, refund_fen = rebook(old=locked.appointment, place=place, reason=reason, actor=locked.actor, now=locked.now)
    settle_choice(appointment=locked.appointment, choice=choice, actor=locked.actor, now=locked.now, moved_to=new)
    return Chosen(locked.appointment, choice, new, refund_fen)


def _note(locked: _Locked, choice: Choice) -> None:
    record_event(
        appointment=locked.appointment,
        kind=EventKind.CHOSEN,
        actor=locked.actor,
        now=locked.now,
        from_status=locked.appointment.status,
        detail={"choice": choice},
    )


def apply_due_defaults(*, now: datetime) -> int:
    """Decide for those who did not choose in time, as the hospital's policy says. Returns how many were decided.

    The policy is the one that was in force when the session was suspended. Who sits at the hospital is left to its staff, until
    the day is closed.
    """
    due = SuspensionChoice.objects.filter(
        choice="", suspension__choose_until__lte=now, appointment__status=AppointmentStatus.BOOKED
    )
    decided = 0
    for appointment_id in due.order_by("suspension__choose_until", "pk").values_list("appointment_id", flat=True):
        try:
            decided += _apply_default(appointment_id, now)
        except TooBusy:
            logger.warning("The choice of appointment %s could not be made yet, the sweep will come back", appointment_id)
    return decided


@transaction.atomic
def _apply_default(appointment_id: int, now: datetime) -> bool:
    try:
        locked = _lock(appointment_id, _target_of(appointment_id, Choice.SUBSTITUTE, None), SYSTEM, now)
    except NothingToChoose:
        # Restored meanwhile.
        return False
    if locked.row.choice or locked.appointment.status != AppointmentStatus.BOOKED:
        return False
    if not (_default_of(locked) == SuspensionDefault.SUBSTITUTE and _could_substitute(locked)):
        _refund(locked)
    return True


def _default_of(locked: _Locked) -> str:
    session, suspended_at = locked.appointment.session, locked.row.suspension.at
    policy = effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=suspended_at)
    return policy.suspension_default


def _could_substitute(locked: _Locked) -> bool:
    """Every refusal of a substitute comes before anything is written."""
    try:
        _substitute(locked)
    except (NoSubstitute, SubstituteFull, AlreadyBooked) as refusal:
        logger.info("Appointment %s gets its money back: %s", locked.appointment.pk, type(refusal).__name__)
        return False
    return True
