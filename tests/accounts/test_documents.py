"""What a document says, and every way in which it can be wrong."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.documents import check_character, checked_document, document_index, parse_resident_id, refusals
from accounts.models import DocumentType, Sex
from tests.factories.accounts import valid_resident_id

TODAY = dt.date(2026, 3, 2)
# The worked example of GB 11643-1999.
STANDARD_EXAMPLE = "11010519491231002X"


def check(number: str, type: str = DocumentType.RESIDENT_ID, birth_date: dt.date | None = None, sex: str | None = None):
    return checked_document(type=type, number=number, birth_date=birth_date, sex=sex, today=TODAY)


def test_the_standards_example_is_read():
    found = check(STANDARD_EXAMPLE)
    assert (found.number, found.birth_date, found.sex) == (STANDARD_EXAMPLE, dt.date(1949, 12, 31), Sex.FEMALE)


@pytest.mark.parametrize(
    "written",
    ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ", "110105\u300019491231002x\n"],
)
def test_the_way_it_is_written_does_not_matter(written: str):
    assert check(written).number == STANDARD_EXAMPLE


@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        ("11010519491231002", refusals.ResidentIdLengthWrong),
        ("110105491231002", refusals.ResidentIdLengthWrong),  # the 15 digits of before 1999 ended in 2013
        ("11010519491231002XX", refusals.ResidentIdLengthWrong),
        ("1101051949123100XX", refusals.ResidentIdCharacterWrong),
        ("11010519491231002A", refusals.ResidentIdCharacterWrong),
        ("١1010519491231002X", refusals.ResidentIdCharacterWrong),  # a digit to Python, not to the standard
        ("110105194912310021", refusals.ResidentIdCheckCharacterWrong),
        ("110105194902300022", refusals.ResidentIdBirthDateImpossible),
        ("110105194913310022", refusals.ResidentIdBirthDateImpossible),
        ("110105000012310022", refusals.ResidentIdBirthDateImpossible),
        ("110105190002290022", refusals.ResidentIdBirthDateImpossible),  # 1900 was no leap year
        (valid_resident_id(dt.date(2026, 3, 3), serial=1), refusals.BirthDateInFuture),
        (valid_resident_id(dt.date(1850, 3, 3), serial=1), refusals.BirthDateTooLongAgo),
        ("", refusals.DocumentNumberMissing),
        ("   ", refusals.DocumentNumberMissing),
    ],
)
def test_a_wrong_resident_id_is_refused_with_its_reason(number: str, refusal: type[Exception]):
    with pytest.raises(refusal) as caught:
        check(number)
    assert type(caught.value) is refusal


def test_what_was_said_must_agree_with_the_number():
    with pytest.raises(refusals.BirthDateDisagrees):
        check(STANDARD_EXAMPLE, birth_date=dt.date(1949, 12, 30))
    with pytest.raises(refusals.SexDisagrees):
        check(STANDARD_EXAMPLE, sex=Sex.MALE)
    agreed = check(STANDARD_EXAMPLE, birth_date=dt.date(1949, 12, 31), sex=Sex.FEMALE)
    assert agreed == check(STANDARD_EXAMPLE, sex=Sex.UNKNOWN)


def test_someone_born_today_has_a_number():
    assert check(valid_resident_id(TODAY, serial=3)).birth_date == TODAY


@given(
    birth_date=st.dates(dt.date(1900, 1, 1), TODAY),
    sex=st.sampled_from([Sex.MALE, Sex.FEMALE]),
    serial=st.integers(0, 499),
    position=st.integers(0, 17),
    shift=st.integers(1, 9),
)
def test_every_single_slip_of_a_digit_is_noticed(birth_date, sex, serial, position, shift):
    """MOD 11-2 finds every single substitution: this is what it was chosen for."""
    number = valid_resident_id(birth_date, sex, serial)
    read = parse_resident_id(number, today=TODAY)
    assert (read.birth_date, read.sex) == (birth_date, sex)
    old = "0123456789X".index(number[position])
    wrong = number[:position] + str((old + shift) % 10 if old < 10 else shift) + number[position + 1 :]
    with pytest.raises(refusals.DocumentRefused):
        parse_resident_id(wrong, today=TODAY)


@given(st.text(alphabet="0123456789", min_size=17, max_size=17))
def test_the_check_character_is_iso_7064(digits: str):
    """An independent witness: by ISO 7064 the weighted sum of all 18 is 1 modulo 11, with weights 2^(17-i)."""
    last = check_character(digits)
    values = [*map(int, digits), 10 if last == "X" else int(last)]
    assert sum(value * 2 ** (17 - place) for place, value in enumerate(values)) % 11 == 1


@pytest.mark.parametrize(
    ("type", "number"),
    [
        (DocumentType.HOUSEHOLD_REGISTER, "001234567"),
        (DocumentType.PASSPORT, "E12345678"),
        (DocumentType.PASSPORT, "eb1234567"),
        (DocumentType.PASSPORT, "123456789"),
        (DocumentType.OFFICER_ID, "军字第1234567号"),
        (DocumentType.OFFICER_ID, "武12345678"),
        (DocumentType.DRIVING_LICENCE, "110012345678"),
        (DocumentType.HONG_KONG_MACAO_PERMIT, "H12345678"),
        (DocumentType.HONG_KONG_MACAO_PERMIT, "M1234567801"),
        (DocumentType.TAIWAN_PERMIT, "12345678"),
        (DocumentType.TAIWAN_PERMIT, "1234567801(A)"),
        (DocumentType.OTHER, "CHN110123456789"),
    ],
)
def test_every_other_type_is_taken_with_birth_date_and_sex(type: str, number: str):
    born = dt.date(1990, 5, 1)
    found = check(number, type, born, Sex.MALE)
    assert (found.type, found.birth_date, found.sex) == (type, born, Sex.MALE)
    with pytest.raises(refusals.BirthDateMissing):
        check(number, type, None, Sex.MALE)
    with pytest.raises(refusals.SexMissing):
        check(number, type, born, None)
    with pytest.raises(refusals.BirthDateInFuture):
        check(number, type, TODAY + dt.timedelta(days=1), Sex.MALE)


@pytest.mark.parametrize(
    ("type", "number"),
    [
        (DocumentType.HOUSEHOLD_REGISTER, "12345"),
        (DocumentType.PASSPORT, "ABCDE"),
        (DocumentType.PASSPORT, "E1234567890123"),
        (DocumentType.PASSPORT, "E123-5678"),
        (DocumentType.OFFICER_ID, "1234567"),
        (DocumentType.DRIVING_LICENCE, "12345678"),
        (DocumentType.HONG_KONG_MACAO_PERMIT, "A12345678"),
        (DocumentType.HONG_KONG_MACAO_PERMIT, "H1234567"),
        (DocumentType.TAIWAN_PERMIT, "T1234567"),
        (DocumentType.OTHER, "一二三四"),
    ],
)
def test_a_number_that_is_none_of_its_type_is_refused(type: str, number: str):
    with pytest.raises(refusals.DocumentFormatWrong) as caught:
        check(number, type, dt.date(1990, 5, 1), Sex.MALE)
    assert caught.value.detail["document"] == DocumentType(type).label


def test_an_unknown_type_is_refused():
    with pytest.raises(refusals.DocumentTypeUnknown):
        check("123456", "08")


@pytest.mark.parametrize("type", [DocumentType.HOUSEHOLD_REGISTER, DocumentType.DRIVING_LICENCE])
def test_a_citizens_number_is_one_person_on_whatever_it_stands(type: str):
    assert check(STANDARD_EXAMPLE, type).index == check(STANDARD_EXAMPLE).index
    with pytest.raises(refusals.ResidentIdCheckCharacterWrong):
        check("110105194912310021", type)


@pytest.mark.parametrize(
    ("type", "one", "other"),
    [
        (DocumentType.HONG_KONG_MACAO_PERMIT, "H12345678", "H1234567802"),
        (DocumentType.TAIWAN_PERMIT, "12345678", "1234567803"),
        (DocumentType.OFFICER_ID, "军字第1234567号", "军1234567"),
    ],
)
def test_a_renewed_document_is_the_same_person(type: str, one: str, other: str):
    assert document_index(type, one) == document_index(type, other)


def test_equal_numbers_of_different_types_are_different_people():
    assert document_index(DocumentType.PASSPORT, "12345678") != document_index(DocumentType.TAIWAN_PERMIT, "12345678")
