"""A window as somebody who is about to book it sees it: with the rules that would hold, and what speaks against it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.errors import Refusal
from accounts.models import Patient, User
from accounts.selectors import HealthConsentMissing, bookable_patient
from booking.booking_terms import terms_of
from booking.rules import refusals
from booking.services.attempts import gather_attempt
from booking.services.standing import Footing, patient_on_footing
from booking.services.wanted import SlotNotFound
from hospitals.models import BookingPolicy, ClinicSession
from hospitals.selectors.schedule import OfferedSession, OfferedSlot, slots_of_session, visible_sessions, with_openings
from hospitals.services.policies import effective_policy


@dataclass(frozen=True, slots=True)
class PatientsChance:
    """Whether a patient may book the window now. `reasons`: why not, the first to be told first."""

    patient_id: int
    tier: str
    reasons: list[Refusal]

    @property
    def is_bookable(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class SlotToBook:
    """`held_for` is how long an unpaid booking keeps its seat; None where nothing is to be paid. `chance`: with a patient."""

    offered: OfferedSession
    slot: OfferedSlot
    terms: list[str]
    held_for: timedelta | None
    chance: PatientsChance | None


def slot_to_book(*, slot_id: int, user: User | None, patient_id: int | None, now: datetime) -> SlotToBook:
    """Judge a window by the very rules of booking, writing and locking nothing.

    Without a patient the session is judged for everyone. Raises SlotNotFound, PatientNotInAccount.
    """
    session = visible_sessions().filter(slots=slot_id).first()
    if session is None:
        raise SlotNotFound()
    policy = effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now)
    asked = _asked_for(user, patient_id, session.hospital_id, now) if user is not None and patient_id is not None else None
    [offered] = with_openings([session], now=now, tier=asked.footing.tier if asked else "")
    [shown] = [each for each in slots_of_session(offered, now=now) if each.slot.pk == slot_id]
    return SlotToBook(
        offered=offered,
        slot=shown,
        terms=terms_of(session=session, slot=shown.slot, policy=policy, channel=offered.opening.channel, now=now),
        held_for=timedelta(minutes=policy.hold_minutes) if session.fee_fen else None,
        chance=_chance(asked, session, shown, policy, now) if asked else None,
    )


@dataclass(frozen=True, slots=True)
class _AskedFor:
    """The patient who is to be judged, and what stands in the way whatever the window."""

    patient: Patient
    footing: Footing
    missing: list[Refusal]


def _asked_for(user: User, patient_id: int, hospital_id: int, now: datetime) -> _AskedFor:
    missing: list[Refusal] = []
    try:
        bookable_patient(user_id=user.pk, patient_id=patient_id)
    except HealthConsentMissing as refusal:
        missing = [refusal]
    patient, footing = patient_on_footing(patient_id=patient_id, hospital_id=hospital_id, at=now)
    return _AskedFor(patient, footing, missing)


def _chance(asked: _AskedFor, session: ClinicSession, shown: OfferedSlot, policy: BookingPolicy, now: datetime) -> PatientsChance:
    slot = shown.slot
    # As booking would find it under the lock (make_room).
    slot.capacity = shown.capacity
    attempt = gather_attempt(patient=asked.patient, session=session, slot=slot, policy=policy, footing=asked.footing, now=now)
    return PatientsChance(asked.patient.pk, asked.footing.tier, [*asked.missing, *refusals(attempt)])
