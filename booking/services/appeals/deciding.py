"""A named member of staff decides."""

from datetime import datetime

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from booking.locks import lock_appeal, lock_appointment, lock_standing
from booking.models import Appeal, AppealState, Appointment, EventKind, Outcome, Restriction
from booking.services.appeals.filing import AppealNotPending
from booking.services.outcomes import change_outcome, ensure_in_charge
from booking.services.restrictions import lift_restriction
from booking.services.transitions import record_event, staff_actor
from hospitals.models import Hospital

DECISION_MAX_LENGTH = 500
LIFTED_REASON_MAX_LENGTH = 200
VERDICTS = (AppealState.UPHELD, AppealState.PARTLY_UPHELD, AppealState.REJECTED)


class DecisionMissing(Refusal):
    """The patient is told in words how it was decided and why."""


class VerdictUnfit(Refusal):
    """This verdict makes no sense for what the appeal is about."""


@transaction.atomic
def decide_appeal(
    *, appeal_id: int, by: User, verdict: AppealState, decision: str, now: datetime, attended: bool = False
) -> Appeal:
    """Decide an appeal, once, and do what follows from it.

    Of an appointment: upheld makes it void, or fulfilled where `attended` says that the patient was there after all; partly
    upheld makes a miss unattended. Of a pause: upheld lifts it. Rejected changes nothing.

    Raises DecisionMissing, NotInCharge, AppealNotPending, VerdictUnfit, OutcomeNotCorrectable, TooBusy, Appeal.DoesNotExist.
    """
    told = decision.strip()
    if not 0 < len(told) <= DECISION_MAX_LENGTH:
        raise DecisionMissing(limit=DECISION_MAX_LENGTH)
    asked = Appeal.objects.get(pk=appeal_id)
    ensure_in_charge(user=by, hospital_id=asked.hospital_id)
    hospital = lock_standing(hospital_id=asked.hospital_id, patient_id=asked.patient_id)
    appointment = lock_appointment(asked.appointment_id)[0] if asked.appointment_id else None
    appeal = lock_appeal(appeal_id)
    if appeal.state != AppealState.PENDING:
        raise AppealNotPending(state=AppealState(appeal.state).label)
    _refuse_unfit(verdict, attended, appointment)
    appeal.state, appeal.decision, appeal.decided_by, appeal.decided_at = verdict, told, by, now
    appeal.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    if appointment is not None:
        _settle(appointment, hospital, appeal, attended, by, now)
    elif appeal.restriction_id is not None and verdict == AppealState.UPHELD:
        _lift(appeal.restriction_id, told, now)
    return appeal


def _refuse_unfit(verdict: AppealState, attended: bool, appointment: Appointment | None) -> None:
    is_verdict = verdict in VERDICTS
    has_parts = verdict != AppealState.PARTLY_UPHELD or appointment is not None
    may_be_attended = not attended or (verdict == AppealState.UPHELD and appointment is not None)
    if not (is_verdict and has_parts and may_be_attended):
        raise VerdictUnfit(verdict=AppealState(verdict).label)


def _settle(appointment: Appointment, hospital: Hospital, appeal: Appeal, attended: bool, by: User, now: datetime) -> None:
    facts = {"appeal": appeal.pk, "verdict": appeal.state, "reason": appeal.decision}
    kind, actor = EventKind.APPEAL_DECIDED, staff_actor(by)
    match appeal.state:
        case AppealState.UPHELD:
            outcome = Outcome.FULFILLED if attended else Outcome.VOID
        case AppealState.PARTLY_UPHELD:
            outcome = Outcome.UNATTENDED
        case _:
            record_event(appointment=appointment, kind=kind, actor=actor, now=now, from_status=appointment.status, detail=facts)
            return
    change_outcome(appointment=appointment, hospital=hospital, outcome=outcome, kind=kind, actor=actor, facts=facts, now=now)


def _lift(restriction_id: int, decision: str, now: datetime) -> None:
    """Lift the pause, unless it has ended or was lifted while the appeal waited."""
    restriction = Restriction.objects.select_for_update(of=("self",), no_key=True).get(pk=restriction_id)
    if restriction.lifted_at is None and restriction.ends_at > now:
        reason = f"申诉成立：{decision}"[:LIFTED_REASON_MAX_LENGTH]
        lift_restriction(restriction_id=restriction_id, reason=reason, now=now)
