from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Patient
from booking.models import Restriction
from hospitals.availability import Opening
from hospitals.models import BookingPolicy, ClinicSession, Slot


@dataclass(frozen=True, slots=True)
class LiveBooking:
    """One live booking of the patient, as far as the caps look at it."""

    session_id: int
    department_id: int
    visit_date: date


@dataclass(frozen=True, slots=True)
class Attempt:
    """Everything a rule may look at: read under the locks of the patient and the session, never fetched by a rule."""

    patient: Patient
    session: ClinicSession
    slot: Slot
    policy: BookingPolicy
    opening: Opening
    live: Sequence[LiveBooking]
    restriction: Restriction | None
    early_cancellations: int
    now: datetime
