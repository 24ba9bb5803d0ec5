"""From closed sessions to quotas that are in force, or wait, and why."""

import json
from datetime import date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from capacity.models import CapacityPlan, CapacityPolicy, PlanStatus
from capacity.numeric.allocation import allocate
from capacity.numeric.problem import AllocationProblem, SessionTerms
from capacity.services.approval import approve_plan, reject_plan
from capacity.services.locked_plans import PlanNotWaiting
from capacity.services.planning import plan_hospital
from hospitals.models import SessionStatus
from tests.capacity.past import WEEK, write_past_session
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_department, make_doctor, make_hospital, make_session, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def today(now) -> date:
    return timezone.localdate(now)


@pytest.fixture
def clinic(today):
    """A doctor with eight past weeks, every one sold out in advance, and a coming session that is not released."""
    doctor = make_doctor()
    coming = make_session(visit_date=today + 3 * WEEK, doctor=doctor, advance_quota=20)
    for week in range(1, 9):
        write_past_session(doctor, today - week * WEEK, advance=15, same_day=5, missed_advance=3, refused=4)
    return coming


def test_an_unreleased_session_gets_the_optimum(clinic, now):
    (planned,) = plan_hospital(hospital=clinic.hospital, now=now)
    inputs = planned.inputs
    best = allocate(
        AllocationProblem(
            terms=SessionTerms(
                rated=20,
                no_show_advance=inputs.no_show_advance.value,
                no_show_same_day=inputs.no_show_same_day.value,
                overload_cost=1.5,
                max_extra=10,
            ),
            mean_advance=inputs.mean_advance.value,
            mean_same_day=inputs.mean_same_day.value,
            correlation=inputs.correlation,
        )
    )
    clinic.refresh_from_db()
    assert (clinic.advance_quota, clinic.extra_quota) == (best.advance, best.extra)
    plan = CapacityPlan.objects.get()
    assert plan.status == PlanStatus.APPLIED
    assert (plan.previous_advance_quota, plan.previous_extra_quota) == (20, 0)
    assert f"放 {best.advance} 个预约号" in plan.result["explanation"]
    assert plan.inputs["mean_advance"]["sample_size"] == 8


def test_planning_again_writes_nothing(clinic, now):
    plan_hospital(hospital=clinic.hospital, now=now)
    (again,) = plan_hospital(hospital=clinic.hospital, now=now)
    assert not again.is_new
    assert CapacityPlan.objects.count() == 1


def test_new_history_replaces_the_plan(clinic, now, today):
    plan_hospital(hospital=clinic.hospital, now=now)
    for week in range(9, 40):
        write_past_session(clinic.doctor, today - week * WEEK, advance=5, same_day=10, missed_advance=0)
    (again,) = plan_hospital(hospital=clinic.hospital, now=now)
    assert again.is_new
    assert sorted(CapacityPlan.objects.values_list("status", flat=True)) == [PlanStatus.APPLIED, PlanStatus.SUPERSEDED]


def test_a_released_session_waits_for_approval(clinic, now, today):
    released = make_session(visit_date=today + WEEK, doctor=clinic.doctor, advance_quota=20)
    plan_hospital(hospital=clinic.hospital, now=now)
    released.refresh_from_db()
    assert (released.advance_quota, released.extra_quota) == (20, 0)
    plan = released.plans.get()
    assert plan.status == PlanStatus.PROPOSED
    assert "已放号" in plan.status_reason


@pytest.mark.parametrize(
    ("rules", "reason"), [({"applies_automatically": False}, "人工审批"), ({"largest_change": 1}, "单次上限 1")]
)
def test_the_policy_keeps_plans_waiting(clinic, now, rules, reason):
    CapacityPolicy.objects.create(hospital=clinic.hospital, **rules)
    plan_hospital(hospital=clinic.hospital, now=now)
    clinic.refresh_from_db()
    assert (clinic.advance_quota, clinic.extra_quota) == (20, 0)
    assert reason in CapacityPlan.objects.get(status=PlanStatus.PROPOSED).status_reason


def test_a_template_that_leaves_the_quota_open_is_first_planned_without_a_limit(clinic, now, today):
    CapacityPolicy.objects.create(hospital=clinic.hospital, largest_change=1)
    open_quota = make_template(doctor=clinic.doctor, weekday=(today + 4 * WEEK).isoweekday())
    fixed_quota = make_template(doctor=make_doctor(department=clinic.department), advance_quota=20)
    day = today + 4 * WEEK
    free = make_session(visit_date=day, doctor=clinic.doctor, template=open_quota)
    fixed = make_session(visit_date=day, doctor=fixed_quota.doctor, template=fixed_quota, advance_quota=20)
    plan_hospital(hospital=clinic.hospital, now=now)
    assert free.plans.get().status == PlanStatus.APPLIED
    assert fixed.plans.get().status == PlanStatus.PROPOSED


def test_pinned_and_suspended_sessions_are_left_alone(clinic, now, today):
    make_session(visit_date=today + 4 * WEEK, doctor=clinic.doctor, is_quota_pinned=True)
    make_session(visit_date=today + 5 * WEEK, doctor=clinic.doctor, status=SessionStatus.SUSPENDED)
    assert [p.session for p in plan_hospital(hospital=clinic.hospital, now=now)] == [clinic]


def test_a_quota_never_falls_below_what_is_taken(clinic, now):
    policy = CapacityPolicy.objects.create(hospital=clinic.hospital, applies_automatically=False)
    plan_hospital(hospital=clinic.hospital, now=now)
    plan = CapacityPlan.objects.get()
    assert plan.advance_quota < 20, "the case needs an optimum below the rated capacity"
    type(clinic).objects.filter(pk=clinic.pk).update(advance_taken=20)
    approve_plan(plan_id=plan.pk, by=make_staff(), now=now)
    clinic.refresh_from_db()
    assert clinic.advance_quota == 20
    plan.refresh_from_db()
    assert "实际生效：预约号 20" in plan.status_reason
    assert policy.overload_cost == 1.5


def test_a_plan_is_decided_once(clinic, now):
    CapacityPolicy.objects.create(hospital=clinic.hospital, applies_automatically=False)
    plan_hospital(hospital=clinic.hospital, now=now)
    plan, staff = CapacityPlan.objects.get(), make_staff()
    assert reject_plan(plan_id=plan.pk, by=staff, now=now).decided_by == staff
    with pytest.raises(PlanNotWaiting):
        approve_plan(plan_id=plan.pk, by=staff, now=now)
    clinic.refresh_from_db()
    assert (clinic.advance_quota, clinic.extra_quota) == (20, 0)


def test_a_hospital_without_history_is_planned_from_the_published_defaults(now, today):
    session = make_session(visit_date=today + 3 * WEEK)
    (planned,) = plan_hospital(hospital=session.hospital, now=now)
    assert planned.inputs.history_until is None
    assert planned.inputs.mean_advance.value == pytest.approx(15, rel=0.02)
    # The paper's base case, as the defaults are its numbers.
    assert (planned.result.advance, planned.result.extra) == (14, 4)


def test_one_session_that_the_model_refuses_does_not_lose_the_others(clinic, now, today, caplog):
    impossible = make_session(visit_date=today + 3 * WEEK, department=clinic.department, rated_capacity=501, with_slots=False)
    assert [planned.session for planned in plan_hospital(hospital=clinic.hospital, now=now)] == [clinic]
    assert f"Session {impossible.pk} cannot be planned: rated must be a whole number from 1 to 500" in caplog.text


def test_what_the_tables_refuse_does_not_lose_the_others(clinic, now, today, caplog):
    """One session's plan breaks a constraint: the batch is refused, then each session is tried alone."""
    other = make_session(visit_date=today + 3 * WEEK, department=clinic.department)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE capacity_capacityplan ADD CONSTRAINT not_this_one CHECK (session_id <> {other.pk})")
    assert [planned.session for planned in plan_hospital(hospital=clinic.hospital, now=now)] == [clinic]
    assert f"Session {other.pk} was not planned" in caplog.text
    other.refresh_from_db()
    assert (other.advance_quota, other.extra_quota) == (20, 0)
    assert CapacityPlan.objects.get().session == clinic


def test_writing_costs_the_same_however_many_sessions(clinic, now, today):
    counts = []
    for count in (1, 30):
        for place in range(count):
            make_session(
                visit_date=today + (4 + place) * WEEK, doctor=make_doctor(department=clinic.department), with_slots=False
            )
        with CaptureQueriesContext(connection) as captured:
            plan_hospital(hospital=clinic.hospital, now=now)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_queries_do_not_grow_with_the_sessions_that_stand(clinic, now, today, django_assert_num_queries):
    plan_hospital(hospital=clinic.hospital, now=now)
    with django_assert_num_queries(9):
        plan_hospital(hospital=clinic.hospital, now=now)
    for weeks in range(4, 12):
        make_session(visit_date=today + weeks * WEEK, doctor=clinic.doctor)
    plan_hospital(hospital=clinic.hospital, now=now)
    with django_assert_num_queries(9):
        plan_hospital(hospital=clinic.hospital, now=now)


def run(*arguments: str) -> list[dict]:
    out = StringIO()
    call_command("plan_now", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_plan_now_makes_the_sessions_of_a_new_template_and_plans_them(now, today):
    department = make_department(hospital=make_hospital(code="new"))
    make_template(department=department, weekday=today.isoweekday(), rated_capacity=20)
    rows = run("--hospital", "new", "--from", str(today + 3 * WEEK), "--to", str(today + 4 * WEEK))
    assert [row["visit_date"] for row in rows] == [str(today + 3 * WEEK), str(today + 4 * WEEK)]
    assert {(row["rated"], row["advance"], row["extra"], row["status"]) for row in rows} == {(20, 14, 4, "applied")}
    assert rows[0]["inputs"]["no_show_advance"]["sample_size"] == 0
    assert rows[0]["result"]["overload"] == pytest.approx(0.9946, abs=0.02)
    again = run("--hospital", "new", "--from", str(today + 3 * WEEK), "--to", str(today + 4 * WEEK))
    assert [row["new"] for row in again] == [False, False]


def test_plan_now_says_that_there_is_nothing_to_plan(today):
    make_template(department=make_department(hospital=make_hospital(code="new")), is_active=False)
    out, err = StringIO(), StringIO()
    period = f"--from={today}", f"--to={today + WEEK}"
    call_command("plan_now", "--hospital=new", *period, "--json", stdout=out, stderr=err)
    assert json.loads(out.getvalue()) == []
    assert err.getvalue().startswith("Warning: no session to plan between these dates")
    assert err.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--hospital", "nowhere", "--from", "2026-01-01", "--to", "2026-01-02"), "no hospital with the code 'nowhere'"),
        (("--hospital", "here", "--from", "2026-01-02", "--to", "2026-01-01"), "--to 2026-01-01 is before"),
        (("--hospital", "here", "--from", "2026-01-02", "--to", "2036-01-01"), "more than 366 days apart"),
        (("--hospital", "here", "--from", "soon", "--to", "2036-01-01"), "'soon' is not a date"),
    ],
)
def test_plan_now_refuses_bad_input(arguments, message):
    make_hospital(code="here")
    with pytest.raises(CommandError, match=message):
        run(*arguments)
    assert CapacityPlan.objects.count() == 0
