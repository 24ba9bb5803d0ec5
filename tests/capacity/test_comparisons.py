"""After the visit day: what was expected beside what came."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from booking.models import (
    Appointment,
    AppointmentStatus,
    Channel,
    Outcome,
    RefusedAttempt,
    WaitlistEnd,
    WaitlistEntry,
)
from capacity.models import CapacityPlan, SessionComparison
from capacity.numeric.courses import course
from capacity.selectors.kept_inputs import kept_problem
from capacity.services.comparisons import compare_sessions
from capacity.services.planning import plan_hospital
from hospitals.models import ClinicSession, SessionStatus
from tests.factories.accounts import make_patient, make_user
from tests.factories.hospitals import make_session

pytestmark = pytest.mark.django_db


def write(session: ClinicSession, outcome: str, count: int, *, channel: str = Channel.ADVANCE) -> list[Appointment]:
    return Appointment.objects.bulk_create(
        Appointment(
            hospital=session.hospital, session=session, patient=make_patient(), department=session.department,
            doctor=session.doctor, visit_date=session.visit_date, channel=channel, fee_fen=0, outcome=outcome,
            status=AppointmentStatus.FULFILLED if outcome == Outcome.FULFILLED else AppointmentStatus.CANCELLED,
            created_at=session.starts_at, closed_at=session.ends_at,
        )
        for _ in range(count)
    )  # fmt: skip


@pytest.fixture
def session(now) -> ClinicSession:
    """Planned to 14 and 4 twenty days before, and closed yesterday: 21 of 20 were seen, 3 missed, 2 were turned away."""
    day = timezone.localdate(now) - timedelta(days=1)
    session = make_session(visit_date=day, with_slots=False)
    plan_hospital(hospital=session.hospital, now=now - timedelta(days=20))
    write(session, Outcome.FULFILLED, 12)
    write(session, Outcome.FULFILLED, 9, channel=Channel.SAME_DAY)
    write(session, Outcome.MISSED, 2)
    write(session, Outcome.UNATTENDED, 1)
    write(session, Outcome.CANCELLED, 4)
    (void,) = write(session, Outcome.VOID, 1)
    served = session.appointments.filter(outcome=Outcome.FULFILLED).first().patient
    for patient in (served, void.patient):
        RefusedAttempt.objects.create(session=session, patient=patient, channel=Channel.ADVANCE, at=now)
    # Refused twice, and then in vain on the waitlist: one patient.
    RefusedAttempt.objects.create(session=session, patient=void.patient, channel=Channel.EXTRA, at=now)
    for patient in (void.patient, make_patient()):
        WaitlistEntry.objects.create(
            hospital=session.hospital, session=session, patient=patient, joined_by=make_user(), joined_at=now,
            ended_at=now, end=WaitlistEnd.CLEARED,
        )  # fmt: skip
    ClinicSession.objects.filter(pk=session.pk).update(status=SessionStatus.CLOSED)
    session.refresh_from_db()
    return session


def test_what_came_is_counted(session, now):
    assert compare_sessions(hospital=session.hospital, now=now) == 1
    row = SessionComparison.objects.get()
    assert (row.seen, row.overload, row.missed, row.turned_away) == (21, 1, 3, 2)
    assert (row.rated, row.advance_quota, row.extra_quota) == (20, 14, 4)
    assert (row.hospital, row.department, row.doctor) == (session.hospital, session.department, session.doctor)
    assert (row.visit_date, row.compared_at) == (session.visit_date, now)


def test_what_was_expected_is_the_models(session, now):
    compare_sessions(hospital=session.hospital, now=now)
    row, plan = SessionComparison.objects.get(), CapacityPlan.objects.get()
    expected = course(kept_problem(plan), extra=4, advance=14)
    assert row.plan == plan
    assert row.expected_seen == pytest.approx(plan.expected_seen) == pytest.approx(expected.seen)
    assert row.expected_overload == pytest.approx(plan.expected_overload)
    assert row.expected_turned_away == pytest.approx(plan.expected_turned_away)
    assert (row.seen_deviation, row.missed_deviation) == pytest.approx((expected.seen_deviation, expected.missed_deviation))
    assert row.expected_missed == pytest.approx(expected.missed)
    assert row.seen_error > 0
    assert row.missed_error > 0


def test_expected_is_for_the_quotas_that_it_ended_with(session, now):
    ClinicSession.objects.filter(pk=session.pk).update(advance_quota=20, extra_quota=0)
    compare_sessions(hospital=session.hospital, now=now)
    row, plan = SessionComparison.objects.get(), CapacityPlan.objects.get()
    assert row.expected_seen == pytest.approx(course(kept_problem(plan), extra=0, advance=20).seen)
    assert row.expected_overload == pytest.approx(0, abs=1e-9)


def test_once_a_session(session, now):
    compare_sessions(hospital=session.hospital, now=now)
    write(session, Outcome.FULFILLED, 1)
    assert compare_sessions(hospital=session.hospital, now=now) == 0
    assert SessionComparison.objects.get().seen == 21


def test_without_a_plan_nothing_was_expected(session, now):
    CapacityPlan.objects.all().delete()
    compare_sessions(hospital=session.hospital, now=now)
    row = SessionComparison.objects.get()
    assert (row.plan, row.expected_seen, row.seen) == (None, None, 21)


def test_a_plan_that_the_model_refuses_does_not_lose_the_others(session, now):
    other = make_session(
        visit_date=session.visit_date, department=session.department, with_slots=False, status=SessionStatus.CLOSED
    )
    plan = CapacityPlan.objects.get()
    broken = plan.inputs | {"mean_advance": plan.inputs["mean_advance"] | {"value": -1.0}}
    CapacityPlan.objects.create(
        session=other, hospital=other.hospital, created_at=now, advance_quota=1, extra_quota=1, previous_advance_quota=1,
        previous_extra_quota=1, inputs=broken, result={},
    )  # fmt: skip
    assert compare_sessions(hospital=session.hospital, now=now) == 2
    assert SessionComparison.objects.get(session=other).expected_seen is None
    assert SessionComparison.objects.get(session=session).expected_seen is not None


def test_open_old_and_coming_sessions_are_not_compared(now):
    today = timezone.localdate(now)
    first = make_session(visit_date=today - timedelta(days=63), status=SessionStatus.CLOSED)
    department = first.department
    make_session(visit_date=today - timedelta(days=1), department=department)
    make_session(visit_date=today + timedelta(days=1), department=department)
    make_session(visit_date=today - timedelta(days=2), department=department, status=SessionStatus.SUSPENDED)
    assert compare_sessions(hospital=first.hospital, now=now) == 0


def test_queries_do_not_grow_with_the_sessions(now, django_assert_num_queries):
    day = timezone.localdate(now) - timedelta(days=1)
    for count in (1, 6):
        department = make_session(visit_date=day, with_slots=False).department
        for minute in range(1, count):
            make_session(visit_date=day, department=department, with_slots=False, starts_at=time(8, minute))
        plan_hospital(hospital=department.hospital, now=now - timedelta(days=20))
        ClinicSession.objects.filter(department=department).update(status=SessionStatus.CLOSED)
        with django_assert_num_queries(5):
            assert compare_sessions(hospital=department.hospital, now=now) == count
