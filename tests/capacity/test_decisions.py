"""What people decide about plans, and what is kept of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from capacity.models import CapacityPlan, CapacityPolicy, PlanStatus, QuotaChange, QuotaChangeKind
from capacity.services.approval import approve_plan, reject_plan
from capacity.services.locked_plans import PlanNotInForce, PlanNotWaiting, SessionPinned
from capacity.services.pinning import AlreadyPinned, NotPinned, pin_quotas, unpin_quotas
from capacity.services.planning import plan_hospital
from capacity.services.rollback import roll_back_plan
from hospitals.models import ClinicSession, SessionStatus
from hospitals.services.quotas import SessionNotOpen
from tests.capacity.conftest import quotas
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def by():
    return make_staff()


@pytest.fixture
def plan(waiting_plan) -> CapacityPlan:
    return waiting_plan()


@pytest.fixture
def in_force(now) -> CapacityPlan:
    """Applied by itself: from 20 and 0 to 14 and 4."""
    session = make_session(visit_date=timezone.localdate(now) + timedelta(days=20))
    plan_hospital(hospital=session.hospital, now=now)
    return session.plans.get()


def changes(session: ClinicSession) -> list[tuple[str, int, int, int, int]]:
    rows = QuotaChange.objects.filter(session=session).order_by("pk")
    return list(rows.values_list("kind", "advance_before", "extra_before", "advance_after", "extra_after"))


def reload(plan: CapacityPlan) -> CapacityPlan:
    return CapacityPlan.objects.get(pk=plan.pk)


def test_applying_is_recorded(in_force):
    assert quotas(in_force.session) == (14, 4)
    assert changes(in_force.session) == [(QuotaChangeKind.APPLIED, 20, 0, 14, 4)]
    change = QuotaChange.objects.get()
    assert (change.plan, change.by, change.at, change.hospital) == (in_force, None, in_force.applied_at, in_force.hospital)


def test_a_waiting_plan_changes_and_records_nothing(plan):
    assert plan.status == PlanStatus.PROPOSED
    assert quotas(plan.session) == (20, 0)
    assert changes(plan.session) == []


def test_approving(plan, by, now):
    approve_plan(plan_id=plan.pk, by=by, now=now, reason="国庆后恢复")
    plan = reload(plan)
    assert (plan.status, plan.decided_by, plan.decided_at, plan.decision_reason) == (PlanStatus.APPLIED, by, now, "国庆后恢复")
    assert quotas(plan.session) == (14, 4)
    assert changes(plan.session) == [(QuotaChangeKind.APPROVED, 20, 0, 14, 4)]
    assert QuotaChange.objects.values_list("by", "reason").get() == (by.pk, "国庆后恢复")


def test_approving_goes_no_lower_than_what_is_taken(plan, by, now):
    ClinicSession.objects.filter(pk=plan.session_id).update(advance_taken=16, withheld=1)
    approve_plan(plan_id=plan.pk, by=by, now=now)
    assert quotas(plan.session) == (17, 4)
    assert changes(plan.session) == [(QuotaChangeKind.APPROVED, 20, 0, 17, 4)]
    assert "实际生效：预约号 17" in reload(plan).status_reason


def test_a_plan_in_force_stays_until_another_is(in_force, by, now):
    """What waits takes the place of nothing yet."""
    session = in_force.session
    ClinicSession.objects.filter(pk=session.pk).update(releases_at=now)
    CapacityPolicy.objects.create(hospital=session.hospital, overload_cost=3)
    plan_hospital(hospital=session.hospital, now=now)
    waiting = CapacityPlan.objects.get(status=PlanStatus.PROPOSED)
    assert reload(in_force).status == PlanStatus.APPLIED
    approve_plan(plan_id=waiting.pk, by=by, now=now)
    assert reload(in_force).status == PlanStatus.SUPERSEDED
    assert quotas(session) == (waiting.advance_quota, waiting.extra_quota)


def test_a_rejected_plan_is_not_proposed_again(plan, by, now):
    reject_plan(plan_id=plan.pk, by=by, now=now, reason="专家本周带教")
    (again,) = plan_hospital(hospital=plan.hospital, now=now)
    assert (again.plan, again.is_new) == (plan, False)
    assert CapacityPlan.objects.count() == 1
    assert (reload(plan).decided_at, reload(plan).decision_reason) == (now, "专家本周带教")
    assert quotas(plan.session) == (20, 0)
    assert changes(plan.session) == []


def test_rolling_back(in_force, by, now):
    roll_back_plan(plan_id=in_force.pk, by=by, now=now, reason="医生要求")
    assert reload(in_force).status == PlanStatus.ROLLED_BACK
    assert quotas(in_force.session) == (20, 0)
    assert changes(in_force.session)[1:] == [(QuotaChangeKind.ROLLED_BACK, 14, 4, 20, 0)]


def test_what_was_rolled_back_is_not_applied_again_and_another_plan_waits(in_force, by, now):
    roll_back_plan(plan_id=in_force.pk, by=by, now=now, reason="医生要求")
    plan_hospital(hospital=in_force.hospital, now=now)
    assert quotas(in_force.session) == (20, 0)
    CapacityPolicy.objects.create(hospital=in_force.hospital, overload_cost=3)
    plan_hospital(hospital=in_force.hospital, now=now)
    other = CapacityPlan.objects.latest("pk")
    assert (other.status, "已被回滚" in other.status_reason) == (PlanStatus.PROPOSED, True)
    assert quotas(in_force.session) == (20, 0)


def test_rolling_back_goes_no_lower_than_what_is_taken(plan, by, now):
    ClinicSession.objects.filter(pk=plan.session_id).update(advance_quota=5)
    approve_plan(plan_id=plan.pk, by=by, now=now)
    ClinicSession.objects.filter(pk=plan.session_id).update(advance_taken=9, extra_taken=2)
    roll_back_plan(plan_id=plan.pk, by=by, now=now, reason="误批")
    assert quotas(plan.session) == (9, 2)
    assert "实际恢复为：预约号 9，加号 2" in reload(plan).status_reason


def test_rolling_back_restores_the_plan_before(in_force, by, now):
    CapacityPolicy.objects.create(hospital=in_force.hospital, overload_cost=3)
    plan_hospital(hospital=in_force.hospital, now=now + timedelta(days=1))
    second = CapacityPlan.objects.get(status=PlanStatus.APPLIED)
    assert second != in_force
    roll_back_plan(plan_id=second.pk, by=by, now=now + timedelta(days=1), reason="不合适")
    assert reload(in_force).status == PlanStatus.APPLIED
    assert quotas(in_force.session) == (14, 4)


def test_only_what_is_in_force_is_rolled_back(plan, by, now):
    with pytest.raises(PlanNotInForce):
        roll_back_plan(plan_id=plan.pk, by=by, now=now, reason="误批")
    assert quotas(plan.session) == (20, 0)


def test_pinning_takes_the_waiting_plan_back_and_the_night_leaves_it_alone(plan, by, now):
    pin_quotas(session_id=plan.session_id, by=by, now=now, reason="专家号不变")
    assert (reload(plan).status, reload(plan).status_reason) == (PlanStatus.SUPERSEDED, "号源已固定。")
    assert plan_hospital(hospital=plan.hospital, now=now) == []
    assert changes(plan.session) == [(QuotaChangeKind.PINNED, 20, 0, 20, 0)]
    with pytest.raises(AlreadyPinned):
        pin_quotas(session_id=plan.session_id, by=by, now=now, reason="再次")
    unpin_quotas(session_id=plan.session_id, by=by, now=now, reason="恢复")
    assert [one.is_new for one in plan_hospital(hospital=plan.hospital, now=now)] == [True]
    assert [kind for kind, *_ in changes(plan.session)] == [QuotaChangeKind.PINNED, QuotaChangeKind.UNPINNED]
    with pytest.raises(NotPinned):
        unpin_quotas(session_id=plan.session_id, by=by, now=now, reason="再次")


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"is_quota_pinned": True}, SessionPinned),
        ({"status": SessionStatus.SUSPENDED}, SessionNotOpen),
        ({"status": SessionStatus.CLOSED}, SessionNotOpen),
    ],
)
def test_a_session_that_is_pinned_or_not_open_changes_no_more(waiting_plan, by, now, fields, refusal):
    plan = waiting_plan()
    ClinicSession.objects.filter(pk=plan.session_id).update(**fields)
    with pytest.raises(refusal):
        approve_plan(plan_id=plan.pk, by=by, now=now)
    assert reload(plan).status == PlanStatus.PROPOSED
    assert quotas(plan.session) == (20, 0)
    assert changes(plan.session) == []


def test_a_session_that_is_over_changes_no_more(plan, in_force, by):
    for one, decide in ((plan, approve_plan), (in_force, roll_back_plan)):
        before = quotas(one.session)
        with pytest.raises(SessionNotOpen):
            decide(plan_id=one.pk, by=by, now=one.session.ends_at, reason="")
        assert quotas(one.session) == before


def test_what_nobody_decided_before_the_session_began_waits_no_longer(plan, by, now):
    begun = plan.session.starts_at
    plan_hospital(hospital=plan.hospital, now=begun)
    assert (reload(plan).status, reload(plan).status_reason) == (PlanStatus.SUPERSEDED, "开诊前未审批。")
    with pytest.raises(PlanNotWaiting):
        approve_plan(plan_id=plan.pk, by=by, now=begun)


def test_quotas_that_somebody_set_to_the_best_already_need_no_approval(now):
    session = make_session(visit_date=timezone.localdate(now) + timedelta(days=7), advance_quota=14, extra_quota=4)
    assert session.releases_at < now
    plan_hospital(hospital=session.hospital, now=now)
    assert session.plans.get().status == PlanStatus.APPLIED
    assert quotas(session) == (14, 4)
