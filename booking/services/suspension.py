"""Suspending a clinic session (停诊) and taking it back (恢复出诊)."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from booking.locks import TooBusy, granted_in_time, limit_lock_waits
from booking.models import Appointment, AppointmentStatus, EventKind, PaymentOrder, Suspension, SuspensionChoice
from booking.services.cancellation import PRESENT_STATUSES, call_off
from booking.services.orders import PaymentUnavailable, close_order
from booking.services.substitutes import SubstituteUnfit, why_unfit
from booking.services.transitions import Actor, record_event, staff_actor
from hospitals.locks import lock_session
from hospitals.models import BookingPolicy, ClinicSession, SessionStatus
from hospitals.services.policies import effective_policy

logger = logging.getLogger(__name__)


class SessionNotSuspendable(Refusal):
    """The session is suspended already, or over."""


class SessionNotSuspended(Refusal):
    """The session is not suspended, or its day is over: there is nothing to take back."""


class ChoicesMade(Refusal):
    """Patients have chosen, or the default was applied: the suspension stands."""


@dataclass(frozen=True, slots=True)
class Suspended:
    """How many patients who have not come yet have a choice now, how many unpaid holds were withdrawn, and how many patients are
    there already, for staff to see to.
    """

    suspension: Suspension
    to_choose: int
    withdrawn: int
    present: int


def suspend_session(
    *, session_id: int, reason: str, by: User, now: datetime, substitute_session_id: int | None = None
) -> Suspended:
    """Stop a session: nothing more is booked, every booking gets a choice until a deadline, unpaid holds are withdrawn.

    Who has checked in stays: they choose as well, and as they sit at the hospital, its staff may choose with them
    (booking.services.choices) until the day is closed.
    Raises ClinicSession.DoesNotExist, SessionNotSuspendable, SubstituteUnfit, TooBusy.
    """
    suspended, order_ids = _suspend(session_id, substitute_session_id, reason, by, now)
    _close_orders(order_ids, now)
    return suspended


@transaction.atomic
def _suspend(
    session_id: int, substitute_session_id: int | None, reason: str, by: User, now: datetime
) -> tuple[Suspended, list[int]]:
    session = _lock(session_id)
    if session.status != SessionStatus.ACTIVE or now >= session.ends_at:
        raise SessionNotSuspendable()
    substitute = _fit_substitute(session, substitute_session_id, now)
    policy = effective_policy(hospital_id=session.hospital_id, registration_type_id=session.registration_type_id, at=now)
    suspension = Suspension.objects.create(
        session=session,
        hospital=session.hospital,
        reason=reason,
        by=by,
        at=now,
        substitute_session=substitute,
        choose_until=choice_deadline(session=session, policy=policy, now=now),
    )
    session.status = SessionStatus.SUSPENDED
    session.save(update_fields=["status"])
    booked, pending, present = _by_status(session)
    _offer_choices(suspension, [*booked, *present], staff_actor(by), now)
    for appointment in pending:
        call_off(appointment=appointment, actor=staff_actor(by), reason=f"停诊：{reason}"[:200], now=now)
    order_ids = list(PaymentOrder.objects.filter(appointment__in=pending).values_list("pk", flat=True))
    return Suspended(suspension, len(booked), len(pending), len(present)), order_ids


def _lock(session_id: int) -> ClinicSession:
    limit_lock_waits()
    with granted_in_time():
        return lock_session(session_id)


def _fit_substitute(session: ClinicSession, substitute_id: int | None, now: datetime) -> ClinicSession | None:
    """Only read, not locked: a seat is taken from it when a patient accepts, under its lock."""
    if substitute_id is None:
        return None
    substitute = ClinicSession.objects.select_related("doctor", "hospital").get(pk=substitute_id)
    if objection := why_unfit(session=session, substitute=substitute, now=now):
        raise SubstituteUnfit(reason=objection)
    return substitute


def choice_deadline(*, session: ClinicSession, policy: BookingPolicy, now: datetime) -> datetime:
    """Until when patients may choose: some hours (policy), at most until the session starts, or ends where it is running."""
    last = session.starts_at if now < session.starts_at else session.ends_at
    return min(now + timedelta(hours=policy.suspension_choice_hours), last)


def _by_status(session: ClinicSession) -> tuple[list[Appointment], list[Appointment], list[Appointment]]:
    """The session's locked appointments: booked, pending, and of patients who are there."""
    with granted_in_time():
        live = list(
            Appointment.objects.select_for_update(of=("self",), no_key=True)
            .select_related("slot", "patient", "policy")
            .filter(session=session)
            .live()
            .order_by("pk")
        )
    for appointment in live:
        appointment.session = session
    booked = [appointment for appointment in live if appointment.status == AppointmentStatus.BOOKED]
    pending = [appointment for appointment in live if appointment.status == AppointmentStatus.PENDING]
    return booked, pending, [appointment for appointment in live if appointment.status in PRESENT_STATUSES]


def _offer_choices(suspension: Suspension, appointments: list[Appointment], actor: Actor, now: datetime) -> None:
    SuspensionChoice.objects.bulk_create(
        SuspensionChoice(suspension=suspension, appointment=appointment) for appointment in appointments
    )
    until = suspension.choose_until.astimezone(suspension.hospital.zone)
    for appointment in appointments:
        record_event(
            appointment=appointment,
            kind=EventKind.SUSPENDED,
            actor=actor,
            now=now,
            from_status=appointment.status,
            detail={"reason": suspension.reason, "choose_until": f"{until:%Y-%m-%d %H:%M}"},
        )


def _close_orders(order_ids: Iterable[int], now: datetime) -> None:
    """After the commit: make the withdrawn holds unpayable. Where WeChat does not answer, the sweep closes the rest."""
    for order_id in order_ids:
        try:
            close_order(order_id=order_id, now=now)
        except (PaymentUnavailable, TooBusy):
            logger.warning("Order %s of a suspended session could not be closed yet, the sweep will come back", order_id)
            return


@transaction.atomic
def restore_session(*, session_id: int, by: User, now: datetime) -> int:
    """Hold a suspended session after all, as long as nobody has chosen. Returns how many bookings stand again.

    Raises ClinicSession.DoesNotExist, SessionNotSuspended, ChoicesMade, TooBusy.
    """
    session = _lock(session_id)
    suspension = Suspension.objects.filter(session=session).first()
    if suspension is None or session.status != SessionStatus.SUSPENDED or now >= session.ends_at:
        raise SessionNotSuspended()
    choices = list(suspension.choices.select_related("appointment").order_by("pk"))
    if any(choice.choice for choice in choices):
        raise ChoicesMade()
    session.status = SessionStatus.ACTIVE
    session.save(update_fields=["status"])
    for choice in choices:
        record_event(
            appointment=choice.appointment,
            kind=EventKind.CORRECTED,
            actor=staff_actor(by),
            now=now,
            from_status=choice.appointment.status,
            detail={"restored": True},
        )
    suspension.delete()
    return len(choices)
