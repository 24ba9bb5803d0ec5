"""Offering one seat to the patient whose turn it is: an appointment that holds the seat until it is accepted or runs out."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from django.db import transaction
from django.db.models import F

from accounts.errors import Refusal
from accounts.selectors import bookable_patient
from booking.locks import lock_patient_and_session
from booking.models import EventKind, ReturnEnd, SeatReturn, WaitlistEnd, WaitlistEntry
from booking.rules import Attempt, refusals
from booking.rules.waitlist import RULES_FOR_OFFER, clears_at, is_within_hours, offer_deadline
from booking.services.appointments import Offer, write_appointment
from booking.services.attempts import gather_attempt
from booking.services.orders import WeChatIdentityMissing, can_pay
from booking.services.returns import end_return
from booking.services.transitions import SYSTEM
from booking.services.waitlist.reasons import note_skips
from hospitals.availability import ADVANCE, Opening
from hospitals.models import BookingPolicy, ClinicSession, SessionStatus, Slot
from hospitals.services.policies import effective_policy


class Answer(Enum):
    """What came of asking whether a patient can have a seat."""

    OFFERED = auto()
    # The rules refuse the patient, who keeps the place.
    PASSED_OVER = auto()
    # There is nothing to offer, or not now.
    NO_SEAT = auto()
    # It is somebody else's turn since the entry was read.
    NOT_THEIR_TURN = auto()


@dataclass(frozen=True, slots=True)
class FreeSeat:
    """A seat that can be offered, and the return that it came from; none where the quota was raised."""

    slot: Slot
    seat_return: SeatReturn | None


def first_waiting(*, session_id: int, passed_over: Collection[int]) -> WaitlistEntry | None:
    """Whose turn it is: first come, first served, save who was passed over in this round."""
    waiting = WaitlistEntry.objects.filter(session_id=session_id, ended_at__isnull=True)
    return waiting.select_related("joined_by").exclude(pk__in=passed_over).order_by("pk").first()


@transaction.atomic
def offer_to(*, entry: WaitlistEntry, passed_over: Collection[int], now: datetime) -> Answer:
    """Hold a seat of the session for the entry's patient, if it is their turn and the booking rules allow it now.

    Raises TooBusy.
    """
    patient, session = lock_patient_and_session(patient_id=entry.patient_id, session_id=entry.session_id)
    first = first_waiting(session_id=session.pk, passed_over=passed_over)
    if first is None or first.pk != entry.pk:
        return Answer.NOT_THEIR_TURN
    policy = effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now)
    until, seat = offers_until(session, policy, now), _free_seat(session)
    if until is None or seat is None:
        return Answer.NO_SEAT
    gathered = gather_attempt(patient=patient, session=session, slot=seat.slot, policy=policy, now=now)
    attempt = replace(gathered, opening=Opening(ADVANCE))
    found = _refusals(first, attempt)
    if found:
        note_skips(entry=first, found=found, now=now)
        return Answer.PASSED_OVER
    _offer(entry=first, attempt=attempt, seat=seat, until=until)
    return Answer.OFFERED


def offers_until(session: ClinicSession, policy: BookingPolicy, now: datetime) -> datetime | None:
    """Until when an offer of the session would stand; None where none is made now."""
    if session.status != SessionStatus.ACTIVE or not is_within_hours(session, policy, now):
        return None
    return offer_deadline(policy=policy, clears_at=clears_at(session, policy), now=now)


def _free_seat(session: ClinicSession) -> FreeSeat | None:
    """The seat that came back first, else one that nobody ever had. The session is locked."""
    if session.advance_taken >= session.advance_quota:
        return None
    returned = SeatReturn.objects.select_related("slot").filter(session=session, ended_at__isnull=True).order_by("pk").first()
    if returned is not None:
        return FreeSeat(returned.slot, returned)
    if session.advance_left <= 0:
        return None
    slots = Slot.objects.filter(session=session, capacity__gt=F("taken") + F("withheld")).order_by("starts_at")
    slot = slots.first()
    return FreeSeat(slot, None) if slot else None


def _refusals(entry: WaitlistEntry, attempt: Attempt) -> list[Refusal]:
    """Every reason against the patient now; much may have changed since joining."""
    found = refusals(attempt, RULES_FOR_OFFER)
    try:
        bookable_patient(user_id=entry.joined_by_id, patient_id=entry.patient_id)
    except Refusal as refusal:
        found.insert(0, refusal)
    if not can_pay(user=entry.joined_by, fee_fen=attempt.session.fee_fen):
        found.append(WeChatIdentityMissing())
    return found


def _offer(*, entry: WaitlistEntry, attempt: Attempt, seat: FreeSeat, until: datetime) -> None:
    fee_fen, now = attempt.session.fee_fen, attempt.now
    facts = {"waitlist_entry": entry.pk, "rule": entry.rule, "joined_at": entry.joined_at.isoformat()}
    is_returned = seat.seat_return is not None
    appointment = write_appointment(
        user=entry.joined_by,
        attempt=attempt,
        fee_fen=fee_fen,
        is_settled=fee_fen == 0,
        offer=Offer(until=until, kind=EventKind.OFFERED, actor=SYSTEM, facts=facts, from_withheld=is_returned),
    )
    if seat.seat_return is not None:
        end_return(seat_return=seat.seat_return, end=ReturnEnd.OFFERED, now=now)
    entry.end, entry.ended_at, entry.appointment = WaitlistEnd.OFFERED, now, appointment
    entry.save(update_fields=["end", "ended_at", "appointment"])
