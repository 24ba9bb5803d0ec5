"""A new appointment in the place of a called-off one: the chain, the seat and the money go along."""

from dataclasses import dataclass
from datetime import datetime

from accounts.ages import age_on
from booking.models import Appointment, AppointmentStatus, Channel, EventKind
from booking.services.cancellation import call_off
from booking.services.chains import carry_credit, credit_of, give_up_waiting_move
from booking.services.seats import take_seat
from booking.services.transitions import Actor, record_event
from hospitals.models import BookingPolicy, ClinicSession, Slot


@dataclass(frozen=True, slots=True)
class Place:
    """Where the new appointment is: a window of a session that the caller has locked, and what it costs the patient."""

    session: ClinicSession
    slot: Slot
    channel: Channel
    policy: BookingPolicy
    fee_fen: int
    cancel_deadline: datetime


def rebook(*, old: Appointment, place: Place, reason: str, actor: Actor, now: datetime) -> tuple[Appointment, int]:
    """Book `place` for the patient of `old`, a locked appointment that is booked or whose patient is there, and call `old` off in
    the hospital's name.

    Returns the new appointment and what goes back to the payer, in fen. Nothing is to be paid: `place.fee_fen` is at most the
    old fee, the order goes over to the new appointment and the difference is refunded. A move of the hospital's making does
    not count as one of the patient's.
    """
    assert place.fee_fen <= old.fee_fen
    give_up_waiting_move(old)
    new = _write(old, place, now)
    record_event(
        appointment=new, kind=EventKind.BOOKED, actor=actor, now=now, detail={"channel": new.channel, "moved_from": old.code}
    )
    refund_fen = carry_credit(credit=credit_of(old), following=new, now=now)
    # Nothing is left to be paid back with the old one: its order went along, or was paid back just now.
    refund_fen += call_off(appointment=old, actor=actor, reason=reason, now=now, kind=EventKind.MOVED)
    return new, refund_fen


def _write(old: Appointment, place: Place, now: datetime) -> Appointment:
    session, born = place.session, old.patient.birth_date
    return Appointment.objects.create(
        hospital=session.hospital,
        session=session,
        slot=place.slot,
        patient=old.patient,
        booked_by_id=old.booked_by_id,
        policy=place.policy,
        department=session.department,
        doctor=session.doctor,
        visit_date=session.visit_date,
        channel=place.channel,
        number=take_seat(session=session, slot=place.slot, channel=place.channel),
        status=AppointmentStatus.BOOKED,
        fee_fen=place.fee_fen,
        created_at=now,
        booked_at=now,
        cancel_deadline=place.cancel_deadline,
        age_at_visit=age_on(born, session.visit_date) if born else None,
        is_return_visit=old.is_return_visit,
        tier=old.tier,
        rescheduled_from=old,
        move_count=old.move_count,
    )
