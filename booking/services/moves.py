"""Moving an appointment (改约) to another window: the new seat and the old one change hands in one transaction."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.selectors import bookable_patient
from booking.locks import granted_in_time, lock_appointments, lock_patient_of
from booking.models import Appointment, AppointmentStatus, Entitlement
from booking.models.appointments import new_appointment_code
from booking.rules import RULES, RULES_WITHIN_SESSION, raise_first, refusals
from booking.rules.moves import Move, allowance_is_used_up, is_beyond_allowance, move_refusals
from booking.services.appointments import write_appointment
from booking.services.attempts import gather_attempt, make_room
from booking.services.chains import Credit, Link, arrive, carry_credit, credit_of, leave
from booking.services.entitlements.free_moves import unused_free_move, use_free_move
from booking.services.idempotency import RequestKey, remember
from booking.services.standing import standing_of
from booking.services.transitions import patient_actor
from booking.services.wanted import current_slot, find_slot
from hospitals.models import ClinicSession, Slot


def move_appointment(
    *, user: User, appointment_id: int, slot_id: int, now: datetime, request: RequestKey | None = None
) -> Appointment:
    """Give the patient of an appointment another window in its place; return the new appointment.

    Where what was paid covers the new fee, the new one is `booked` at once: the old seat is free, the payment goes along and any
    difference goes back. Where the new one is dearer it is `pending` with an order of its own, and the old one keeps its seat
    until that is paid (`record_payment`) or stays for good.

    Raises Appointment.DoesNotExist, SlotNotFound, the Refusal of the first rule that speaks against it with the others in its
    detail, TooBusy, or AlreadyAnswered where `request` was answered before. A refusal changes nothing.
    """
    slot = find_slot(slot_id=slot_id, now=now)
    with granted_in_time():
        return _move(user=user, appointment_id=appointment_id, slot=slot, now=now, request=request)


@transaction.atomic(durable=True)
def _move(*, user: User, appointment_id: int, slot: Slot, now: datetime, request: RequestKey | None) -> Appointment:
    patient = lock_patient_of(appointment_id)
    # Once the lock is held: the consent may have been withdrawn while it was waited for.
    bookable_patient(user_id=user.pk, patient_id=patient.pk)
    appointments, sessions = lock_appointments([appointment_id], session_ids=[slot.session_id])
    previous, session = appointments[appointment_id], sessions[slot.session_id]
    credit = credit_of(previous)
    fee_fen = _fee_fen(previous, session, credit)
    is_settled = fee_fen <= credit.fen
    move = _gather_move(previous=previous, session=session, slot=slot, now=now)
    found = move_refusals(move)
    link = Link(previous=previous, code=new_appointment_code(), is_free_move=is_beyond_allowance(move))
    actor = patient_actor(user)
    if is_settled and previous.status == AppointmentStatus.BOOKED:
        # Before the rules look at the seats: within a full session the own seat is the one that comes free.
        leave(previous=previous, following_code=link.code, following_session_id=session.pk, actor=actor, now=now)
    slot = current_slot(slot.pk)
    make_room(session=session, slot=slot, now=now)
    attempt = gather_attempt(patient=patient, session=session, slot=slot, now=now, leaving=previous)
    rules = RULES_WITHIN_SESSION if session.pk == previous.session_id else RULES
    raise_first([*found, *refusals(attempt, rules)])
    following = write_appointment(user=user, attempt=attempt, fee_fen=fee_fen, is_settled=is_settled, link=link)
    if move.free_move is not None:
        use_free_move(entitlement=move.free_move, following=following, now=now)
    if is_settled:
        arrive(following=following, previous=previous, actor=actor, now=now)
        carry_credit(credit=credit, following=following, now=now)
    if request is not None:
        remember(request=request, response_status=201, response_body={"code": following.code}, now=now)
    return following


def _fee_fen(previous: Appointment, session: ClinicSession, credit: Credit) -> int:
    """What the new appointment costs. Another window of the same session is the visit that was paid for."""
    return credit.fen if session.pk == previous.session_id else session.fee_fen


def _gather_move(*, previous: Appointment, session: ClinicSession, slot: Slot, now: datetime) -> Move:
    standing = standing_of(hospital_id=previous.hospital_id, patient_id=previous.patient_id)
    return Move(
        previous=previous,
        session=session,
        slot=slot,
        waits_for_payment=Appointment.objects.filter(rescheduled_from=previous, status=AppointmentStatus.PENDING).exists(),
        tier=standing.tier,
        free_move=_free_move_of(previous, standing.tier, now),
        now=now,
    )


def _free_move_of(previous: Appointment, tier: str, now: datetime) -> Entitlement | None:
    """What the tier gives for the running quarter or month, where this move needs it and some is left."""
    if not allowance_is_used_up(previous):
        return None
    return unused_free_move(hospital=previous.session.hospital, patient_id=previous.patient_id, tier=tier, now=now)
