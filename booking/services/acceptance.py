"""A held seat becomes a booking: by the payment, or, where an offered seat costs nothing, by the patient's word."""

from datetime import datetime

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from accounts.selectors import bookable_patient
from booking.locks import lock_appointment, lock_patient_of
from booking.models import Appointment, AppointmentStatus, EventKind
from booking.services.transitions import Actor, move_to, patient_actor

# An offer that was taken stays taken, whatever the visit has come to since.
ACCEPTED_STATUSES = (
    AppointmentStatus.BOOKED,
    AppointmentStatus.ARRIVED,
    AppointmentStatus.CHECKED_IN,
    AppointmentStatus.FULFILLED,
)


class AcceptedByPaying(Refusal):
    """A fee is due: the seat is accepted by paying it, no word does instead."""


class OfferEnded(Refusal):
    """The offer ran out or was withdrawn, and its seat has gone on or is about to."""


@transaction.atomic
def accept_offer(*, appointment_id: int, user: User, now: datetime) -> Appointment:
    """Book a free seat that was offered to a patient of `user` (候补, 加号). Accepting twice changes nothing more.

    What is pending and costs nothing can only be an offer: any other free seat is booked at once.
    Raises Appointment.DoesNotExist, AcceptedByPaying, OfferEnded, PatientNotInAccount, HealthConsentMissing, TooBusy.
    """
    # Whoever withdraws the consent or deletes the account holds the patient as well.
    lock_patient_of(appointment_id)
    appointment, _ = lock_appointment(appointment_id)
    if appointment.status in ACCEPTED_STATUSES:
        return appointment
    if not is_held(appointment, now):
        raise OfferEnded()
    if appointment.fee_fen:
        raise AcceptedByPaying()
    bookable_patient(user_id=user.pk, patient_id=appointment.patient_id)
    confirm(appointment=appointment, actor=patient_actor(user), now=now)
    return appointment


def is_held(appointment: Appointment, now: datetime) -> bool:
    """Whether its seat is still held for the patient, also before the sweep has come by."""
    until = appointment.hold_expires_at
    return appointment.status == AppointmentStatus.PENDING and until is not None and now < until


def confirm(*, appointment: Appointment, actor: Actor, now: datetime) -> None:
    """Book a locked, pending appointment for good. Raises TransitionRefused."""
    move_to(
        appointment=appointment,
        status=AppointmentStatus.BOOKED,
        kind=EventKind.BOOKED,
        actor=actor,
        now=now,
        fields={"booked_at": now, "hold_expires_at": None},
    )
