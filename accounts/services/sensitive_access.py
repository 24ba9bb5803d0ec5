"""Looks at what is otherwise masked. Each one leaves a row that says who, whose, which field and why."""

import datetime as dt

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import Patient, SensitiveAccess, User

REASON_MAX_LENGTH = 200


class AccessReasonMissing(Refusal):
    """Nobody looks without saying why."""


def reveal_document_number(*, user: User, patient: Patient, reason: str, now: dt.datetime) -> str:
    """The whole document number, and a row that `user` saw it. Whether they may is for the caller to know."""
    return _reveal(user=user, patient=patient, field="document_number", reason=reason, now=now)


def reveal_phone(*, user: User, patient: Patient, reason: str, now: dt.datetime) -> str:
    """The patient's whole phone number on record, and a row that `user` saw it."""
    return _reveal(user=user, patient=patient, field="phone", reason=reason, now=now)


def record_look(*, user: User, patient: Patient, field: str, reason: str, now: dt.datetime) -> SensitiveAccess:
    """A row that `user` saw what is kept of the patient under `field`, a column of theirs or what belongs to them by that name.

    Raises AccessReasonMissing.
    """
    stated = reason.strip()
    if not 0 < len(stated) <= REASON_MAX_LENGTH:
        raise AccessReasonMissing(field="reason")
    return SensitiveAccess.objects.create(user=user, patient=patient, field=field, reason=stated, at=now)


@transaction.atomic
def _reveal(*, user: User, patient: Patient, field: str, reason: str, now: dt.datetime) -> str:
    record_look(user=user, patient=patient, field=field, reason=reason, now=now)
    value: str = getattr(patient, field)
    return value
