"""Accounts and patients for tests: valid, boring, each one different from the last."""

import datetime as dt
import itertools
from typing import Any

from accounts.documents import check_character, document_index
from accounts.models import AccountPatient, Consent, ConsentKind, DocumentType, Patient, Relationship, Sex, User, WeChatIdentity
from accounts.phones import phone_index

CREATED_AT = dt.datetime(2026, 1, 5, 1, 0, tzinfo=dt.UTC)
BIRTH_DATE = dt.date(1985, 6, 15)
_numbers = itertools.count(1)


def valid_resident_id(birth_date: dt.date = BIRTH_DATE, sex: str = Sex.MALE, serial: int | None = None) -> str:
    """A number that passes GB 11643. `serial` 0 to 499 tells people of one day and sex apart; left out, it counts up."""
    number = next(_numbers) if serial is None else serial
    region = 110101 + number // 500  # when the serials of a day run out, the region goes on
    order = number % 500 * 2 + (1 if sex == Sex.MALE else 0)
    body = f"{region}{birth_date:%Y%m%d}{order:03d}"
    return body + check_character(body)


def make_user(*, phone: str | None = None, openid: str | None = None, appid: str = "wx0123456789abcdef", **fields: Any) -> User:
    """A patient's account; with an `openid` it has signed in by WeChat, with a `phone` by a code."""
    proven = {"phone": phone, "phone_index": phone_index(phone), "phone_verified_at": CREATED_AT} if phone else {}
    user = User.objects.create_patient_account(**proven, **fields)
    if openid:
        WeChatIdentity.objects.create(user=user, appid=appid, openid=openid, created_at=CREATED_AT)
    return user


def make_staff(*, username: str | None = None, password: str = "staff-password-1", **fields: Any) -> User:
    """A member of staff who signs in to the admin; give `is_superuser=True` for one who sees everything."""
    name = username or f"staff-{next(_numbers)}"
    return User.objects.create_user(name, password=password, is_staff=True, **fields)


def make_patient(
    *,
    name: str = "王小明",
    sex: str = Sex.MALE,
    birth_date: dt.date = BIRTH_DATE,
    document_number: str | None = None,
    user: User | None = None,
    relationship: str = Relationship.OTHER,
    **fields: Any,
) -> Patient:
    """A patient with a resident's ID; with a `user`, in that account."""
    number = document_number or valid_resident_id(birth_date, sex)
    values: dict[str, Any] = {
        "document_type": DocumentType.RESIDENT_ID,
        "document_number": number,
        "document_index": document_index(DocumentType.RESIDENT_ID, number),
        "created_at": CREATED_AT,
    }
    patient = Patient.objects.create(name=name, sex=sex, birth_date=birth_date, **(values | fields))
    if user is not None:
        link_patient(user=user, patient=patient, relationship=relationship)
    return patient


def link_patient(
    *, user: User, patient: Patient, relationship: str = Relationship.OTHER, added_at: dt.datetime = CREATED_AT, **fields: Any
) -> AccountPatient:
    """Put a patient into an account."""
    return AccountPatient.objects.create(user=user, patient=patient, relationship=relationship, added_at=added_at, **fields)


def give_health_consent(*, user: User, patient: Patient) -> Consent:
    """The consent that adding a patient through the API takes, and that booking asks for."""
    return Consent.objects.create(user=user, patient=patient, kind=ConsentKind.HEALTH_DATA, version="test", given_at=CREATED_AT)
