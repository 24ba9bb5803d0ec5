"""The bill's pages: for those who run the platform, as a bill covers every hospital."""

from datetime import datetime

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import DifferenceKind, PaymentOrder, ReconciliationDifference, ReconciliationRun
from booking.services.reconciliation.runs import reconcile_day
from hospitals.models import StaffMembership, StaffRole
from tests.booking.clock import NOW, at
from tests.booking.trading import paid_at_wechat, set_clock
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_hospital
from wechat.emulator.testing import Emulator

RUNS = reverse("admin:booking_reconciliationrun_changelist")
DIFFERENCES = reverse("admin:booking_reconciliationdifference_changelist")


@pytest.fixture
def difference() -> ReconciliationDifference:
    run = ReconciliationRun.objects.create(day=NOW.date(), started_at=NOW, finished_at=NOW, paid_lines=1, paid_fen=123450)
    return ReconciliationDifference.objects.create(
        run=run, kind=DifferenceKind.MISSING_HERE, number="BYHAND0001", theirs_fen=700, detail="微信支付单号 42"
    )


@pytest.fixture
def platform() -> Client:
    client = Client()
    client.force_login(make_staff(username="platform", is_superuser=True))
    return client


def resolve(client: Client, difference: ReconciliationDifference, **said: str) -> str:
    asked = {"action": "resolve_selected", ACTION_CHECKBOX_NAME: [difference.pk]} | said
    return client.post(DIFFERENCES, asked, follow=True).content.decode()


def test_the_platform_sees_runs_and_differences(platform: Client, difference: ReconciliationDifference) -> None:
    body = platform.get(RUNS).content.decode()
    assert "2026年3月10日" in body
    assert "1234.50 元" in body
    page = platform.get(reverse("admin:booking_reconciliationrun_change", args=[difference.run_id])).content.decode()
    for told in ("BYHAND0001", "微信有、本方无", "7.00 元", "微信支付单号 42"):
        assert told in page
        assert told in platform.get(DIFFERENCES).content.decode()


def test_a_hospitals_administrator_does_not(difference: ReconciliationDifference) -> None:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=make_hospital(), role=StaffRole.ADMINISTRATOR)
    client = Client()
    client.force_login(user)
    one = reverse("admin:booking_reconciliationrun_change", args=[difference.run_id])
    assert [client.get(page).status_code for page in (RUNS, DIFFERENCES, one)] == [403, 403, 403]
    resolve(client, difference, resolution="x")
    difference.refresh_from_db()
    assert difference.resolved_at is None
    assert "对账" not in client.get(reverse("admin:index")).content.decode()


def test_nobody_writes_by_form(platform: Client, difference: ReconciliationDifference) -> None:
    before = ReconciliationDifference.objects.values().get()
    change = reverse("admin:booking_reconciliationdifference_change", args=[difference.pk])
    delete = reverse("admin:booking_reconciliationdifference_delete", args=[difference.pk])
    assert platform.get(reverse("admin:booking_reconciliationdifference_add")).status_code == 403
    assert platform.post(change, {"number": "x"}).status_code == 403
    assert platform.post(delete, {"post": "yes"}).status_code == 403
    assert ReconciliationDifference.objects.values().get() == before


def test_it_is_dealt_with_by_name_and_word(platform: Client, difference: ReconciliationDifference) -> None:
    assert "确认已处理" in resolve(platform, difference)
    assert "errorlist" in resolve(platform, difference, resolution=" ")
    difference.refresh_from_db()
    assert difference.resolved_at is None
    assert "1 条差异已处理。" in resolve(platform, difference, resolution="测试订单")
    difference.refresh_from_db()
    assert difference.resolved_by is not None
    assert (difference.resolved_by.username, difference.resolution) == ("platform", "测试订单")
    assert "BYHAND0001：该差异已由他人处理。" in resolve(platform, difference, resolution="又一次")
    assert "BYHAND0001" not in platform.get(DIFFERENCES, {"resolved": "no"}).content.decode()
    assert "BYHAND0001" in platform.get(DIFFERENCES, {"resolved": "yes"}).content.decode()


def test_a_day_is_reconciled_again(platform: Client, emulator: Emulator, now: datetime) -> None:
    paid_at_wechat(emulator, NOW)
    order = PaymentOrder.objects.get()
    PaymentOrder.objects.update(transaction_id="42another")
    set_clock(emulator, at("10:15", days=-1))
    run = reconcile_day(day=NOW.date(), now=at("10:15", days=-1)).run
    PaymentOrder.objects.update(transaction_id=order.transaction_id)
    again = {"action": "reconcile_again", ACTION_CHECKBOX_NAME: [run.pk]}
    assert "2026-03-10 对账完成，未处理差异 0 条。" in platform.post(RUNS, again, follow=True).content.decode()
    assert not run.differences.exists()
    emulator.break_next("/v3/bill/tradebill", "status", status=500)
    assert "2026-03-10 的账单下载失败（" in platform.post(RUNS, again, follow=True).content.decode()


@pytest.mark.parametrize("page", [RUNS, DIFFERENCES])
def test_the_number_of_queries_does_not_grow(platform: Client, difference: ReconciliationDifference, page: str) -> None:
    platform.get(page)
    with CaptureQueriesContext(connection) as one:
        platform.get(page)
    ReconciliationDifference.objects.bulk_create(
        ReconciliationDifference(run=difference.run, kind=DifferenceKind.STATE, number=f"N{n}") for n in range(30)
    )
    with CaptureQueriesContext(connection) as many:
        platform.get(page)
    assert len(many) == len(one)
