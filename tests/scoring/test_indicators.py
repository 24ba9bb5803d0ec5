"""The monthly indicators: counted against a count by hand, kept up to date, repeated without a change."""

import datetime as dt
import random
from collections import Counter, defaultdict
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string

from booking.models import Appointment
from config.beat import SCHEDULE
from hospitals.models import Department, Hospital
from scoring.models import MonthDue, MonthlyIndicator
from scoring.months import months_back, months_between
from scoring.services.indicators import count_indicators
from tests.factories.hospitals import make_department, make_doctor, make_hospital
from tests.scoring.months import NOW, OUTCOMES, visit

pytestmark = pytest.mark.django_db

JUNE, JULY = dt.date(2026, 6, 1), dt.date(2026, 7, 1)
COLUMNS = ("total", *OUTCOMES, "void")


def rows(hospital: Hospital) -> dict[tuple[Any, ...], tuple[int, ...]]:
    kept = MonthlyIndicator.objects.filter(hospital=hospital)
    return {(row.month, row.department_id, row.doctor_id): tuple(getattr(row, name) for name in COLUMNS) for row in kept}


def by_hand(hospital: Hospital, *, as_of: dt.date) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """The same from the appointments, one after the other."""
    found: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for row in Appointment.objects.filter(hospital=hospital, visit_date__lte=as_of).exclude(outcome=""):
        month = row.visit_date.replace(day=1)
        for key in {(month, row.department_id, None), (month, row.department_id, row.doctor_id)}:
            found[key][row.outcome] += 1
    return {
        key: (sum(count[name] for name in OUTCOMES), *(count[name] for name in OUTCOMES), count["void"])
        for key, count in found.items()
    }


def test_random_histories_are_counted_as_by_hand() -> None:
    """A first count of two years: every month, doctors and the department's own sessions, another hospital beside it."""
    rng = random.Random(20261122)
    hospital, other = make_hospital(), make_hospital()
    for place in (hospital, other):
        for department in [make_department(hospital=place) for _ in range(3)]:
            doctors = [None, *(make_doctor(department=department) for _ in range(2))]
            for _ in range(40 if place is hospital else 3):
                day = JULY - dt.timedelta(days=rng.randint(-40, 700))
                visit(department, rng.choice([*OUTCOMES, "void", ""]), day, doctor=rng.choice(doctors), times=rng.randint(1, 4))
    result = count_indicators(hospital_id=hospital.pk, now=NOW)
    assert rows(hospital) == by_hand(hospital, as_of=JULY)
    assert result.written == len(rows(hospital)) > 80
    assert rows(other) == {}


def test_the_department_has_sessions_without_a_doctor_in_its_total() -> None:
    department = make_department()
    doctor = make_doctor(department=department)
    visit(department, "fulfilled", JUNE, doctor=doctor, times=3)
    visit(department, "missed", JUNE, times=2)
    count_indicators(hospital_id=department.hospital_id, now=NOW)
    assert rows(department.hospital) == {
        (JUNE, department.pk, None): (5, 3, 0, 0, 2, 0),
        (JUNE, department.pk, doctor.pk): (3, 3, 0, 0, 0, 0),
    }


def test_a_chain_of_moves_counts_once_by_its_last_link() -> None:
    department = make_department()
    first = visit(department, "void", JUNE)[0]
    second = visit(department, "void", JUNE, rescheduled_from=first)[0]
    visit(department, "fulfilled", JUNE, rescheduled_from=second)
    visit(department, "void", JUNE)
    count_indicators(hospital_id=department.hospital_id, now=NOW)
    assert rows(department.hospital) == {(JUNE, department.pk, None): (1, 1, 0, 0, 0, 1)}


def test_visits_to_come_wait_for_their_day() -> None:
    department = make_department()
    visit(department, "cancelled", JULY)
    visit(department, "cancelled", JULY + dt.timedelta(days=1), times=4)
    count_indicators(hospital_id=department.hospital_id, now=NOW)
    assert rows(department.hospital) == {(JULY, department.pk, None): (1, 0, 0, 1, 0, 0)}
    count_indicators(hospital_id=department.hospital_id, now=NOW + dt.timedelta(days=1))
    assert rows(department.hospital) == {(JULY, department.pk, None): (5, 0, 0, 5, 0, 0)}


def test_a_second_count_changes_nothing() -> None:
    department = make_department()
    visit(department, "fulfilled", JUNE, doctor=make_doctor(department=department), times=2)
    count_indicators(hospital_id=department.hospital_id, now=NOW)
    before = list(MonthlyIndicator.objects.order_by("pk").values())
    again = count_indicators(hospital_id=department.hospital_id, now=NOW + dt.timedelta(hours=1))
    assert (again.written, again.removed) == (0, 0)
    assert list(MonthlyIndicator.objects.order_by("pk").values()) == before


@pytest.fixture
def counted_year() -> Department:
    """A department that was counted with one kept visit in each of twelve months."""
    department = make_department()
    for month in months_between(months_back(JULY, 11), JULY):
        visit(department, "fulfilled", month)
    count_indicators(hospital_id=department.hospital_id, now=NOW)
    return department


def test_an_old_month_is_counted_anew_once_it_is_due(counted_year: Department) -> None:
    hospital, january = counted_year.hospital, dt.date(2026, 1, 1)
    Appointment.objects.filter(hospital=hospital, visit_date=january).update(outcome="missed")
    assert count_indicators(hospital_id=hospital.pk, now=NOW).months == (JUNE, JULY)
    assert rows(hospital)[january, counted_year.pk, None] == (1, 1, 0, 0, 0, 0)
    MonthDue.objects.create(hospital=hospital, month=january)
    kept = MonthDue.objects.create(hospital=make_hospital(), month=january)
    assert count_indicators(hospital_id=hospital.pk, now=NOW).months == (january, JUNE, JULY)
    assert rows(hospital) == by_hand(hospital, as_of=JULY)
    assert rows(hospital)[january, counted_year.pk, None] == (1, 0, 0, 0, 1, 0)
    assert list(MonthDue.objects.all()) == [kept]


def test_what_has_vanished_is_removed(counted_year: Department) -> None:
    """An appointment that was entered in error, or whose day was put right, leaves no row behind."""
    hospital = counted_year.hospital
    Appointment.objects.filter(hospital=hospital, visit_date=JUNE).update(visit_date=JULY)
    result = count_indicators(hospital_id=hospital.pk, now=NOW)
    assert (result.written, result.removed) == (1, 1)
    assert rows(hospital) == by_hand(hospital, as_of=JULY)
    assert (JUNE, counted_year.pk, None) not in rows(hospital)


def test_months_that_no_night_saw_are_made_good(counted_year: Department) -> None:
    """The worker stood still from July to November."""
    hospital = counted_year.hospital
    visit(counted_year, "missed", dt.date(2026, 8, 20), times=2)
    later = NOW + dt.timedelta(days=140)
    result = count_indicators(hospital_id=hospital.pk, now=later)
    assert result.months == tuple(months_between(JULY, dt.date(2026, 11, 1)))
    assert rows(hospital) == by_hand(hospital, as_of=later.date())


def test_a_hospital_without_appointments_has_no_rows() -> None:
    hospital = make_hospital()
    result = count_indicators(hospital_id=hospital.pk, now=NOW)
    assert (result.months, result.written, result.removed) == ((JUNE, JULY), 0, 0)


def test_a_long_history_takes_as_many_statements_as_a_short_one() -> None:
    def statements(years: int, doctors: int) -> int:
        department = make_department()
        for doctor in [make_doctor(department=department) for _ in range(doctors)]:
            for month in months_between(months_back(JULY, 12 * years), JULY):
                visit(department, "fulfilled", month, doctor=doctor)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            count_indicators(hospital_id=department.hospital_id, now=NOW)
        return len(captured)

    assert statements(1, 1) == statements(2, 3)


def test_the_night_counts_every_hospital() -> None:
    departments = [make_department() for _ in range(2)]
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    for department in departments:
        visit(department, "missed", yesterday)
    import_string(SCHEDULE["count-indicators"]["task"]).delay()
    assert [rows(d.hospital) for d in departments] == [
        {(yesterday.replace(day=1), d.pk, None): (1, 0, 0, 0, 1, 0)} for d in departments
    ]
