"""The window that somebody wants: found as patients see it, then locked together with its patient and its session."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from accounts.compiled import CompiledQuery
from accounts.errors import Refusal
from accounts.models import Patient
from accounts.selectors import bookable_patient
from booking.locks import granted_in_time, limit_lock_waits
from booking.services.standing import Footing, lock_patient_on_footing
from hospitals.locks import lock_window
from hospitals.models import BookingPolicy, ClinicSession, Slot
from hospitals.services.policies import effective_policy, policies_for, policy_version


class SlotNotFound(Refusal):
    """There is no such window, or its hospital is not open to patients."""


def find_slot(*, slot_id: int, now: datetime) -> Slot:
    """Of what patients are shown: an open hospital's open department. Raises SlotNotFound."""
    slot = _SHOWN.first(slot_id=slot_id, now=now)
    if slot is None:
        raise SlotNotFound()
    return slot


def _shown(slot_id: int, now: datetime) -> QuerySet[Slot]:
    policy = policies_for(
        hospital_id=OuterRef("session__hospital_id"), registration_type_id=OuterRef("session__registration_type_id"), at=now
    )
    return (
        Slot.objects.select_related("session__hospital", "session__department")
        .filter(pk=slot_id, session__hospital__is_active=True, session__department__is_active=True)
        .annotate(policy_id=Subquery(policy.values("pk")))
        .order_by()
    )


_SHOWN = CompiledQuery(_shown, slot_id=int, now=datetime)


def policy_of(slot: Slot, *, now: datetime) -> BookingPolicy:
    """The policy in force at `now` for a slot that `find_slot` found at that moment."""
    if slot.policy_id is not None:  # type: ignore[attr-defined]
        return policy_version(slot.policy_id)  # type: ignore[attr-defined]
    session = slot.session
    return effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now)


def current_slot(slot_id: int) -> Slot:
    """A window as it is under its session's lock."""
    return _SLOT.get(slot_id=slot_id)


_SLOT = CompiledQuery(lambda slot_id: Slot.objects.filter(pk=slot_id), slot_id=int)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a booking makes scarcer, locked, and what its patient is judged by."""

    patient: Patient
    footing: Footing
    session: ClinicSession
    slot: Slot


def lock_wanted(*, user_id: int, patient_id: int, slot: Slot, now: datetime) -> Wanted:
    """As booking.locks.lock_patient_and_session, with all that a booking reads under the locks, in as few statements.

    Raises PatientNotInAccount, HealthConsentMissing, TooBusy.
    """
    limit_lock_waits()
    with granted_in_time():
        hospital_id = slot.session.hospital_id
        patient, footing = lock_patient_on_footing(patient_id=patient_id, hospital_id=hospital_id, at=now, user_id=user_id)
        # Once the lock is held: the account may have been deleted while it was waited for.
        bookable_patient(user_id=user_id, patient_id=patient_id)
        locked = lock_window(slot.pk)
    return Wanted(patient, footing, locked.session, locked)
