"""One document and what was said about its holder, checked against each other."""

import datetime as dt
from dataclasses import dataclass

from accounts.ages import OLDEST_AGE_YEARS, age_on
from accounts.documents.formats import FORMATS, normalised_number
from accounts.documents.refusals import (
    BirthDateDisagrees,
    BirthDateInFuture,
    BirthDateMissing,
    BirthDateTooLongAgo,
    DocumentFormatWrong,
    DocumentNumberMissing,
    DocumentTypeUnknown,
    SexDisagrees,
    SexMissing,
)
from accounts.documents.resident_id import LENGTH, ResidentId, parse_resident_id
from accounts.encryption import lookup_index
from accounts.models import DocumentType, Sex

# A citizen's number is the same on all of these: the person is one, whichever is shown.
_CARRY_RESIDENT_NUMBER = (DocumentType.HOUSEHOLD_REGISTER, DocumentType.DRIVING_LICENCE)


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """`number` as it is kept, `index` as the person is found by, and the holder's birth date and sex."""

    type: DocumentType
    number: str
    index: str
    birth_date: dt.date
    sex: Sex


def checked_document(*, type: str, number: str, birth_date: dt.date | None, sex: str | None, today: dt.date) -> CheckedDocument:
    """Check a document as a person typed it. `sex` None or unknown means that it was not given.

    Raises a class of `refusals`, the first thing that is wrong. A citizen's number fills in what was not given.
    """
    if type not in DocumentType.values:
        raise DocumentTypeUnknown(field="document_type")
    kind, text = DocumentType(type), normalised_number(number)
    if not text:
        raise DocumentNumberMissing(field="document_number")
    resident = _resident_number(kind, text, today)
    if resident is None:
        _check_format(kind, text)
    birth_date = _agreed_birth_date(birth_date, resident)
    check_birth_date(birth_date, today=today)
    return CheckedDocument(
        type=kind, number=text, index=document_index(kind, text), birth_date=birth_date, sex=_agreed_sex(sex, resident)
    )


def document_index(type: str, number: str) -> str:
    """The keyed index of a normalised number: equal for the documents that name the same person by the same number."""
    kind = DocumentType(type)
    if kind == DocumentType.RESIDENT_ID or (kind in _CARRY_RESIDENT_NUMBER and len(number) == LENGTH):
        return lookup_index(f"document-{DocumentType.RESIDENT_ID}", number)
    return lookup_index(f"document-{kind}", FORMATS[kind].canonical(number))


def check_birth_date(birth_date: dt.date, *, today: dt.date) -> None:
    """Refuse a birth date after `today` or beyond any human life."""
    if birth_date > today:
        raise BirthDateInFuture(field="birth_date")
    if age_on(birth_date, today) > OLDEST_AGE_YEARS:
        raise BirthDateTooLongAgo(field="birth_date")


def _resident_number(kind: DocumentType, number: str, today: dt.date) -> ResidentId | None:
    if kind == DocumentType.RESIDENT_ID or (kind in _CARRY_RESIDENT_NUMBER and len(number) == LENGTH):
        return parse_resident_id(number, today=today)
    return None


def _check_format(kind: DocumentType, number: str) -> None:
    if not FORMATS[kind].pattern.fullmatch(number):
        raise DocumentFormatWrong(field="document_number", document=str(kind.label), rule=FORMATS[kind].rule)


def _agreed_birth_date(given: dt.date | None, resident: ResidentId | None) -> dt.date:
    if resident is None:
        if given is None:
            raise BirthDateMissing(field="birth_date")
        return given
    if given is not None and given != resident.birth_date:
        raise BirthDateDisagrees(field="birth_date")
    return resident.birth_date


def _agreed_sex(given: str | None, resident: ResidentId | None) -> Sex:
    stated = Sex(given) if given and given != Sex.UNKNOWN else None
    if resident is None:
        if stated is None:
            raise SexMissing(field="sex")
        return stated
    if stated is not None and stated != resident.sex:
        raise SexDisagrees(field="sex")
    return resident.sex
