"""The citizen identity number of GB 11643-1999: region (6), birth date (8), serial (3, odd for men), check character (1)."""

import datetime as dt
from dataclasses import dataclass

from accounts.documents.refusals import (
    BirthDateInFuture,
    ResidentIdBirthDateImpossible,
    ResidentIdCharacterWrong,
    ResidentIdCheckCharacterWrong,
    ResidentIdLengthWrong,
)
from accounts.models import Sex

LENGTH = 18
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"


@dataclass(frozen=True, slots=True)
class ResidentId:
    number: str
    birth_date: dt.date
    sex: Sex


def check_character(first_17: str) -> str:
    """The 18th character, by ISO 7064 MOD 11-2.

    >>> check_character("11010519491231002")
    'X'
    """
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_17, strict=True))
    return CHECK_CHARACTERS[total % 11]


def parse_resident_id(number: str, *, today: dt.date) -> ResidentId:
    """Check a normalised number and read it. Raises the class of `refusals` that says what is wrong.

    The date is judged before the check character: a slip in the date breaks both, and the date is what the person can see.
    """
    if len(number) != LENGTH:
        raise ResidentIdLengthWrong(field="document_number", length=len(number))
    body, last = number[:17], number[17]
    if not (body.isascii() and body.isdigit() and last in "0123456789X"):
        raise ResidentIdCharacterWrong(field="document_number")
    birth_date = _birth_date(body[6:14])
    if birth_date > today:
        raise BirthDateInFuture(field="document_number")
    if check_character(body) != last:
        raise ResidentIdCheckCharacterWrong(field="document_number")
    return ResidentId(number=number, birth_date=birth_date, sex=Sex.MALE if int(body[16]) % 2 else Sex.FEMALE)


def _birth_date(digits: str) -> dt.date:
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise ResidentIdBirthDateImpossible(field="document_number") from error
