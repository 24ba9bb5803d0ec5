"""The patients of an account: added, changed, removed. One person is one row, however many accounts carry them."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.ages import MINOR_UNDER_YEARS, age_on
from accounts.documents import CheckedDocument, checked_document
from accounts.errors import Refusal
from accounts.locks import lock_account, lock_patients
from accounts.models import AccountPatient, ConsentKind, Patient, Relationship, User
from accounts.names import is_same_name, normalised_name
from accounts.phones import normalised_contact
from accounts.selectors import linked_patient, patient_links
from accounts.services.consents import check_consent_version, record_consents
from accounts.services.wards import find_or_register_ward


class PatientDetailsDisagree(Refusal):
    """The name, sex or birth date is not the document holder's. Says nothing about who is on record, or why we know."""


class PatientAlreadyAdded(Refusal):
    """The account carries this patient already. Detail: `patient_id`."""


class PatientLimitReached(Refusal):
    """The account carries as many patients as it may. Detail: `limit`."""


class SelfAlreadyAdded(Refusal):
    """An account's holder is one person."""


class ConsentMissing(Refusal):
    """Health data is not taken without consent. Detail: `kinds` that are missing, `names` in Chinese."""


class PatientHasWards(Refusal):
    """A child in this account is registered under this guardian."""


@dataclass(frozen=True, slots=True)
class PatientDetails:
    """What a person typed. Without a document type it is a child, and `guardian_id` names a patient of the same account."""

    name: str
    document_type: str = ""
    document_number: str = ""
    sex: str | None = None
    birth_date: dt.date | None = None
    phone: str = ""
    guardian_id: int | None = None


def add_patient(
    *,
    user: User,
    details: PatientDetails,
    relationship: Relationship,
    consents: Collection[ConsentKind],
    consent_version: str,
    now: dt.datetime,
) -> AccountPatient:
    """Add a person to the account and record the consents given for them.

    Raises NameInvalid, PhoneInvalid, a class of `accounts.documents.refusals` or `accounts.services.wards`, ConsentMissing,
    ConsentVersionOutdated, PatientDetailsDisagree, PatientAlreadyAdded, SelfAlreadyAdded, PatientLimitReached.
    """
    check_consent_version(consent_version)
    name, phone = normalised_name(details.name), normalised_contact(details.phone)
    today = timezone.localdate(now)
    with transaction.atomic():
        lock_account(user.pk)
        if details.document_type:
            document = checked_document(
                type=details.document_type,
                number=details.document_number,
                birth_date=details.birth_date,
                sex=details.sex,
                today=today,
            )
            patient = _find_or_register(document=document, name=name, phone=phone, now=now)
        else:
            patient = find_or_register_ward(
                user=user,
                guardian_id=details.guardian_id,
                name=name,
                sex=details.sex,
                birth_date=details.birth_date,
                now=now,
            )
        _check_consents(patient, consents, today)
        _check_room(user, patient, relationship)
        link = AccountPatient.objects.create(user=user, patient=patient, relationship=relationship, phone=phone, added_at=now)
        record_consents(user=user, patient=patient, kinds=consents, version=consent_version, now=now)
        return link


@transaction.atomic
def edit_patient(
    *, user: User, patient_id: int, relationship: Relationship | None = None, phone: str | None = None
) -> AccountPatient:
    """Change what the account itself knows of a patient; None leaves a thing as it is. Who the patient is never changes.

    Raises PatientNotInAccount, PhoneInvalid, SelfAlreadyAdded.
    """
    lock_account(user.pk)
    link = linked_patient(user_id=user.pk, patient_id=patient_id)
    if relationship is not None and relationship != link.relationship:
        _check_one_self(patient_links(user_id=user.pk), relationship)
        link.relationship = relationship
    if phone is not None:
        link.phone = normalised_contact(phone)
    link.save(update_fields=["relationship", "phone"])
    return link


@transaction.atomic
def remove_patient(*, user: User, patient_id: int, now: dt.datetime) -> None:
    """Take a patient out of the account; the row stays for the bookings that were made. Whether a booking stands in the way
    is for the caller to ask, who can see bookings.

    Raises PatientNotInAccount, PatientHasWards.
    """
    lock_account(user.pk)
    link = linked_patient(user_id=user.pk, patient_id=patient_id)
    # A booking that has begun is made before, one that comes after finds the patient gone.
    lock_patients([patient_id])
    if patient_links(user_id=user.pk).filter(patient__guardian_id=patient_id).exists():
        raise PatientHasWards()
    link.removed_at = now
    link.save(update_fields=["removed_at"])


def required_consents(birth_date: dt.date | None, *, today: dt.date) -> frozenset[ConsentKind]:
    """What must be agreed to before a person of this birth date is registered."""
    kinds = {ConsentKind.HEALTH_DATA}
    if birth_date is not None and age_on(birth_date, today) < MINOR_UNDER_YEARS:
        kinds.add(ConsentKind.MINOR_DATA)
    return frozenset(kinds)


def _find_or_register(*, document: CheckedDocument, name: str, phone: str, now: dt.datetime) -> Patient:
    # Of two accounts at once the unique index lets one insert; get_or_create then reads the other's row.
    patient, is_new = Patient.objects.get_or_create(
        document_index=document.index,
        defaults={
            "name": name,
            "sex": document.sex,
            "birth_date": document.birth_date,
            "document_type": document.type,
            "document_number": document.number,
            "phone": phone,
            "created_at": now,
        },
    )
    agrees = is_same_name(patient.name, name) and (patient.sex, patient.birth_date) == (document.sex, document.birth_date)
    if not (is_new or agrees):
        raise PatientDetailsDisagree()
    return patient


def _check_consents(patient: Patient, given: Collection[ConsentKind], today: dt.date) -> None:
    required = required_consents(patient.birth_date, today=today)
    missing = [kind for kind in ConsentKind if kind in required and kind not in given]
    if missing:
        raise ConsentMissing(kinds=[kind.value for kind in missing], names="、".join(str(kind.label) for kind in missing))


def _check_room(user: User, patient: Patient, relationship: Relationship) -> None:
    links = patient_links(user_id=user.pk)
    if links.filter(patient=patient).exists():
        raise PatientAlreadyAdded(patient_id=patient.pk)
    _check_one_self(links, relationship)
    if links.count() >= settings.PATIENTS_PER_ACCOUNT:
        raise PatientLimitReached(limit=settings.PATIENTS_PER_ACCOUNT)


def _check_one_self(links: QuerySet[AccountPatient], relationship: Relationship) -> None:
    if relationship == Relationship.SELF and links.filter(relationship=Relationship.SELF).exists():
        raise SelfAlreadyAdded()
