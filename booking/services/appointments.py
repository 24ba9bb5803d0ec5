"""Making an appointment."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.ages import age_on
from accounts.compiled_insert import CompiledInsert
from accounts.models import User
from accounts.selectors import bookable_patient
from booking.locks import granted_in_time
from booking.models import ActorKind, Appointment, AppointmentStatus, EventKind
from booking.rules import Attempt, enforce
from booking.services.attempts import gather_attempt, make_room
from booking.services.chains import Link
from booking.services.confirmation import confirmation_deadline
from booking.services.idempotency import RequestKey, remember
from booking.services.orders import create_order
from booking.services.refused import note_refusal, unmet_demand
from booking.services.seats import SessionFull, take_seat
from booking.services.standing import patient_on_footing
from booking.services.transitions import Actor, patient_actor, record_event
from booking.services.wanted import find_slot, lock_wanted, policy_of
from hospitals.availability import FULL, open_channel
from hospitals.models import BookingPolicy, ClinicSession, Slot


def book_appointment(
    *, user: User, patient_id: int, slot_id: int, now: datetime, request: RequestKey | None = None
) -> Appointment:
    """Book a window for a patient: `pending` with a hold where a fee is due, else `booked` at once.

    The order with WeChat is placed afterwards, outside the transaction (booking.services.orders.place_order).

    Raises the Refusal of the first rule that speaks against it, TooBusy, or AlreadyAnswered where `request` was answered
    before. A refusal changes nothing, save that a patient who met a full session is counted as unmet demand; with a `request`
    that is left to whoever remembers the answer (SessionFull.unmet, booking.services.refused.remember_refusal).
    """
    slot = find_slot(slot_id=slot_id, now=now)
    try:
        _refuse_early(user, slot, patient_id, now)
        # Around the whole of it: waiting for the same key's first request is a lock wait as well.
        with granted_in_time():
            return _book(user=user, patient_id=patient_id, slot=slot, now=now, request=request)
    except SessionFull as refusal:
        refusal.unmet = unmet_demand(session=slot.session, patient_id=patient_id, now=now)
        if request is None:
            note_refusal(unmet=refusal.unmet, now=now)
        raise


def _refuse_early(user: User, slot: Slot, patient_id: int, now: datetime) -> None:
    """In a rush most attempts meet a session that is sold out: tell them without queueing for its lock.

    The rules speak as they would under the lock, so a patient who has a seat there hears that, and is no unmet demand. Seats
    that come free a moment later are no loss: the answer was true when it was read.
    """
    session = slot.session
    # No channel can be full while this is not, and a booking that will succeed is spared the reading.
    if session.advance_left > 0:
        return
    policy = policy_of(slot, now=now)
    if open_channel(session, policy, now).reason == FULL:
        bookable_patient(user_id=user.pk, patient_id=patient_id)
        patient, footing = patient_on_footing(patient_id=patient_id, hospital_id=session.hospital_id, at=now)
        enforce(gather_attempt(patient=patient, session=session, slot=slot, policy=policy, footing=footing, now=now))


@transaction.atomic(durable=True)
def _book(*, user: User, patient_id: int, slot: Slot, now: datetime, request: RequestKey | None) -> Appointment:
    wanted, policy = lock_wanted(user_id=user.pk, patient_id=patient_id, slot=slot, now=now), policy_of(slot, now=now)
    make_room(session=wanted.session, slot=wanted.slot, now=now)
    attempt = gather_attempt(
        patient=wanted.patient, session=wanted.session, slot=wanted.slot, policy=policy, footing=wanted.footing, now=now
    )
    enforce(attempt)
    appointment = _write(user, attempt)
    if request is not None:
        remember(request=request, response_status=201, response_body={"code": appointment.code}, now=now)
    return appointment


def _write(user: User, attempt: Attempt) -> Appointment:
    fee_fen = attempt.session.fee_fen
    return write_appointment(user=user, attempt=attempt, fee_fen=fee_fen, is_settled=fee_fen == 0)


@dataclass(frozen=True, slots=True)
class Offer:
    """A seat that somebody else gives to a patient.

    The patient accepts it before `until`, by paying or, where it is free, by saying so. Without `until` there is nothing to
    accept: a free one is booked at once, and one with a fee is held for its payment like any other.
    """

    until: datetime | None
    # None for what any booking is: submitted, or booked.
    kind: EventKind | None
    actor: Actor
    facts: dict[str, Any] = field(default_factory=dict)
    from_withheld: bool = False


def write_appointment(
    *,
    user: User | None,
    attempt: Attempt,
    fee_fen: int,
    is_settled: bool,
    link: Link | None = None,
    offer: Offer | None = None,
) -> Appointment:
    """Take the seat that the rules gave and write its appointment: `booked` where nothing is left to pay, else `pending` with
    an order. An offer is pending until it is accepted, even where it costs nothing.

    `user` is the account that pays and is told; None only for an offer that costs nothing, to a patient without an account.
    Call it inside the transaction that holds the attempt's locks. Raises WeChatIdentityMissing.
    """
    session, slot, policy, now = attempt.session, attempt.slot, attempt.policy, attempt.now
    channel, born = attempt.opening.channel, attempt.patient.birth_date
    assert channel is not None, "session_is_open refuses a session without an open channel"
    is_booked = is_settled and (offer is None or offer.until is None)
    until = (offer and offer.until) or now + timedelta(minutes=policy.hold_minutes)
    # A window that is over cannot be paid for.
    held_until = None if is_booked else min(until, slot.ends_at)
    appointment = Appointment(
        # Whole rows, not ids: the answer shows them without reading them again.
        hospital=session.hospital,
        session=session,
        slot=slot,
        patient=attempt.patient,
        booked_by=user,
        policy=policy,
        department=session.department,
        doctor=session.doctor,
        visit_date=session.visit_date,
        channel=channel,
        number=take_seat(session=session, slot=slot, channel=channel, from_withheld=offer is not None and offer.from_withheld),
        status=AppointmentStatus.BOOKED if is_booked else AppointmentStatus.PENDING,
        fee_fen=fee_fen,
        created_at=now,
        booked_at=now if is_booked else None,
        hold_expires_at=held_until,
        cancel_deadline=cancellation_deadline(session=session, policy=policy),
        age_at_visit=age_on(born, session.visit_date) if born else None,
        tier=attempt.tier,
        # Whom staff have booked themselves they have spoken to.
        confirm_by=None if _is_by_staff(offer) else confirmation_deadline(attempt=attempt, booked_at=held_until or now),
        **(link.fields if link else {}),
    )
    _APPOINTMENT.insert(appointment)
    _announce(appointment, user, now, link, offer)
    if not is_settled:
        assert user is not None, "somebody has to pay"
        create_order(appointment=appointment, user=user, now=now)
    return appointment


_APPOINTMENT = CompiledInsert(Appointment)


def _is_by_staff(offer: Offer | None) -> bool:
    return offer is not None and offer.actor.kind == ActorKind.STAFF


def _announce(appointment: Appointment, user: User | None, now: datetime, link: Link | None, offer: Offer | None) -> None:
    kind = EventKind.BOOKED if appointment.status == AppointmentStatus.BOOKED else EventKind.CREATED
    facts = {"channel": appointment.channel} | (link.facts if link else {}) | (offer.facts if offer else {})
    if offer:
        record_event(appointment=appointment, kind=offer.kind or kind, actor=offer.actor, now=now, detail=facts)
        return
    assert user is not None, "a booking is made by an account, or given"
    record_event(appointment=appointment, kind=kind, actor=patient_actor(user), now=now, detail=facts)


def cancellation_deadline(*, session: ClinicSession, policy: BookingPolicy) -> datetime:
    """Until when a cancellation is early, in the hospital's zone."""
    day = session.visit_date - timedelta(days=policy.cancel_deadline_days)
    return datetime.combine(day, policy.cancel_deadline_time, tzinfo=session.hospital.zone)
