"""Handing an appeal in, adding to its proof, taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from accounts.selectors import bookable_patient
from booking.locks import granted_in_time, limit_lock_waits, lock_appeal, lock_patient
from booking.models import Appeal, AppealCause, AppealProof, AppealState, Appointment, EventKind, Restriction
from booking.services.appeals.subjects import (
    deadline_of_appointment,
    deadline_of_restriction,
    refusal_of_appointment,
    refusal_of_restriction,
)
from booking.services.proofs import Picture, drawn_anew, ensure_not_too_many, refuse_repeated, store_proofs
from booking.services.transitions import patient_actor, record_event

STATEMENT_MAX_LENGTH = 500


class AppealSubjectNotFound(Refusal):
    """There is no such appointment or pause, or it is another account's."""


class StatementMissing(Refusal):
    """An appeal says in words what happened."""


class AppealNotPending(Refusal):
    """The appeal was decided or taken back before."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What an appeal is about."""

    hospital_id: int
    patient_id: int
    until: datetime
    appointment: Appointment | None = None
    restriction: Restriction | None = None


def file_appeal(
    *,
    user: User,
    cause: AppealCause,
    statement: str,
    now: datetime,
    appointment_code: str | None = None,
    restriction_id: int | None = None,
    proofs: Sequence[bytes] = (),
) -> Appeal:
    """Appeal against an appointment's outcome or against a pause, one of the two, with pictures as proof.

    Pictures are drawn anew before anything is locked or written, and only for somebody who may appeal. Raises
    AppealSubjectNotFound, PatientNotInAccount, HealthConsentMissing, StatementMissing, NotAppealable, RestrictionIsOver,
    AppealTooLate, AlreadyAppealed, ProofRefused, TooBusy.
    """
    told = statement.strip()
    if not 0 < len(told) <= STATEMENT_MAX_LENGTH:
        raise StatementMissing(limit=STATEMENT_MAX_LENGTH)
    subject = _find_subject(user=user, appointment_code=appointment_code, restriction_id=restriction_id, now=now)
    ensure_not_too_many(len(proofs))
    pictures = [drawn_anew(content, place=place) for place, content in enumerate(proofs, start=1)]
    refuse_repeated(pictures)
    return _write(user, subject, cause, told, pictures, now)


def _find_subject(*, user: User, appointment_code: str | None, restriction_id: int | None, now: datetime) -> _Subject:
    if appointment_code is not None:
        assert restriction_id is None, "an appeal is about one thing"
        return _of_appointment(user, appointment_code, now)
    assert restriction_id is not None, "an appeal is about something"
    return _of_restriction(user, restriction_id, now)


def _of_appointment(user: User, code: str, now: datetime) -> _Subject:
    mine = Appointment.objects.booked_by_account(user).select_related("hospital", "policy")
    appointment = mine.filter(code=code).first()
    if appointment is None:
        raise AppealSubjectNotFound()
    bookable_patient(user_id=user.pk, patient_id=appointment.patient_id)
    standing = Appeal.objects.filter(appointment=appointment).exclude(state=AppealState.WITHDRAWN).first()
    refusal = refusal_of_appointment(appointment, standing, now=now)
    if refusal is not None:
        raise refusal
    until = deadline_of_appointment(appointment)
    return _Subject(appointment.hospital_id, appointment.patient_id, until, appointment=appointment)


def _of_restriction(user: User, restriction_id: int, now: datetime) -> _Subject:
    mine = Restriction.objects.filter(
        patient__account_links__user=user, patient__account_links__removed_at__isnull=True
    ).select_related("hospital")
    restriction = mine.filter(pk=restriction_id).first()
    if restriction is None:
        raise AppealSubjectNotFound()
    bookable_patient(user_id=user.pk, patient_id=restriction.patient_id)
    standing = Appeal.objects.filter(restriction=restriction).exclude(state=AppealState.WITHDRAWN).first()
    until = deadline_of_restriction(restriction)
    refusal = refusal_of_restriction(restriction, standing, until, now=now)
    if refusal is not None:
        raise refusal
    return _Subject(restriction.hospital_id, restriction.patient_id, until, restriction=restriction)


@transaction.atomic
def _write(
    user: User, subject: _Subject, cause: AppealCause, statement: str, pictures: Sequence[Picture], now: datetime
) -> Appeal:
    limit_lock_waits()
    with granted_in_time():
        # Whoever corrects an outcome or decides an appeal of this patient holds it too.
        lock_patient(subject.patient_id)
    # As it is now: drawing takes a while, and somebody may have been quicker.
    subject = _find_subject(
        user=user,
        appointment_code=subject.appointment.code if subject.appointment else None,
        restriction_id=subject.restriction.pk if subject.restriction else None,
        now=now,
    )
    appeal = Appeal.objects.create(
        hospital_id=subject.hospital_id,
        patient_id=subject.patient_id,
        appointment=subject.appointment,
        restriction=subject.restriction,
        by=user,
        cause=cause,
        statement=statement,
        created_at=now,
        until=subject.until,
    )
    store_proofs(appeal=appeal, pictures=pictures, now=now)
    _tell(appeal, EventKind.APPEALED, user, now)
    return appeal


def add_proof(*, user: User, appeal_id: int, content: bytes, now: datetime) -> AppealProof:
    """Add one picture to an appeal of the account that waits. Raises AppealSubjectNotFound, AppealNotPending, ProofRefused."""
    _refuse_unless_pending(_own(user, appeal_id))
    picture = drawn_anew(content, place=1)
    with transaction.atomic():
        appeal = lock_appeal(appeal_id)
        _refuse_unless_pending(appeal)
        (proof,) = store_proofs(appeal=appeal, pictures=[picture], now=now)
    return proof


@transaction.atomic
def withdraw_appeal(*, user: User, appeal_id: int, now: datetime) -> Appeal:
    """Take back an appeal that waits; its pictures are deleted. Until the deadline there may be another.

    Twice is fine. Raises AppealSubjectNotFound, AppealNotPending, TooBusy.
    """
    patient_id = _own(user, appeal_id).patient_id
    limit_lock_waits()
    with granted_in_time():
        lock_patient(patient_id)
    appeal = lock_appeal(appeal_id)
    if appeal.state == AppealState.WITHDRAWN:
        return appeal
    _refuse_unless_pending(appeal)
    appeal.state = AppealState.WITHDRAWN
    appeal.save(update_fields=["state"])
    appeal.proofs.all().delete()
    _tell(appeal, EventKind.APPEAL_WITHDRAWN, user, now)
    return appeal


def _own(user: User, appeal_id: int) -> Appeal:
    appeal = Appeal.objects.filter(pk=appeal_id, by=user).first()
    if appeal is None:
        raise AppealSubjectNotFound()
    return appeal


def _refuse_unless_pending(appeal: Appeal) -> None:
    if appeal.state != AppealState.PENDING:
        raise AppealNotPending(state=AppealState(appeal.state).label)


def _tell(appeal: Appeal, kind: EventKind, user: User, now: datetime) -> None:
    """An appeal against a pause belongs to no appointment: its own row tells its story."""
    appointment = appeal.appointment
    if appointment is not None:
        record_event(
            appointment=appointment,
            kind=kind,
            actor=patient_actor(user),
            now=now,
            from_status=appointment.status,
            detail={"appeal": appeal.pk, "cause": appeal.cause},
        )
