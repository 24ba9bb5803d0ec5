"""The clinic office looks at plans, approves and rejects them: those of its own hospital."""

from datetime import timedelta

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from capacity.models import CapacityPlan, CapacityPolicy, PlanStatus
from capacity.services.planning import plan_hospital
from hospitals.models import Hospital, StaffMembership, StaffRole
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_session

pytestmark = pytest.mark.django_db

LIST = reverse("admin:capacity_capacityplan_changelist")


def staff_client(hospital: Hospital, role: StaffRole = StaffRole.CLINIC_OFFICE) -> Client:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


def waiting_plan() -> CapacityPlan:
    now = timezone.now()
    session = make_session(visit_date=timezone.localdate(now) + timedelta(days=20))
    CapacityPolicy.objects.create(hospital=session.hospital, applies_automatically=False)
    plan_hospital(hospital=session.hospital, now=now)
    return session.plans.get()


def test_a_plan_explains_itself():
    plan = waiting_plan()
    client = staff_client(plan.hospital)
    body = client.get(reverse("admin:capacity_capacityplan_change", args=[plan.pk])).content.decode()
    assert plan.result["explanation"] in body
    assert "没有历史记录" in body
    assert "14 / 4" in client.get(LIST).content.decode()


def test_approving_puts_it_in_force():
    plan = waiting_plan()
    staff_client(plan.hospital).post(LIST, {"action": "approve_selected", ACTION_CHECKBOX_NAME: [plan.pk]})
    plan.refresh_from_db()
    plan.session.refresh_from_db()
    assert plan.status == PlanStatus.APPLIED
    assert plan.decided_by is not None
    assert (plan.session.advance_quota, plan.session.extra_quota) == (14, 4)


def test_rejecting_leaves_the_quotas_and_a_decided_plan_stays_decided():
    plan = waiting_plan()
    client = staff_client(plan.hospital)
    client.post(LIST, {"action": "reject_selected", ACTION_CHECKBOX_NAME: [plan.pk]})
    page = client.post(LIST, {"action": "approve_selected", ACTION_CHECKBOX_NAME: [plan.pk]}, follow=True)
    assert "不在待审批状态" in page.content.decode()
    plan.refresh_from_db()
    plan.session.refresh_from_db()
    assert plan.status == PlanStatus.REJECTED
    assert (plan.session.advance_quota, plan.session.extra_quota) == (20, 0)


def test_the_desk_looks_and_does_not_decide():
    plan = waiting_plan()
    client = staff_client(plan.hospital, StaffRole.DESK)
    assert client.get(LIST).status_code == 200
    client.post(LIST, {"action": "approve_selected", ACTION_CHECKBOX_NAME: [plan.pk]})
    plan.refresh_from_db()
    assert plan.status == PlanStatus.PROPOSED


def test_another_hospitals_plans_departments_and_rules_are_not_there():
    mine, other = waiting_plan(), waiting_plan()
    client = staff_client(mine.hospital)
    body = client.get(LIST).content.decode()
    assert mine.session.doctor.name in body
    assert other.session.doctor.name not in body
    assert other.session.department.name not in body
    assert client.get(reverse("admin:capacity_capacityplan_change", args=[other.pk])).status_code == 404
    client.post(LIST, {"action": "approve_selected", ACTION_CHECKBOX_NAME: [other.pk]})
    other.refresh_from_db()
    assert other.status == PlanStatus.PROPOSED


def test_a_cost_without_an_optimum_cannot_be_saved():
    hospital = make_session(visit_date=timezone.localdate()).hospital
    client = staff_client(hospital)
    values = {"hospital": hospital.pk, "overload_cost": "1", "largest_extra": 10, "largest_change": 10, "history_days": 365}
    page = client.post(reverse("admin:capacity_capacitypolicy_add"), values)
    assert "必须大于 1" in page.content.decode()
    assert not CapacityPolicy.objects.exists()
