"""Booking for a patient who calls or stands at the counter."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from booking.locks import lock_patient_and_session
from booking.models import Appointment
from booking.rules import raise_first
from booking.rules.grants import RULES_AT_DESK
from booking.services.appointments import Offer, write_appointment
from booking.services.attempts import gather_attempt, make_room
from booking.services.payers import account_of
from booking.services.staff_reasons import staff_reason
from booking.services.transitions import staff_actor
from booking.services.wanted import SlotNotFound, current_slot
from hospitals.models import Slot


@transaction.atomic
def book_at_desk(
    *, slot_id: int, patient_id: int, by: User, reason: str, now: datetime, override_limits: bool = False
) -> Appointment:
    """Book an ordinary free seat: `booked` at once where it costs nothing, else held for the payment by the patient's account.

    Pauses and tiers are not asked, so that nobody is shut out of the hospital by them. `override_limits` sets the department's
    limits of age and sex and the caps aside; the event says who booked, why, and which limits were beyond.

    Raises Patient.DoesNotExist, StaffReasonMissing, SlotNotFound, the Refusal of the first rule that speaks against it with the
    others in its detail, NoPayer, TooBusy.
    """
    reason = staff_reason(reason)
    session_id = Slot.objects.filter(pk=slot_id).values_list("session_id", flat=True).first()
    if session_id is None:
        raise SlotNotFound()
    patient, session = lock_patient_and_session(patient_id=patient_id, session_id=session_id)
    slot = current_slot(slot_id)
    make_room(session=session, slot=slot, now=now)
    attempt = gather_attempt(patient=patient, session=session, slot=slot, now=now)
    found, overridden = RULES_AT_DESK.judge(attempt, override=override_limits)
    raise_first(found)
    fee_fen = session.fee_fen
    account = account_of(patient_id=patient.pk, fee_fen=fee_fen)
    facts = {"at_desk": True, "reason": reason} | ({"overridden": overridden} if overridden else {})
    offer = Offer(until=None, kind=None, actor=staff_actor(by), facts=facts)
    return write_appointment(user=account, attempt=attempt, fee_fen=fee_fen, is_settled=fee_fen == 0, offer=offer)
