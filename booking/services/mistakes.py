"""Appointments that should never have been: test bookings, duplicates, the wrong person (录入错误)."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from booking.locks import lock_appointment, lock_standing
from booking.models import (
    Appeal,
    AppealState,
    Appointment,
    AppointmentStatus,
    Entitlement,
    EventKind,
    Outcome,
    SuspensionChoice,
)
from booking.services.chains import give_up_waiting_move
from booking.services.outcomes import (
    REASON_MAX_LENGTH,
    AppealIsPending,
    CorrectionReasonMissing,
    ensure_in_charge,
    give_back_the_rest,
)
from booking.services.queue.joining import leave_queue
from booking.services.rejudging import rejudge_pauses
from booking.services.restrictions import pauses_by_the_rule
from booking.services.returns import free_seat
from booking.services.transitions import move_to, staff_actor

WHY = "预约为录入错误"


@transaction.atomic
def enter_in_error(*, appointment_id: int, by: User, reason: str, now: datetime) -> Appointment:
    """Mark an appointment as entered in error, before or after its visit: it counts for nothing, its seat is free, all that was
    paid goes back, and what it brought (a pause, a coupon that is not used) falls away with it.

    One that was cancelled took nothing and stays as it is. Raises NotInCharge, CorrectionReasonMissing, AppealIsPending,
    TransitionRefused, TooBusy, Appointment.DoesNotExist.
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
    pauses, before = pauses_by_the_rule(hospital=hospital, patient_id=patient_id, now=now), appointment.outcome
    actor = staff_actor(by)
    move_to(
        appointment=appointment,
        status=AppointmentStatus.ENTERED_IN_ERROR,
        kind=EventKind.CORRECTED,
        actor=actor,
        now=now,
        fields={"outcome": Outcome.VOID, "closed_at": appointment.closed_at or now},
        detail={"outcome": Outcome.VOID, "reason": told} | ({"outcome_before": before} if before else {}),
    )
    give_up_waiting_move(appointment)
    leave_queue(appointment=appointment, actor=actor, now=now)
    free_seat(appointment=appointment, now=now)
    SuspensionChoice.objects.filter(appointment=appointment, choice="").delete()
    _take_back_coupons(appointment, now)
    give_back_the_rest(appointment=appointment, reason=WHY, now=now)
    if before == Outcome.MISSED:
        day = appointment.visit_date
        why = f"{day:%Y-%m-%d} 的{WHY}，爽约次数不再达到上限"
        rejudge_pauses(hospital=hospital, patient_id=patient_id, miss_date=day, before=pauses, reason=why, now=now)
    return appointment


def _take_back_coupons(appointment: Appointment, now: datetime) -> None:
    """Those that nobody has used."""
    unused = Entitlement.objects.filter(earned_by=appointment, used_at__isnull=True, withdrawn_at__isnull=True)
    unused.update(withdrawn_at=now, withdrawn_reason=WHY)
