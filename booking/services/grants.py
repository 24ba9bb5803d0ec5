"""A number that a doctor adds for a named patient (加号), within the session's limit."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from booking.locks import lock_patient_and_session
from booking.models import Appointment, EventKind, ExtraGrant
from booking.rules import Attempt, raise_first
from booking.rules.grants import RULES_FOR_GRANT
from booking.services.appointments import Offer, write_appointment
from booking.services.attempts import gather_attempt
from booking.services.payers import account_of
from booking.services.staff_reasons import staff_reason
from booking.services.transitions import staff_actor
from booking.services.wanted import SlotNotFound
from hospitals.availability import EXTRA, Opening
from hospitals.models import ClinicSession, Slot


@transaction.atomic
def grant_extra_seat(
    *,
    session_id: int,
    patient_id: int,
    reason: str,
    by: User,
    now: datetime,
    slot_id: int | None = None,
    override_limits: bool = False,
) -> ExtraGrant:
    """Hold an extra number for a patient, who accepts it within some minutes (policy) by paying or, where it is free, by a word.

    It comes after the numbered patients of its window: of `slot_id`, else of the session's last. Pauses, caps and tiers are not
    asked; `override_limits` sets the department's limits of age and sex aside, and the event says so. A free one for a patient
    whom no account carries is booked at once, for nobody could accept it.

    Raises Patient.DoesNotExist, ClinicSession.DoesNotExist, StaffReasonMissing, SlotNotFound, the Refusal of the first rule
    that speaks against it with the others in its detail, NoPayer, TooBusy.
    """
    reason = staff_reason(reason)
    patient, session = lock_patient_and_session(patient_id=patient_id, session_id=session_id)
    slot = _window(session, slot_id)
    attempt = replace(gather_attempt(patient=patient, session=session, slot=slot, now=now), opening=Opening(EXTRA))
    found, overridden = RULES_FOR_GRANT.judge(attempt, override=override_limits)
    raise_first(found)
    account = account_of(patient_id=patient.pk, fee_fen=session.fee_fen)
    facts = {"reason": reason} | ({"overridden": overridden} if overridden else {})
    offer = Offer(until=_accept_until(attempt) if account else None, kind=EventKind.GRANTED, actor=staff_actor(by), facts=facts)
    appointment = _write(attempt, account, offer)
    return ExtraGrant.objects.create(
        hospital=session.hospital,
        session=session,
        appointment=appointment,
        by=by,
        at=now,
        reason=reason,
        accept_until=appointment.hold_expires_at,
    )


def _window(session: ClinicSession, slot_id: int | None) -> Slot:
    slots = session.slots.order_by("starts_at")
    slot = slots.last() if slot_id is None else slots.filter(pk=slot_id).first()
    if slot is None:
        raise SlotNotFound()
    return slot


def _accept_until(attempt: Attempt) -> datetime:
    return min(attempt.now + timedelta(minutes=attempt.policy.grant_accept_minutes), attempt.session.ends_at)


def _write(attempt: Attempt, account: User | None, offer: Offer) -> Appointment:
    fee_fen = attempt.session.fee_fen
    return write_appointment(user=account, attempt=attempt, fee_fen=fee_fen, is_settled=fee_fen == 0, offer=offer)
