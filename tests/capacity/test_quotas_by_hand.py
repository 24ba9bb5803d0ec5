"""Quotas that staff set on a session's own page: whatever changed is on record, with who and why."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from capacity.models import PlanStatus, QuotaChange, QuotaChangeKind
from hospitals.models import ClinicSession, StaffMembership, StaffRole
from tests.capacity.conftest import quotas
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(now) -> ClinicSession:
    return make_session(visit_date=timezone.localdate(now) + timedelta(days=20), advance_quota=12, extra_quota=2, advance_taken=5)


@pytest.fixture
def by() -> User:
    return make_staff()


@pytest.fixture
def client(session, by) -> Client:
    return client_of(session, by)


def client_of(session: ClinicSession, user: User, role: StaffRole = StaffRole.CLINIC_OFFICE) -> Client:
    StaffMembership.objects.create(user=user, hospital=session.hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


def page_of(session: ClinicSession) -> str:
    return reverse("admin:hospitals_clinicsession_change", args=[session.pk])


def save(client: Client, session: ClinicSession, **changed: str):
    """Send the page as a browser does: the boxes that are ticked, the rows below counted."""
    filled_in = {
        "room": session.room,
        "advance_quota": session.advance_quota,
        "extra_quota": session.extra_quota,
        **({"is_quota_pinned": "on"} if session.is_quota_pinned else {}),
        **{f"{name}-{count}_FORMS": 0 for name in ("slots", "quota_changes") for count in ("TOTAL", "INITIAL")},
    }
    return client.post(page_of(session), filled_in | changed, follow=True)


def record(session: ClinicSession) -> list[tuple[str, int, int, int, int, str]]:
    rows = QuotaChange.objects.filter(session=session).order_by("pk")
    return list(rows.values_list("kind", "advance_before", "extra_before", "advance_after", "extra_after", "reason"))


def test_changed_quotas_are_on_record_and_on_the_page(client, session, by):
    save(client, session, advance_quota="15", quota_reason="流感季加诊")
    assert quotas(session) == (15, 2)
    assert record(session) == [(QuotaChangeKind.BY_HAND, 12, 2, 15, 2, "流感季加诊")]
    change = QuotaChange.objects.get()
    assert (change.by, change.plan, change.hospital) == (by, None, session.hospital)
    page = client.get(page_of(session)).content.decode()
    assert all(words in page for words in ("手工调整", "12 → 15", "流感季加诊", str(by)))


def test_what_leaves_the_quotas_alone_is_not_on_record(client, session):
    save(client, session, room="305")
    session.refresh_from_db()
    assert (session.room, record(session)) == ("305", [])


def test_the_record_says_what_was_published_not_what_was_asked(client, session):
    """Somebody books between the check of the form and the lock: seven cannot become five."""
    ClinicSession.objects.filter(pk=session.pk).update(withheld=2)
    save(client, session, advance_quota="5")
    assert quotas(session) == (7, 2)
    assert record(session) == [(QuotaChangeKind.BY_HAND, 12, 2, 7, 2, "")]


def test_pinning_and_unpinning_are_on_record(client, session):
    save(client, session, is_quota_pinned="on", extra_quota="3", quota_reason="专家固定门诊")
    session.refresh_from_db()
    session.is_quota_pinned = False
    save(client, session)
    assert record(session) == [
        (QuotaChangeKind.BY_HAND, 12, 2, 12, 3, "专家固定门诊"),
        (QuotaChangeKind.PINNED, 12, 3, 12, 3, "专家固定门诊"),
        (QuotaChangeKind.UNPINNED, 12, 3, 12, 3, ""),
    ]


def test_a_pin_takes_back_the_plan_that_waits(waiting_plan, by):
    plan = waiting_plan()
    save(client_of(plan.session, by), plan.session, is_quota_pinned="on")
    plan.refresh_from_db()
    assert (plan.status, plan.status_reason) == (PlanStatus.SUPERSEDED, "号源已固定。")
    assert record(plan.session) == [(QuotaChangeKind.PINNED, 20, 0, 20, 0, "")]


@pytest.mark.parametrize("changed", [{"advance_quota": "21"}, {"advance_quota": "15", "quota_reason": "长" * 201}])
def test_a_refused_form_changes_and_records_nothing(client, session, changed):
    page = save(client, session, **changed)
    assert page.context["adminform"].form.errors
    assert (quotas(session), record(session)) == ((12, 2), [])


def test_the_desk_sees_the_record_and_no_reason_to_fill_in(client, session):
    save(client, session, advance_quota="15", quota_reason="流感季加诊")
    desk = client_of(session, make_staff(), StaffRole.DESK)
    page = desk.get(page_of(session)).content.decode()
    assert ("流感季加诊" in page, "调整原因" in page) == (True, False)
    assert save(desk, session, advance_quota="16").status_code == 403
    assert quotas(session) == (15, 2)


def test_the_page_asks_as_many_queries_however_long_the_record(client, session, django_assert_num_queries):
    save(client, session, advance_quota="15")
    with django_assert_num_queries(12):
        client.get(page_of(session))
    for quota in ("16", "17", "18"):
        save(client, session, advance_quota=quota)
    with django_assert_num_queries(12):
        client.get(page_of(session))
