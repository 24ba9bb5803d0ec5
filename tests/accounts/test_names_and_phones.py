"""Names and phones as people type them, and the phone a patient is reached by."""

import datetime as dt

import pytest

from accounts.ages import age_on
from accounts.names import NameInvalid, is_same_name, normalised_name
from accounts.phones import PhoneInvalid, normalised_contact
from accounts.selectors import contact_phone
from tests.factories.accounts import CREATED_AT, link_patient, make_patient, make_user


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 张三 ", "张三"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉・买买提", "阿卜杜拉·买买提"),
        ("Ｊｏｈｎ  Smith", "John Smith"),
        ("Anne-Marie O'Neill", "Anne-Marie O'Neill"),
        ("𠮷田", "𠮷田"),
        ("\ue000某", "\ue000某"),  # a private-use character stands for one that fonts lack
    ],
)
def test_a_name_is_kept_in_one_way(typed: str, kept: str):
    assert normalised_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "  ", "·", "张3", "张<三>", "张\u200b三", "张\x00三", "张_三", "张" * 51])
def test_what_is_no_name_is_refused(typed: str):
    with pytest.raises(NameInvalid):
        normalised_name(typed)


def test_case_does_not_tell_people_apart():
    assert is_same_name("John SMITH", "john smith")
    assert not is_same_name("张三", "张叁")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", ""), ("138-0013-8000", "13800138000"), ("(010) 8888 8888", "01088888888"), ("+852 6123 4567", "+85261234567")],
)
def test_a_contact_number_is_kept_in_one_way(typed: str, kept: str):
    assert normalised_contact(typed) == kept


@pytest.mark.parametrize("typed", ["110", "+0123456789", "13800138000x", "85261234567", "+" + "1" * 16])
def test_what_nobody_can_call_is_refused(typed: str):
    with pytest.raises(PhoneInvalid):
        normalised_contact(typed)


@pytest.mark.parametrize(
    ("day", "years"),
    [(dt.date(2026, 2, 28), 13), (dt.date(2026, 3, 1), 14), (dt.date(2024, 2, 29), 12), (dt.date(2024, 2, 28), 11)],
)
def test_a_leap_day_child_is_a_year_older_from_march(day: dt.date, years: int):
    assert age_on(dt.date(2012, 2, 29), day) == years


@pytest.mark.django_db
def test_an_account_reaches_its_patient_by_its_own_number():
    patient = make_patient(phone="13100131000")
    own, silent, gone, stranger = (make_user() for _ in range(4))
    link_patient(user=own, patient=patient, phone="13200132000")
    link_patient(user=silent, patient=patient)
    link_patient(user=gone, patient=patient, phone="13300133000", removed_at=CREATED_AT)

    numbers = [contact_phone(user_id=user.pk, patient_id=patient.pk) for user in (own, silent, gone, stranger)]

    # A removed link still speaks for the bookings that were made through it; a stranger learns nothing.
    assert numbers == ["13200132000", "13100131000", "13300133000", ""]
