"""What the number of each document type looks like (WS 364 CV02.01.101), tolerant where practice varies.

`canonical` gives what stays the same when a document is renewed or written in another way; the person is found again by it.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import DocumentType


@dataclass(frozen=True, slots=True)
class NumberFormat:
    pattern: re.Pattern[str]
    rule: str  # for the patient
    canonical: Callable[[str], str] = str


def normalised_number(text: str) -> str:
    """Full-width characters become ordinary ones, white space goes, letters are upper-case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _first(length: int) -> Callable[[str], str]:
    return lambda number: number[:length]


def _officer_words_dropped(number: str) -> str:
    """`军字第2001988号` and `军2001988` are the same certificate."""
    return re.sub("[字第号]", "", number)


# RESIDENT_ID has no row: `resident_id` checks it. Its number also stands in household registers and on driving licences.
FORMATS: dict[str, NumberFormat] = {
    # The booklet's own number differs from province to province.
    DocumentType.HOUSEHOLD_REGISTER: NumberFormat(re.compile(r"[0-9A-Z]{6,17}"), "18 位公民身份号码，或 6 至 17 位户口簿编号"),
    # ICAO 9303 has nine places; some states let the number run on.
    DocumentType.PASSPORT: NumberFormat(re.compile(r"(?=.*[0-9])[0-9A-Z]{5,12}"), "5 至 12 位字母或数字"),
    DocumentType.OFFICER_ID: NumberFormat(
        re.compile(r"[\u4e00-\u9fff]{1,4}[0-9]{4,8}号?"),
        "汉字开头，后接 4 至 8 位数字，如“军字第1234567号”",
        _officer_words_dropped,
    ),
    DocumentType.DRIVING_LICENCE: NumberFormat(re.compile(r"[0-9]{12}"), "18 位证号，或 12 位档案编号"),
    # The two digits at the end count the renewals.
    DocumentType.HONG_KONG_MACAO_PERMIT: NumberFormat(
        re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"), "H 或 M 开头，后接 8 或 10 位数字", _first(9)
    ),
    DocumentType.TAIWAN_PERMIT: NumberFormat(
        re.compile(r"[0-9]{8}(?:[0-9]{2}(?:\(?[A-Z]\)?)?)?"), "8 位数字（旧证为 10 位数字，可带字母）", _first(8)
    ),
    # Residence permits, foreigners' permanent residence cards, consular papers and so on.
    DocumentType.OTHER: NumberFormat(re.compile(r"(?=.*[0-9])[0-9A-Z\u4e00-\u9fff()/.-]{4,30}"), "4 至 30 位字母、数字或汉字"),
}
