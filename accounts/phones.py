"""Phone numbers as they are kept, and the index they are found by."""

import re
import unicodedata

from accounts.encryption import lookup_index
from accounts.errors import Refusal

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_MAINLAND_PREFIX = re.compile(r"(?:\+|00)?86(?=1[3-9][0-9]{9}$)")
_INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164
_LANDLINE = re.compile(r"0[1-9][0-9]{8,10}")


class PhoneInvalid(Refusal):
    """Not a phone number of the kind that is needed."""


def _digits(text: str) -> str:
    plain = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", text))
    return _MAINLAND_PREFIX.sub("", plain)


def normalised_mobile(text: str) -> str:
    """A mainland mobile number as 11 digits. Raises PhoneInvalid."""
    number = _digits(text)
    if not _MOBILE.fullmatch(number):
        raise PhoneInvalid(field="phone")
    return number


def normalised_contact(text: str) -> str:
    """A number to reach somebody by: mainland mobile or landline, or international with `+`. Empty stays empty."""
    number = _digits(text)
    if number and not any(form.fullmatch(number) for form in (_MOBILE, _INTERNATIONAL, _LANDLINE)):
        raise PhoneInvalid(field="phone")
    return number


def phone_index(number: str) -> str:
    return lookup_index("phone", number)
