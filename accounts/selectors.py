"""What an account may see. Everything here is about one account, named by its id."""

from django.db.models import Exists, OuterRef, QuerySet

from accounts.compiled import CompiledQuery
from accounts.errors import Refusal
from accounts.models import AccountPatient, Consent, ConsentKind


class PatientNotInAccount(Refusal):
    """No such patient in this account; whether there is one elsewhere is not said."""


def patient_links(*, user_id: int) -> QuerySet[AccountPatient]:
    """The account's patients, oldest link first."""
    return (
        AccountPatient.objects.filter(user_id=user_id, removed_at__isnull=True)
        .select_related("patient", "patient__guardian")
        .order_by("added_at", "pk")
    )


def linked_patient(*, user_id: int, patient_id: int) -> AccountPatient:
    """The link by which this account may act for the patient. Raises PatientNotInAccount."""
    link = patient_links(user_id=user_id).filter(patient_id=patient_id).first()
    if link is None:
        raise PatientNotInAccount()
    return link


class HealthConsentMissing(Refusal):
    """The account has withdrawn its consent to process the patient's health data."""


def bookable_patient(*, user_id: int, patient_id: int) -> AccountPatient:
    """The link by which this account may book for the patient, its consent to health data standing, in one query.

    Raises PatientNotInAccount, HealthConsentMissing.
    """
    link = _BOOKABLE.first(user_id=user_id, patient_id=patient_id)
    if link is None:
        raise PatientNotInAccount()
    if not link.has_health_consent:  # type: ignore[attr-defined]
        raise HealthConsentMissing()
    return link


def _links_with_consent(user_id: int, patient_id: int) -> QuerySet[AccountPatient]:
    consent = Consent.objects.filter(
        user_id=user_id, patient_id=OuterRef("patient_id"), kind=ConsentKind.HEALTH_DATA, withdrawn_at__isnull=True
    )
    # The patient is not joined: who books reads it under its lock. The phone is not decrypted for nothing.
    links = patient_links(user_id=user_id).filter(patient_id=patient_id).select_related(None).defer("phone")
    return links.annotate(has_health_consent=Exists(consent))[:1]


_BOOKABLE = CompiledQuery(_links_with_consent, user_id=int, patient_id=int)


def consents_of(*, user_id: int) -> QuerySet[Consent]:
    """Every consent the account ever gave, newest first."""
    return Consent.objects.filter(user_id=user_id).select_related("patient").order_by("-given_at", "-pk")


def has_consent(*, user_id: int, patient_id: int, kind: ConsentKind) -> bool:
    """Whether the account's consent of this kind stands for the patient, in whatever version it was given."""
    standing = Consent.objects.filter(user_id=user_id, patient_id=patient_id, kind=kind, withdrawn_at__isnull=True)
    return standing.exists()


def contact_phone(*, user_id: int, patient_id: int) -> str:
    """The number to reach a patient by, as this account gave it; else the patient's own on record. May be empty."""
    link = (
        AccountPatient.objects.filter(user_id=user_id, patient_id=patient_id)
        .select_related("patient")
        .order_by("-added_at", "-pk")
        .first()
    )
    if link is None:
        return ""
    return link.phone or link.patient.phone
