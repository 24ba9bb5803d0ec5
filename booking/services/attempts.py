"""Gathering what the booking rules look at."""

from datetime import datetime, timedelta

from accounts.models import Patient
from booking.models import Appointment
from booking.rules import Attempt
from booking.rules.patient import month_of
from booking.rules.privileges import shares_are_in_force
from booking.selectors import counted_bookings, hot_seats
from booking.services.standing import Footing, footing_of
from hospitals.availability import open_channel
from hospitals.models import BookingPolicy, ClinicSession, Slot
from hospitals.services.policies import effective_policy
from hospitals.services.windows import carry_unused_seats


def make_room(*, session: ClinicSession, slot: Slot, now: datetime) -> None:
    """Let a full window have the seats that windows which are over left behind. The caller holds the session's lock."""
    if now >= session.starts_at and slot.left <= 0:
        carry_unused_seats(session=session, now=now)
        slot.refresh_from_db(fields=["capacity"])


def gather_attempt(
    *,
    patient: Patient,
    session: ClinicSession,
    slot: Slot,
    now: datetime,
    policy: BookingPolicy | None = None,
    leaving: Appointment | None = None,
    footing: Footing | None = None,
) -> Attempt:
    """Read all that `booking.rules` judges. The answer holds as long as the caller holds the patient and the session.

    `policy` is the one in force at `now`, and `footing` the patient's, where the caller knows them already. `leaving` is the
    appointment that the new one takes the place of: it does not count against the caps, and as a move is no new booking, neither
    do early cancellations.
    """
    policy = policy or effective_policy(
        hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now
    )
    month_begins, _ = month_of(now.astimezone(session.hospital.zone))
    counted = counted_bookings(
        patient=patient,
        session=session,
        # The constraint policy_long_span_not_below_short: no cap looks farther.
        reach=timedelta(days=policy.quarter_span_days),
        cancelled_since=month_begins,
        leaving_id=leaving.pk if leaving else None,
    )
    footing = footing or footing_of(hospital_id=session.hospital_id, patient_id=patient.pk, at=now)
    return Attempt(
        patient=patient,
        session=session,
        slot=slot,
        policy=policy,
        opening=open_channel(session, policy, now, tier=footing.tier),
        live=counted.live,
        tier=footing.tier,
        pause=footing.pause,
        hot_seats=hot_seats(session=session, policy=policy) if shares_are_in_force(session, policy, now) else None,
        early_cancellations=0 if leaving else counted.early_cancellations,
        now=now,
    )
