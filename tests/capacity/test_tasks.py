"""What runs by the clock, run through Celery as the schedule names it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string

from capacity.models import CapacityPlan, CapacityPolicy, PlanKind, QuotaChange, SessionComparison
from capacity.services.planning import plan_hospital
from config.beat import SCHEDULE
from hospitals.models import ClinicSession, SessionStatus
from tests.factories.hospitals import make_session

pytestmark = pytest.mark.django_db

OURS = {name: entry["task"] for name, entry in SCHEDULE.items() if entry["task"].startswith("capacity.")}


def run(name: str) -> None:
    """Run a scheduled task in place, by its name and without arguments, as the worker would."""
    import_string(OURS[name]).delay()


def test_the_schedule_has_ours() -> None:
    assert {"plan-capacity", "resolve-mornings", "compare-plans"} <= set(OURS)


def test_plans_of_two_hospitals(now) -> None:
    for _ in range(2):
        make_session(visit_date=timezone.localdate(now) + timedelta(days=20))
    for _ in range(2):
        run("plan-capacity")
        assert (CapacityPlan.objects.count(), QuotaChange.objects.count()) == (2, 2)


def test_a_morning(now) -> None:
    """One that opens within the hour; the policy lets it be solved half a day before."""
    session = make_session(
        visit_date=timezone.localdate(now + timedelta(minutes=5)),
        starts_at=now + timedelta(minutes=5),
        ends_at=now + timedelta(hours=4),
        with_slots=False,
    )
    CapacityPolicy.objects.create(hospital=session.hospital, morning_minutes=720)
    if session.visit_date != timezone.localdate(now):
        pytest.skip("five minutes before midnight there is no session left today")
    for _ in range(2):
        run("resolve-mornings")
        assert CapacityPlan.objects.get().kind == PlanKind.MORNING


def test_comparisons(now) -> None:
    session = make_session(visit_date=timezone.localdate(now) - timedelta(days=1), with_slots=False)
    plan_hospital(hospital=session.hospital, now=now - timedelta(days=20))
    ClinicSession.objects.update(status=SessionStatus.CLOSED)
    for _ in range(2):
        run("compare-plans")
        assert SessionComparison.objects.get().expected_seen is not None
