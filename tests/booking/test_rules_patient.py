"""Limits of age and sex, and pauses after misses."""

from datetime import date, datetime, timedelta

import pytest

from accounts.models import Sex
from booking.models import Restriction
from booking.rules.patient import AgeNotAccepted, BookingPaused, SexNotAccepted, age_on
from tests.booking.clock import NOW, ONE_SECOND, VISIT, at
from tests.booking.snapshot import everything
from tests.factories.accounts import give_health_consent
from tests.factories.booking import Account, book, make_account, make_clinic
from tests.factories.hospitals import make_department


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2012, 3, 12), date(2026, 3, 11), 13),
        (date(2012, 3, 12), date(2026, 3, 12), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (date(2026, 3, 12), date(2026, 3, 12), 0),
    ],
)
def test_full_years_of_age(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age


class TestAge:
    """It is the age on the day of the visit that counts."""

    @pytest.mark.parametrize("born", [date(2012, 3, 13), date(2026, 3, 1)], ids=["fourteen-the-day-after", "newborn"])
    def test_paediatrics_sees_those_under_fourteen(self, born: date) -> None:
        session = make_clinic(visit_date=VISIT, department=make_department(maximum_age=13))
        assert book(make_account(birth_date=born), session, now=NOW).age_at_visit == age_on(born, VISIT)

    def test_on_the_fourteenth_birthday_it_is_too_late(self) -> None:
        department = make_department(name="儿科", maximum_age=13)
        session = make_clinic(visit_date=VISIT, department=department)
        account = make_account(birth_date=date(2012, 3, 12))
        before = everything()
        with pytest.raises(AgeNotAccepted) as caught:
            book(account, session, now=NOW)
        assert caught.value.detail == {"department": "儿科", "limit": "未满 14 岁"}
        assert everything() == before

    @pytest.mark.parametrize(
        ("limits", "limit"),
        [({"minimum_age": 60}, "60 岁及以上"), ({"minimum_age": 60, "maximum_age": 79}, "60 岁及以上、未满 80 岁")],
    )
    def test_too_young(self, account: Account, limits: dict[str, int], limit: str) -> None:
        session = make_clinic(visit_date=VISIT, department=make_department(**limits))
        with pytest.raises(AgeNotAccepted) as caught:
            book(account, session, now=NOW)
        assert caught.value.detail["limit"] == limit

    def test_an_unknown_birth_date_is_left_to_the_desk(self, account: Account) -> None:
        account.patient.birth_date = None
        account.patient.save()
        session = make_clinic(visit_date=VISIT, department=make_department(maximum_age=13))
        assert book(account, session, now=NOW).age_at_visit is None


class TestSex:
    def test_gynaecology_sees_women(self, account: Account) -> None:
        session = make_clinic(visit_date=VISIT, department=make_department(name="妇科", sex_limit=Sex.FEMALE))
        before = everything()
        with pytest.raises(SexNotAccepted) as caught:
            book(account, session, now=NOW)
        assert caught.value.detail == {"department": "妇科", "sex": "女"}
        assert everything() == before
        assert book(make_account(sex=Sex.FEMALE), session, now=NOW).number == 1

    def test_an_unknown_sex_is_left_to_the_desk(self, account: Account) -> None:
        account.patient.sex = Sex.UNKNOWN
        account.patient.save()
        session = make_clinic(visit_date=VISIT, department=make_department(sex_limit=Sex.FEMALE))
        assert book(account, session, now=NOW).number == 1


class TestPause:
    def pause(self, account: Account, session: object, **changes: object) -> Restriction:
        values = {"starts_at": at("00:00", days=-30), "ends_at": NOW + timedelta(days=60), "missed_count": 3} | changes
        return Restriction.objects.create(hospital=session.hospital, patient=account.patient, **values)

    def test_a_pause_is_told_with_its_end_and_reason(self, account: Account) -> None:
        session = make_clinic(visit_date=VISIT)
        self.pause(account, session, ends_at=at("00:30", days=40))
        before = everything()
        with pytest.raises(BookingPaused) as caught:
            book(account, session, now=NOW)
        assert caught.value.detail == {"until": "2026-04-21", "missed": 3}
        assert everything() == before

    def test_of_two_pauses_the_longer_is_told(self, account: Account) -> None:
        session = make_clinic(visit_date=VISIT)
        self.pause(account, session, ends_at=at("12:00", days=40), missed_count=6)
        self.pause(account, session, ends_at=at("12:00", days=10))
        with pytest.raises(BookingPaused) as caught:
            book(account, session, now=NOW)
        assert caught.value.detail == {"until": "2026-04-21", "missed": 6}

    @pytest.mark.parametrize(
        "changes",
        [{"ends_at": NOW}, {"starts_at": NOW + ONE_SECOND}, {"lifted_at": NOW - ONE_SECOND}],
        ids=["over", "not-begun", "lifted"],
    )
    def test_it_lifts_by_itself_or_by_staff(self, account: Account, changes: dict[str, datetime]) -> None:
        session = make_clinic(visit_date=VISIT)
        self.pause(account, session, **changes)
        assert book(account, session, now=NOW).number == 1

    def test_it_is_one_hospitals_and_one_patients(self, account: Account) -> None:
        session, elsewhere = make_clinic(visit_date=VISIT), make_clinic(visit_date=VISIT)
        self.pause(account, elsewhere)
        self.pause(make_account(), session)
        assert book(account, session, now=NOW).number == 1

    def test_it_follows_the_person_into_another_account(self, account: Account) -> None:
        session = make_clinic(visit_date=VISIT)
        self.pause(account, session)
        other = make_account()
        other.user.patient_links.create(patient=account.patient, added_at=NOW)
        give_health_consent(user=other.user, patient=account.patient)
        with pytest.raises(BookingPaused):
            book(Account(other.user, account.patient), session, now=NOW)
        assert book(other, session, now=NOW).number == 1
