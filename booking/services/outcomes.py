"""Correcting what a closed appointment came to: by staff of their own accord, or because an appeal was upheld."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from booking.locks import lock_appointment, lock_order, lock_standing
from booking.models import (
    Appeal,
    AppealState,
    Appointment,
    AppointmentStatus,
    EventKind,
    OrderState,
    Outcome,
    PaymentOrder,
)
from booking.services.refunds import request_refund
from booking.services.rejudging import rejudge_pauses
from booking.services.restrictions import pauses_by_the_rule
from booking.services.transitions import Actor, move_to, record_event, staff_actor
from hospitals.models import Hospital, StaffMembership, StaffRole

REASON_MAX_LENGTH = 200
# Who may judge at a hospital.
JUDGING_ROLES = (StaffRole.ADMINISTRATOR, StaffRole.CLINIC_OFFICE)

# What counts against a patient, and what it may be corrected to. An early cancellation breaks no rule, and what was never
# held against anybody stays as it is.
CORRECTIONS: dict[Outcome, frozenset[Outcome]] = {
    Outcome.MISSED: frozenset({Outcome.VOID, Outcome.UNATTENDED, Outcome.FULFILLED}),
    Outcome.UNATTENDED: frozenset({Outcome.VOID, Outcome.FULFILLED}),
}


class NotInCharge(Refusal):
    """Outcomes and appeals are judged by the hospital's administrators and its clinic office."""


class CorrectionReasonMissing(Refusal):
    """Why an outcome is corrected is not said."""


class OutcomeNotCorrectable(Refusal):
    """The present outcome cannot become the wanted one."""


class AppealIsPending(Refusal):
    """The patient has appealed against this outcome: the appeal is to be decided instead."""


@transaction.atomic
def reclassify(*, appointment_id: int, outcome: Outcome, by: User, reason: str, now: datetime) -> Appointment:
    """Correct a closed appointment's outcome, with its history, and judge the pauses anew that a miss gave.

    Raises NotInCharge, CorrectionReasonMissing, AppealIsPending, OutcomeNotCorrectable, TooBusy, Appointment.DoesNotExist.
    """
    told = reason.strip()
    if not 0 < len(told) <= REASON_MAX_LENGTH:
        raise CorrectionReasonMissing(field="reason")
    hospital_id, patient_id = Appointment.objects.values_list("hospital_id", "patient_id").get(pk=appointment_id)
    ensure_in_charge(user=by, hospital_id=hospital_id)
    hospital = lock_standing(hospital_id=hospital_id, patient_id=patient_id)
    appointment, _ = lock_appointment(appointment_id)
    if Appeal.objects.filter(appointment=appointment, state=AppealState.PENDING).exists():
        raise AppealIsPending()
    change_outcome(
        appointment=appointment,
        hospital=hospital,
        outcome=outcome,
        kind=EventKind.CORRECTED,
        actor=staff_actor(by),
        facts={"reason": told},
        now=now,
    )
    return appointment


def ensure_in_charge(*, user: User, hospital_id: int) -> None:
    """Raise NotInCharge unless the person may judge at this hospital."""
    if not (user.is_active and user.is_staff):
        raise NotInCharge()
    mine = StaffMembership.objects.filter(user=user, hospital_id=hospital_id, role__in=JUDGING_ROLES)
    if not (user.is_superuser or mine.exists()):
        raise NotInCharge()


def change_outcome(
    *,
    appointment: Appointment,
    hospital: Hospital,
    outcome: Outcome,
    kind: EventKind,
    actor: Actor,
    facts: dict[str, Any],
    now: datetime,
) -> None:
    """Write another outcome and what follows from it: the event, the pauses, and what a withdrawal that is void now kept of the
    fee. The caller holds the standing (booking.locks.lock_standing) and the appointment. Raises OutcomeNotCorrectable.
    """
    before = refuse_unless_correctable(appointment, outcome)
    pauses = pauses_by_the_rule(hospital=hospital, patient_id=appointment.patient_id, now=now)
    detail = {**facts, "outcome_before": before, "outcome": outcome}
    if outcome == Outcome.FULFILLED:
        fields = {"outcome": outcome}
        move_to(
            appointment=appointment,
            status=AppointmentStatus.FULFILLED,
            kind=kind,
            actor=actor,
            now=now,
            fields=fields,
            detail=detail,
        )
    else:
        appointment.outcome = outcome
        appointment.save(update_fields=["outcome"])
        record_event(appointment=appointment, kind=kind, actor=actor, now=now, from_status=appointment.status, detail=detail)
    if before == Outcome.MISSED:
        rejudge_pauses(
            hospital=hospital,
            patient_id=appointment.patient_id,
            miss_date=appointment.visit_date,
            before=pauses,
            reason=f"{appointment.visit_date:%Y-%m-%d} 的失约记录已更正为“{outcome.label}”，爽约次数不再达到上限",
            now=now,
        )
    if outcome == Outcome.VOID and appointment.status == AppointmentStatus.CANCELLED:
        give_back_the_rest(appointment=appointment, reason="履约记录豁免", now=now)


def refuse_unless_correctable(appointment: Appointment, outcome: Outcome) -> Outcome:
    """The present outcome. Raises OutcomeNotCorrectable."""
    # An appointment that is not closed has none.
    before = Outcome(appointment.outcome) if appointment.outcome else None
    # Whoever withdrew was not there after all.
    is_impossible = outcome == Outcome.FULFILLED and appointment.status != AppointmentStatus.NOSHOW
    if before is None or is_impossible or outcome not in CORRECTIONS.get(before, frozenset()):
        raise OutcomeNotCorrectable(outcome=before.label if before else "未结束", wanted=outcome.label)
    return before


def give_back_the_rest(*, appointment: Appointment, reason: str, now: datetime) -> None:
    """Owe the payer all that was paid and has not gone back: a withdrawal that is void owes nothing, nor does what never should
    have been. A visit that was missed keeps its fee, void or not: its seat was used up."""
    order_id = PaymentOrder.objects.filter(appointment=appointment).values_list("pk", flat=True).first()
    if order_id is None:
        return
    order = lock_order(order_id)
    order.appointment = appointment
    kept_fen = order.paid_fen - order.refunded_fen
    if order.state == OrderState.PAID and kept_fen > 0:
        request_refund(order=order, amount_fen=kept_fen, reason=reason, now=now)
