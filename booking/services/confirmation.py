"""Telephone confirmation of bookings by patients of tier D: staff call, and what nobody confirmed in time is released."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from booking.locks import TooBusy, lock_appointment
from booking.models import Appointment, AppointmentStatus, EventKind, Tier
from booking.rules import Attempt
from booking.services.cancellation import withdraw_unused
from booking.services.transitions import record_event, staff_actor
from hospitals.availability import advance_closes_at
from hospitals.models import ClinicSession, SessionStatus

logger = logging.getLogger(__name__)

REASON = "未能电话确认"


class NothingToConfirm(Refusal):
    """The appointment needs no confirmation, or is not booked (any more)."""


def confirmation_deadline(*, attempt: Attempt, booked_at: datetime) -> datetime | None:
    """Until when staff must have confirmed a booking that stands from `booked_at` at the latest; None where nobody has to.

    Some hours after the booking (policy), at most until next-day booking closes on the eve of the visit, so that a seat which is
    released then can still be booked. Who books on the eve or later is not asked: no working day is left to reach them.
    """
    session, policy = attempt.session, attempt.policy
    hours = policy.phone_confirmation_hours_d
    if attempt.tier != Tier.D or not hours:
        return None
    if session.visit_date - session.local_date(booked_at) <= timedelta(days=1):
        return None
    return min(booked_at + timedelta(hours=hours), advance_closes_at(session, policy))


@transaction.atomic
def confirm_by_phone(*, appointment_id: int, by: User, now: datetime) -> Appointment:
    """Note that a member of staff reached the patient, who will come. Confirming twice changes nothing more.

    Also after the deadline, as long as the sweep has not come by. Raises Appointment.DoesNotExist, NothingToConfirm, TooBusy.
    """
    appointment, _ = lock_appointment(appointment_id)
    if appointment.status != AppointmentStatus.BOOKED or appointment.confirm_by is None:
        raise NothingToConfirm(status=AppointmentStatus(appointment.status).label)
    if appointment.confirmed_at is not None:
        return appointment
    appointment.confirmed_at, appointment.confirmed_by = now, by
    appointment.save(update_fields=["confirmed_at", "confirmed_by"])
    record_event(
        appointment=appointment, kind=EventKind.CONFIRMED, actor=staff_actor(by), now=now, from_status=appointment.status
    )
    return appointment


def release_unconfirmed(*, now: datetime) -> int:
    """Withdraw the bookings that nobody confirmed in time: all that was paid goes back, nothing is counted against the patient.

    Returns how many. Sessions that are suspended have other questions for their patients.
    """
    due = Appointment.objects.filter(
        status=AppointmentStatus.BOOKED,
        confirm_by__lte=now,
        confirmed_at__isnull=True,
        session__status=SessionStatus.ACTIVE,
    )
    released = 0
    for appointment_id in due.order_by("confirm_by", "pk").values_list("pk", flat=True):
        try:
            released += _release(appointment_id, now)
        except TooBusy:
            logger.warning("Appointment %s could not be released yet, the sweep will come back", appointment_id)
    return released


@transaction.atomic
def _release(appointment_id: int, now: datetime) -> bool:
    appointment, session = lock_appointment(appointment_id)
    if not _is_due(appointment, session, now):
        # Confirmed, withdrawn, moved or suspended meanwhile.
        return False
    withdraw_unused(appointment=appointment, reason=REASON, now=now, kind=EventKind.CONFIRMATION_LAPSED)
    return True


def _is_due(appointment: Appointment, session: ClinicSession, now: datetime) -> bool:
    if appointment.status != AppointmentStatus.BOOKED or appointment.confirmed_at is not None:
        return False
    if session.status != SessionStatus.ACTIVE or session.local_date(now) >= session.visit_date:
        # On the visit day, after a sweep that was late, the patient may be on the way.
        return False
    return appointment.confirm_by is not None and appointment.confirm_by <= now
