"""Taking a place in the waitlist of a full session, and giving it up."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.errors import Refusal
from accounts.models import Patient, User
from accounts.selectors import bookable_patient
from booking.locks import granted_in_time, limit_lock_waits, lock_patient_and_session
from booking.models import AppointmentStatus, WaitlistEnd, WaitlistEntry
from booking.rules import raise_first
from booking.rules.waitlist import Waitlist, joining_refusals
from booking.services.attempts import gather_attempt
from booking.services.orders import WeChatIdentityMissing, can_pay
from booking.services.refused import note_refusal, unmet_demand
from hospitals.locks import lock_session
from hospitals.models import ClinicSession, Slot
from hospitals.services.policies import effective_policy


class SessionNotFound(Refusal):
    """There is no such session, or its hospital is not open to patients."""


class PatientWaitsAlready(Refusal):
    """Another account has a place for this patient in this very waitlist."""


class PlaceIsOver(Refusal):
    """The place ended before: a seat was offered, or the waitlist was cleared."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The patient's place, and whether this request took it or one before it."""

    entry: WaitlistEntry
    is_new: bool


@transaction.atomic
def join_waitlist(*, user: User, patient_id: int, session_id: int, now: datetime) -> Joined:
    """Take the last place in a session's waitlist. Joining again gives the same place, so that a request may be sent twice.

    Raises SessionNotFound, PatientNotInAccount, HealthConsentMissing, PatientWaitsAlready, the Refusal of the first rule that
    speaks against it with the others in its detail, TooBusy.
    """
    if not shown_sessions().filter(pk=session_id).exists():
        raise SessionNotFound()
    bookable_patient(user_id=user.pk, patient_id=patient_id)
    patient, session = lock_patient_and_session(patient_id=patient_id, session_id=session_id)
    # Once more under the lock: the account may have been deleted while it was waited for.
    bookable_patient(user_id=user.pk, patient_id=patient_id)
    entry = WaitlistEntry.objects.filter(session=session, patient=patient, ended_at__isnull=True).first()
    if entry is not None and entry.joined_by_id != user.pk:
        raise PatientWaitsAlready()
    if entry is not None:
        return Joined(entry, is_new=False)
    raise_first(_refusals(user=user, patient=patient, session=session, now=now))
    entry = WaitlistEntry.objects.create(
        hospital_id=session.hospital_id, session=session, patient=patient, joined_by=user, joined_at=now
    )
    # Waiting is wanting a seat that was not there: counted once a patient, whether they tried to book before or not.
    note_refusal(unmet=unmet_demand(session=session, patient_id=patient.pk, now=now), now=now)
    return Joined(entry, is_new=True)


def shown_sessions() -> QuerySet[ClinicSession]:
    """Of what patients are shown: open departments of open hospitals."""
    return ClinicSession.objects.filter(hospital__is_active=True, department__is_active=True)


def _refusals(*, user: User, patient: Patient, session: ClinicSession, now: datetime) -> list[Refusal]:
    policy = effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now)
    # Every window is full: the rules that are asked here look at the patient and the session only.
    slot = Slot.objects.filter(session=session).order_by("starts_at").first() or Slot(session=session)
    attempt = gather_attempt(patient=patient, session=session, slot=slot, policy=policy, now=now)
    length = WaitlistEntry.objects.filter(session=session, ended_at__isnull=True).count()
    found = joining_refusals(
        waitlist=Waitlist(session=session, policy=policy, length=length, now=now),
        attempt=attempt,
        places=places_of(patient=patient, hospital_id=session.hospital_id),
    )
    # An offer that could never be paid for would only keep the seat from others.
    return found if can_pay(user=user, fee_fen=session.fee_fen) else [*found, WeChatIdentityMissing()]


def places_of(*, patient: Patient, hospital_id: int) -> int:
    """How many places the patient has at a hospital, counting offers that are not answered yet."""
    is_open_offer = Q(end=WaitlistEnd.OFFERED, appointment__status=AppointmentStatus.PENDING)
    mine = WaitlistEntry.objects.filter(patient=patient, hospital_id=hospital_id)
    return mine.filter(Q(ended_at__isnull=True) | is_open_offer).count()


@transaction.atomic
def leave_waitlist(*, entry_id: int, user: User, now: datetime) -> WaitlistEntry:
    """Give up a place of the account's. Leaving twice changes nothing more.

    Raises WaitlistEntry.DoesNotExist, also for other accounts' places, PlaceIsOver, TooBusy.
    """
    mine = WaitlistEntry.objects.filter(joined_by=user)
    session_id = mine.values_list("session_id", flat=True).get(pk=entry_id)
    limit_lock_waits()
    with granted_in_time():
        lock_session(session_id)
    # As it is under the lock.
    entry = mine.get(pk=entry_id)
    if entry.end == WaitlistEnd.LEFT:
        return entry
    if entry.ended_at is not None:
        raise PlaceIsOver(state=entry.get_end_display())
    entry.end, entry.ended_at = WaitlistEnd.LEFT, now
    entry.save(update_fields=["end", "ended_at"])
    return entry
