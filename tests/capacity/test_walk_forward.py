"""Judging the model on sessions of before there were plans, without looking ahead."""

import json
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from booking.models import Appointment, AppointmentStatus, Channel, Outcome
from capacity.models import CapacityPlan, SessionComparison
from capacity.services.walk_forward import compare_past
from hospitals.models import ClinicSession, SessionStatus
from tests.factories.accounts import make_patient
from tests.factories.hospitals import make_doctor, make_session

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 10, 4, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def doctor():
    """Ten Mondays, from January to March: 8 asked in advance and 4 on the day, one of the 12 did not come."""
    doctor = make_doctor()
    patients = [make_patient() for _ in range(12)]
    for week in range(10):
        write(doctor, date(2027, 1, 4) + week * WEEK, patients)
    return doctor


def write(doctor, day, patients, *, missed=1, starts_at=time(8), **fields) -> ClinicSession:
    session = make_session(
        visit_date=day, doctor=doctor, advance_quota=15, extra_quota=2, status=SessionStatus.CLOSED, with_slots=False,
        advance_taken=8, same_day_taken=4, starts_at=starts_at,
    )  # fmt: skip
    Appointment.objects.bulk_create(
        Appointment(
            hospital=session.hospital, session=session, patient=patient, department=session.department, doctor=doctor,
            visit_date=day, fee_fen=0, created_at=session.starts_at, closed_at=session.ends_at,
            channel=Channel.ADVANCE if place < 8 else Channel.SAME_DAY,
            status=AppointmentStatus.NOSHOW if place < missed else AppointmentStatus.FULFILLED,
            outcome=Outcome.MISSED if place < missed else Outcome.FULFILLED,
            **{name: f"{value}-{day}-{place}" for name, value in fields.items()},
        )
        for place, patient in enumerate(patients)
    )  # fmt: skip
    return session


def expectations() -> dict[date, float | None]:
    """Of the sessions that begin at eight."""
    rows = SessionComparison.objects.filter(session__starts_at__hour=8).order_by("visit_date")
    return dict(rows.values_list("visit_date", "expected_seen"))


def test_the_months_are_judged_from_what_was_before_them(doctor):
    assert compare_past(hospital=doctor.hospital, now=NOW, months=1) == 6
    rows = list(SessionComparison.objects.order_by("visit_date"))
    assert [row.visit_date for row in rows] == [date(2027, 2, 1) + week * WEEK for week in range(6)]
    assert {(row.seen, row.missed, row.plan_id, row.advance_quota, row.extra_quota) for row in rows} == {(11, 1, None, 15, 2)}
    # Four Mondays of eleven, and the prior.
    assert all(row.expected_seen == pytest.approx(11, abs=1) for row in rows)
    assert all(row.expected_missed == pytest.approx(1, abs=0.3) for row in rows)


def test_nothing_of_what_came_after_is_looked_at(doctor):
    compare_past(hospital=doctor.hospital, now=NOW, months=1)
    before = expectations()
    assert len(before) == 6
    patients = [make_patient() for _ in range(12)]
    for day in (date(2027, 2, 8), date(2027, 3, 1)):
        write(doctor, day, patients, missed=12, starts_at=time(9))
    compare_past(hospital=doctor.hospital, now=NOW, months=1)
    after = expectations()
    february = [day for day in before if day.month == 2]
    assert [after[day] for day in february] == [before[day] for day in february]
    # March learns from the eighth of February.
    assert after[date(2027, 3, 1)] != before[date(2027, 3, 1)]


def test_what_had_a_plan_or_was_imported_or_open_is_left_out(doctor):
    planned, still_open = ClinicSession.objects.order_by("-visit_date")[:2]
    CapacityPlan.objects.create(
        session=planned, hospital=planned.hospital, created_at=NOW, advance_quota=1, extra_quota=1,
        previous_advance_quota=1, previous_extra_quota=1, inputs={}, result={},
    )  # fmt: skip
    ClinicSession.objects.filter(pk=still_open.pk).update(status=SessionStatus.ACTIVE)
    write(doctor, date(2027, 3, 2), [make_patient() for _ in range(12)], import_key="old")
    assert compare_past(hospital=doctor.hospital, now=NOW, months=1) == 4


def test_without_a_past_there_is_nothing_to_say(doctor):
    assert compare_past(hospital=doctor.hospital, now=datetime(2027, 1, 20, tzinfo=UTC), months=3) == 0
    assert not SessionComparison.objects.exists()


def test_again_is_the_same(doctor):
    compare_past(hospital=doctor.hospital, now=NOW, months=2)
    before = expectations()
    assert compare_past(hospital=doctor.hospital, now=NOW, months=2) == len(before) == 6
    assert expectations() == before


def test_the_command(doctor, monkeypatch):
    monkeypatch.setattr("capacity.management.commands.look_back.timezone.now", lambda: NOW)
    out = StringIO()
    call_command("look_back", "--hospital", doctor.hospital.code, "--months", "1", "--json", stdout=out)
    answer = json.loads(out.getvalue())
    assert answer["compared"] == 6
    assert [(row["month"], row["sessions"], row["seen"], row["missed"]) for row in answer["months"]] == [
        ("2027-02", 4, 11, 1),
        ("2027-03", 2, 11, 1),
    ]
    assert all(0 < row["seen_margin"] < 20 and 0 < row["missed_margin"] < 20 for row in answer["months"])
    table = StringIO()
    call_command("look_back", "--hospital", doctor.hospital.code, "--months", "1", stdout=table)
    assert "6 sessions compared" in table.getvalue()
    first = answer["months"][0]
    assert f"{first['expected_seen']:.2f} +/- {first['seen_margin']:.2f} / 11.00" in table.getvalue()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--hospital", "nowhere"), "no hospital with the code 'nowhere'"),
        (("--hospital", "here", "--months", "0"), "'0' is not a whole number from 1 to 36"),
        (("--hospital", "here", "--months", "x"), "'x' is not a whole number from 1 to 36"),
        (("--hospital", "here", "--months", "²"), "'²' is not a whole number from 1 to 36"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("look_back", *arguments)
