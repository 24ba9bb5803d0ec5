"""Early cancellations: so many a calendar month, then no booking until it is over."""

from datetime import datetime, timedelta

import pytest

from booking.models import Appointment, CancelledBy, Outcome
from booking.rules.patient import CancelledTooOften, month_of
from booking.services.cancellation import cancel_appointment
from booking.services.transitions import SYSTEM, patient_actor
from config.api_errors import refusal_body
from hospitals.models import ClinicSession, Hospital
from hospitals.services.policies import revise_policy
from tests.booking.clock import NOW, VISIT, ZONE, at
from tests.booking.snapshot import everything
from tests.factories.booking import Account, book, make_appointment, make_clinic
from tests.factories.hospitals import make_hospital

# The month of VISIT is March.
LAST_MOMENT, APRIL = datetime(2026, 3, 31, 23, 59, 59, tzinfo=ZONE), datetime(2026, 4, 1, tzinfo=ZONE)


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


def clinic(hospital: Hospital, *, days: int = 30) -> ClinicSession:
    return make_clinic(visit_date=VISIT + timedelta(days=days), hospital=hospital, releases_at=NOW - timedelta(days=1))


def withdraw(appointment: Appointment, now: datetime, by: CancelledBy = CancelledBy.PATIENT) -> None:
    actor = patient_actor(appointment.booked_by) if by == CancelledBy.PATIENT else SYSTEM
    cancel_appointment(appointment_id=appointment.pk, by=by, actor=actor, now=now)


def book_and_withdraw(account: Account, hospital: Hospital, *, times: int, by: CancelledBy = CancelledBy.PATIENT) -> None:
    for _ in range(times):
        withdraw(book(account, clinic(hospital), now=NOW), NOW, by)


def assert_refused(account: Account, hospital: Hospital, now: datetime) -> CancelledTooOften:
    session = clinic(hospital)
    before = everything()
    with pytest.raises(CancelledTooOften) as caught:
        book(account, session, now=now)
    assert everything() == before
    return caught.value


def test_after_three_booking_rests_until_the_month_is_over(account: Account, hospital: Hospital) -> None:
    book_and_withdraw(account, hospital, times=3)
    told = refusal_body(assert_refused(account, hospital, NOW))
    assert (told["code"], told["message"]) == ("cancelled-too-often", "本月已取消 3 次，预约已暂停，2026-04-01 起自动恢复。")
    assert_refused(account, hospital, LAST_MOMENT)
    assert book(account, clinic(hospital), now=APRIL).is_live


def test_the_month_is_the_hospitals(account: Account) -> None:
    """When April begins in Shanghai it is five in the afternoon of March 31 in London, seven hours behind in summer."""
    abroad = make_hospital(time_zone="Europe/London")
    book_and_withdraw(account, abroad, times=3)
    assert_refused(account, abroad, APRIL)
    assert book(account, clinic(abroad), now=APRIL + timedelta(hours=7)).is_live


def test_below_the_limit_and_elsewhere_nothing_rests(account: Account, hospital: Hospital) -> None:
    book_and_withdraw(account, hospital, times=2)
    assert book(account, clinic(hospital), now=NOW).is_live
    book_and_withdraw(account, make_hospital(), times=3)
    assert book(account, clinic(hospital, days=20), now=NOW).is_live


def test_zero_is_no_limit(account: Account, hospital: Hospital) -> None:
    revise_policy(hospital=hospital, registration_type=None, changes={"early_cancellations_per_month": 0}, by=None, now=NOW)
    book_and_withdraw(account, hospital, times=4)
    assert book(account, clinic(hospital), now=NOW).is_live


def test_what_the_hospital_withdraws_does_not_count(account: Account, hospital: Hospital) -> None:
    book_and_withdraw(account, hospital, times=4, by=CancelledBy.HOSPITAL)
    assert book(account, clinic(hospital), now=NOW).is_live


def test_a_hold_that_is_given_up_and_a_late_cancellation_do_not_count(account: Account, hospital: Hospital) -> None:
    for _ in range(3):
        session = make_clinic(visit_date=VISIT, hospital=hospital, fee_fen=100)
        withdraw(make_appointment(now=NOW, account=account, session=session, is_paid=False), NOW)
        late = book(account, make_clinic(visit_date=VISIT, hospital=hospital), now=NOW)
        withdraw(late, at("07:00"))
        assert Appointment.objects.get(pk=late.pk).outcome == Outcome.UNATTENDED
    assert book(account, clinic(hospital), now=at("07:01")).is_live


@pytest.mark.parametrize(
    ("moment", "first", "following"),
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=ZONE), datetime(2026, 12, 1, tzinfo=ZONE), datetime(2027, 1, 1, tzinfo=ZONE)),
        (datetime(2028, 2, 29, tzinfo=ZONE), datetime(2028, 2, 1, tzinfo=ZONE), datetime(2028, 3, 1, tzinfo=ZONE)),
    ],
)
def test_a_month(moment: datetime, first: datetime, following: datetime) -> None:
    assert month_of(moment) == (first, following)
