"""How many live bookings a patient may have."""

from datetime import timedelta

import pytest

from accounts.errors import Refusal
from booking.models import Appointment, CancelledBy, RefusedAttempt, Restriction
from booking.rules import RULES, caps, patient, privileges, session
from booking.rules.caps import AlreadyBooked, DayCapReached, DepartmentDayCapReached, QuarterCapReached, WeekCapReached
from booking.rules.patient import AgeNotAccepted, BookingPaused, SexNotAccepted
from booking.services.cancellation import cancel_appointment
from booking.services.transitions import patient_actor
from config.api_errors import refusal_body
from hospitals.models import ClinicSession, Department, Hospital
from hospitals.services.policies import revise_policy
from tests.booking.clock import NOW, VISIT
from tests.booking.snapshot import everything
from tests.factories.booking import Account, book, make_clinic
from tests.factories.hospitals import make_department, make_hospital


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


def clinic(hospital: Hospital, *, days: int = 0, department: Department | None = None) -> ClinicSession:
    """A session of its own department, `days` after VISIT, released long ago."""
    return make_clinic(
        visit_date=VISIT + timedelta(days=days),
        department=department or make_department(hospital=hospital),
        releases_at=NOW - timedelta(days=1),
    )


def policy(hospital: Hospital, **changes: int) -> None:
    revise_policy(hospital=hospital, registration_type=None, changes=changes, by=None, now=NOW)


def refused(account: Account, session: ClinicSession) -> Refusal:
    before = everything()
    with pytest.raises(Refusal) as caught:
        book(account, session, now=NOW)
    assert everything() == before
    return caught.value


def test_one_live_booking_in_a_session(account: Account, hospital: Hospital) -> None:
    policy(hospital, live_per_department_day=5)
    session = clinic(hospital)
    book(account, session, now=NOW)
    assert isinstance(refused(account, session), AlreadyBooked)


def test_a_withdrawn_booking_does_not_count(account: Account, hospital: Hospital) -> None:
    session = clinic(hospital)
    first = book(account, session, now=NOW)
    cancel_appointment(appointment_id=first.pk, by=CancelledBy.PATIENT, actor=patient_actor(account.user), now=NOW)
    assert book(account, session, now=NOW).number == 2


def test_one_a_department_and_day(account: Account, hospital: Hospital) -> None:
    department = make_department(hospital=hospital)
    book(account, clinic(hospital, department=department), now=NOW)
    told = refused(account, clinic(hospital, department=department))
    assert (type(told), told.detail) == (DepartmentDayCapReached, {"limit": 1})
    book(account, clinic(hospital, department=department, days=1), now=NOW)


def test_two_a_day(account: Account, hospital: Hospital) -> None:
    for _ in range(2):
        book(account, clinic(hospital), now=NOW)
    told = refused(account, clinic(hospital))
    assert (type(told), told.detail) == (DayCapReached, {"limit": 2})


@pytest.mark.parametrize(
    ("taken", "wanted", "is_refused"),
    [
        ([0, 1, 2], 6, True),
        ([0, 1, 2], 7, False),
        ([0, 3, 6], 1, True),
        ([2, 4, 6], 0, True),
        ([2, 4, 7], 0, False),
        ([0, 1, 8], 7, False),
        ([0, 5, 8], 6, False),
        ([3, 5, 8], 6, True),  # the new visit in the middle
    ],
)
def test_three_in_any_seven_days(account: Account, hospital: Hospital, taken: list[int], wanted: int, is_refused: bool) -> None:
    for days in taken:
        book(account, clinic(hospital, days=days), now=NOW)
    if is_refused:
        told = refused(account, clinic(hospital, days=wanted))
        assert (type(told), told.detail) == (WeekCapReached, {"limit": 3, "days": 7})
    else:
        book(account, clinic(hospital, days=wanted), now=NOW)


@pytest.mark.parametrize(("last", "is_refused"), [(89, True), (90, False)])
def test_five_in_three_months(account: Account, hospital: Hospital, last: int, is_refused: bool) -> None:
    for days in (0, 20, 40, 60, 80):
        book(account, clinic(hospital, days=days), now=NOW)
    if is_refused:
        told = refused(account, clinic(hospital, days=last))
        assert (type(told), told.detail) == (QuarterCapReached, {"limit": 5, "days": 90})
    else:
        book(account, clinic(hospital, days=last), now=NOW)


@pytest.mark.parametrize(("days", "is_refused"), [(9, True), (10, False)])
def test_the_spans_are_the_hospitals_policy(account: Account, hospital: Hospital, days: int, is_refused: bool) -> None:
    policy(hospital, live_per_week=1, week_span_days=10, live_per_quarter=9, quarter_span_days=10)
    book(account, clinic(hospital), now=NOW)
    if is_refused:
        told = refused(account, clinic(hospital, days=days))
        assert (type(told), told.detail) == (WeekCapReached, {"limit": 1, "days": 10})
        assert refusal_body(told)["message"] == "10 天内最多预约 1 次。"
    else:
        book(account, clinic(hospital, days=days), now=NOW)


def test_a_long_span_is_read_as_far_as_it_reaches(account: Account, hospital: Hospital) -> None:
    policy(hospital, live_per_quarter=1, quarter_span_days=200)
    book(account, clinic(hospital), now=NOW)
    told = refused(account, clinic(hospital, days=199))
    assert (type(told), told.detail) == (QuarterCapReached, {"limit": 1, "days": 200})
    assert book(account, clinic(hospital, days=200), now=NOW).is_live


def test_another_hospital_counts_for_itself(account: Account, hospital: Hospital) -> None:
    for _ in range(2):
        book(account, clinic(hospital), now=NOW)
    book(account, clinic(make_hospital()), now=NOW)
    assert Appointment.objects.count() == 3


def test_every_reason_is_told_the_first_one_speaks(account: Account, hospital: Hospital) -> None:
    department = make_department(hospital=hospital, name="妇产儿科", maximum_age=13, sex_limit="female")
    session = make_clinic(visit_date=VISIT, department=department, rated_capacity=1)
    free = make_clinic(visit_date=VISIT, department=make_department(hospital=hospital))
    book(account, free, now=NOW)
    policy(hospital, live_per_day=1)
    Restriction.objects.create(
        hospital=hospital, patient=account.patient, starts_at=NOW, ends_at=NOW + timedelta(days=90), missed_count=3
    )
    ClinicSession.objects.filter(pk=session.pk).update(advance_quota=0)

    told = refused(account, session)

    assert type(told) is BookingPaused
    body = refusal_body(told)
    assert body["code"] == "booking-paused"
    assert body["message"] == "因失约 3 次，预约已暂停至 2026-06-08，到期自动恢复。"
    assert body["detail"]["refusals"] == [
        {"code": "booking-paused", "message": "因失约 3 次，预约已暂停至 2026-06-08，到期自动恢复。"},
        {"code": "age-not-accepted", "message": "妇产儿科只接诊未满 14 岁的患者。"},
        {"code": "sex-not-accepted", "message": "妇产儿科只接诊女性患者。"},
        {"code": "session-full", "message": "该班次已约满。"},
        {"code": "day-cap", "message": "同一天最多预约 1 次。"},
    ]
    assert {type(other) for other in told.detail["others"]} >= {AgeNotAccepted, SexNotAccepted, DayCapReached}
    # Paused, too old and of the wrong sex: no demand that a larger quota would have met.
    assert not RefusedAttempt.objects.exists()


def test_every_rule_is_in_the_list() -> None:
    """A rule that is written and not listed would never be asked."""
    written = {
        value
        for module in (caps, patient, privileges, session)
        for name, value in vars(module).items()
        if callable(value)
        and getattr(value, "__module__", "") == module.__name__
        and not isinstance(value, type)
        and not name.startswith("_")
        and "attempt" in value.__annotations__
    }
    assert written == set(RULES)
