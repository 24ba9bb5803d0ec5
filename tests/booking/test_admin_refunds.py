"""Refunds and orders in the admin: what became of the money, and sending on what WeChat gave up."""

from datetime import datetime

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from booking.models import CancelledBy, Refund, RefundState
from booking.services.cancellation import cancel_appointment
from booking.services.refunds import submit_refund
from booking.services.transitions import SYSTEM
from hospitals.models import Hospital, StaffMembership, StaffRole
from tests.booking.snapshot import everything
from tests.booking.trading import paid_at_wechat
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_hospital
from wechat.emulator.testing import Emulator

REFUNDS, ORDERS = reverse("admin:booking_refund_changelist"), reverse("admin:booking_paymentorder_changelist")


@pytest.fixture
def refund(emulator: Emulator, now: datetime) -> Refund:
    """Given up by WeChat, which closed it for want of money."""
    appointment = paid_at_wechat(emulator, now)
    cancel_appointment(appointment_id=appointment.pk, by=CancelledBy.HOSPITAL, actor=SYSTEM, now=now)
    refund = Refund.objects.get()
    emulator.next_refund("closed")
    for _ in range(2):
        submit_refund(refund_id=refund.pk, now=now)
    return Refund.objects.select_related("order__hospital").get()


def staff_of(hospital: Hospital, role: StaffRole = StaffRole.ADMINISTRATOR) -> Client:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


def resubmit(client: Client, refund: Refund, **said: str) -> str:
    asked = {"action": "resubmit_selected", ACTION_CHECKBOX_NAME: [refund.pk]} | said
    return client.post(REFUNDS, asked, follow=True).content.decode()


def test_it_explains_and_asks_first(refund: Refund) -> None:
    client, before = staff_of(refund.order.hospital), everything()
    page = resubmit(client, refund)
    assert "确认重新提交" in page
    assert refund.out_refund_no in page
    assert "换新单号" in page
    assert everything() == before


def test_then_it_goes_on_under_a_new_number(refund: Refund, now: datetime) -> None:
    client = staff_of(refund.order.hospital)
    page = resubmit(client, refund, confirmed="yes")
    going_on = Refund.objects.get(replaces=refund)
    assert f"已换新单号 {going_on.out_refund_no} 重新提交" in page
    refund.refresh_from_db()
    assert (refund.state, going_on.state) == (RefundState.REPLACED, RefundState.REQUESTED)
    assert "不需要重新提交" in resubmit(client, refund, confirmed="yes")
    assert Refund.objects.count() == 2


def test_without_wechats_answer_it_says_so(refund: Refund, emulator: Emulator) -> None:
    emulator.break_next("/v3/refund", "status", status=500)
    before = everything()
    assert "微信暂时没有答复" in resubmit(staff_of(refund.order.hospital), refund, confirmed="yes")
    assert everything() == before


@pytest.mark.parametrize("role", [StaffRole.CLINIC_OFFICE, StaffRole.DESK])
def test_only_administrators_move_money(refund: Refund, role: StaffRole) -> None:
    before = everything()
    page = resubmit(staff_of(refund.order.hospital, role), refund, confirmed="yes")
    assert "resubmit_selected" not in page
    assert everything() == before


def test_another_hospitals_refund_is_not_there(refund: Refund) -> None:
    before = everything()
    resubmit(staff_of(make_hospital()), refund, confirmed="yes")
    assert everything() == before


def test_an_order_shows_what_became_of_its_money(refund: Refund, now: datetime) -> None:
    client = staff_of(refund.order.hospital)
    change = reverse("admin:booking_paymentorder_change", args=[refund.order_id])
    for page in (ORDERS, change):
        assert "退款中" in client.get(page).content.decode()
    resubmit(client, refund, confirmed="yes")
    for _ in range(2):
        submit_refund(refund_id=Refund.objects.get(replaces=refund).pk, now=now)
    for page in (ORDERS, change):
        shown = client.get(page).content.decode()
        assert "已全额退款" in shown
        assert "已退到账" in shown
