"""A count of the indicators that meets an outcome being changed."""

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from booking.models import Appointment
from hospitals.models import Department
from scoring.models import MonthDue, MonthlyIndicator
from scoring.services.indicators import count_indicators, note_months_due
from tests.concurrency.race import PATIENCE_SECONDS, race
from tests.factories.hospitals import make_department
from tests.scoring.months import NOW, visit

# No longer counted anew each night.
MARCH = dt.date(2026, 3, 9)
JULY = dt.date(2026, 7, 1)


@pytest.fixture
def department(oversells: None) -> Department:
    """Counted once, with a kept visit in March; its rows are made by hand, so that there are no books to balance."""
    department = make_department()
    visit(department, "fulfilled", MARCH)
    visit(department, "fulfilled", JULY)
    count_indicators(hospital_id=department.hospital_id, now=NOW)
    return department


def march(department: Department) -> tuple[int, int]:
    row = MonthlyIndicator.objects.get(department=department, month=MARCH.replace(day=1))
    return row.fulfilled, row.missed


@contextmanager
def change_under_way(department: Department, *, noted_before: bool) -> Iterator[threading.Event]:
    """Another connection has changed the visit of March and noted its month, and commits once the event is set."""
    if noted_before:
        note_months_due(hospital_id=department.hospital_id, months=[MARCH])
    changed, commit = threading.Event(), threading.Event()

    def change() -> None:
        try:
            with transaction.atomic():
                Appointment.objects.filter(department=department, visit_date=MARCH).update(outcome="missed")
                note_months_due(hospital_id=department.hospital_id, months=[MARCH])
                changed.set()
                assert commit.wait(PATIENCE_SECONDS)
        finally:
            connections.close_all()

    thread = threading.Thread(target=change)
    thread.start()
    try:
        assert changed.wait(PATIENCE_SECONDS)
        yield commit
    finally:
        commit.set()
        thread.join(PATIENCE_SECONDS)


def waits_for_the_change() -> bool:
    """Whether a statement of this database comes to wait for a lock, soon."""
    patience = time.monotonic() + PATIENCE_SECONDS / 2
    with connection.cursor() as cursor:
        while time.monotonic() < patience:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            if cursor.fetchone()[0]:
                return True
    return False


@pytest.mark.parametrize("noted_before", [True, False])
def test_no_change_is_lost_to_a_count_that_meets_it(department: Department, noted_before: bool) -> None:
    """Noted before or not, the change is in this count or its month is still due for the next one."""
    with change_under_way(department, noted_before=noted_before) as commit:

        def release() -> None:
            # Where the row was there before, the count is to wait for the change; else it does not see it at all.
            if noted_before:
                assert waits_for_the_change()
                commit.set()

        _, released = race(lambda: count_indicators(hospital_id=department.hospital_id, now=NOW), release)
    assert released is None
    if noted_before:
        assert march(department) == (0, 1)
        assert not MonthDue.objects.exists()
    else:
        assert march(department) == (1, 0)
        assert MonthDue.objects.get().month == MARCH.replace(day=1)
    count_indicators(hospital_id=department.hospital_id, now=NOW)
    assert march(department) == (0, 1)


def test_two_counts_at_once_write_each_row_once(department: Department) -> None:
    visit(department, "missed", JULY, times=3)
    results = race(*[lambda: count_indicators(hospital_id=department.hospital_id, now=NOW)] * 2)
    assert sorted(result.written for result in results) == [0, 1]
    row = MonthlyIndicator.objects.get(department=department, month=JULY)
    assert (row.total, row.missed) == (4, 3)
