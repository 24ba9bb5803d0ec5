"""Consents: given to a text in its version, for the account or for one of its patients; never edited, only withdrawn."""

import datetime as dt
from collections.abc import Collection

from django.conf import settings
from django.db import transaction

from accounts.errors import Refusal
from accounts.locks import lock_account, lock_patients
from accounts.models import Consent, ConsentKind, Patient, User
from accounts.selectors import linked_patient

# What is agreed once for the account; everything else concerns one patient.
ACCOUNT_KINDS = frozenset({ConsentKind.PRIVACY_POLICY})


class ConsentVersionOutdated(Refusal):
    """Another text was shown than the one in force. Detail: `version`, the one in force."""


class ConsentPatientMissing(Refusal):
    """This kind of consent is given for a patient."""


class ConsentPatientUnexpected(Refusal):
    """This kind of consent is given for the account, not for a patient."""


class ConsentNotFound(Refusal):
    """No such consent in this account."""


def check_consent_version(version: str) -> None:
    """Raises ConsentVersionOutdated unless `version` is the text in force."""
    if version != settings.CONSENT_VERSION:
        raise ConsentVersionOutdated(version=settings.CONSENT_VERSION)


@transaction.atomic
def give_consent(*, user: User, kind: ConsentKind, version: str, patient_id: int | None, now: dt.datetime) -> Consent:
    """Record one consent; giving it again returns the one that stands.

    Raises ConsentVersionOutdated, ConsentPatientMissing, ConsentPatientUnexpected, PatientNotInAccount.
    """
    check_consent_version(version)
    if kind in ACCOUNT_KINDS and patient_id is not None:
        raise ConsentPatientUnexpected(field="patient")
    if kind not in ACCOUNT_KINDS and patient_id is None:
        raise ConsentPatientMissing(field="patient")
    lock_account(user.pk)
    patient = None if patient_id is None else linked_patient(user_id=user.pk, patient_id=patient_id).patient
    (consent,) = record_consents(user=user, patient=patient, kinds=[kind], version=version, now=now)
    return consent


def record_consents(
    *, user: User, patient: Patient | None, kinds: Collection[ConsentKind], version: str, now: dt.datetime
) -> list[Consent]:
    """Write one row per kind that does not stand yet. The caller holds the account's lock, so none is written twice."""
    standing = {
        consent.kind: consent
        for consent in Consent.objects.filter(user=user, patient=patient, version=version, withdrawn_at__isnull=True)
    }
    missing = [kind for kind in ConsentKind if kind in kinds and kind not in standing]
    written = Consent.objects.bulk_create(
        Consent(user=user, patient=patient, kind=kind, version=version, given_at=now) for kind in missing
    )
    standing.update({consent.kind: consent for consent in written})
    return [standing[kind] for kind in ConsentKind if kind in kinds]


@transaction.atomic
def withdraw_consent(*, user: User, consent_id: int, now: dt.datetime) -> Consent:
    """Withdraw a consent of this account; withdrawing again keeps the first time. Raises ConsentNotFound.

    A booking for the patient that has begun is finished first, and stands; one that comes later finds the consent gone.
    """
    lock_account(user.pk)
    consent = Consent.objects.select_related("patient").filter(user=user, pk=consent_id).first()
    if consent is None:
        raise ConsentNotFound()
    if consent.patient_id is not None:
        lock_patients([consent.patient_id])
    if consent.withdrawn_at is None:
        consent.withdrawn_at = now
        consent.save(update_fields=["withdrawn_at"])
    return consent
