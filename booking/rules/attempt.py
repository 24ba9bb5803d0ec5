from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import Patient
from hospitals.availability import Opening
from hospitals.models import BookingPolicy, ClinicSession, Slot


@dataclass(frozen=True, slots=True)
class LiveBooking:
    """One live booking of the patient, as far as the caps look at it."""

    session_id: int
    department_id: int
    visit_date: date


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause of the patient's booking that is in force, and the misses that led to it."""

    ends_at: datetime
    missed_count: int


@dataclass(frozen=True, slots=True)
class HotSeats:
    """Who sits in a hot session already, as far as its shares look at it: by the tier and the age they were booked with."""

    of_tier_a: int
    of_tier_b: int
    # Unrated patients and those of the age for which a share is kept.
    of_reserve: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """Everything a rule may look at: read under the locks of the patient and the session, never fetched by a rule."""

    patient: Patient
    session: ClinicSession
    slot: Slot
    policy: BookingPolicy
    opening: Opening
    live: Sequence[LiveBooking]
    tier: str
    pause: Pause | None
    # None where no share of the session is kept for anybody.
    hot_seats: HotSeats | None
    early_cancellations: int
    now: datetime
