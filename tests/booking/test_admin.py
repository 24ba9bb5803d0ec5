"""What a hospital's staff see of bookings and do to them: their own hospital's, through the patients' services."""

from datetime import timedelta

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.admin.event_facts import event_facts
from booking.models import Appointment, AppointmentEvent, AppointmentStatus, CancelledBy, Outcome, Refund
from hospitals.models import Hospital, StaffMembership, StaffRole
from tests.factories.accounts import make_staff
from tests.factories.booking import make_appointment, make_clinic, make_clinic_now

pytestmark = pytest.mark.django_db

LIST = reverse("admin:booking_appointment_changelist")


def staff_client(hospital: Hospital, role: StaffRole = StaffRole.ADMINISTRATOR) -> Client:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def paid(now) -> Appointment:
    return make_appointment(now=now, fee_fen=5000)


@pytest.mark.parametrize("page", ["appointment", "paymentorder", "refund"])
def test_the_lists_show_the_own_hospital_only(paid, now, page):
    other = make_appointment(now=now, fee_fen=5000)
    body = staff_client(paid.hospital).get(reverse(f"admin:booking_{page}_changelist")).content.decode()
    assert other.code not in body
    if page != "refund":
        assert paid.code in body


def test_another_hospitals_booking_is_not_there(paid, now):
    other = make_appointment(now=now)
    client = staff_client(paid.hospital)
    assert client.get(reverse("admin:booking_appointment_change", args=[paid.pk])).status_code == 200
    assert client.get(reverse("admin:booking_appointment_change", args=[other.pk])).status_code == 404


def test_a_booking_is_shown_masked_with_its_history_in_words(paid):
    body = staff_client(paid.hospital).get(reverse("admin:booking_appointment_change", args=[paid.pk])).content.decode()
    assert paid.patient.masked_name in body
    assert paid.patient.name not in body
    assert paid.patient.document_number not in body
    assert "已支付，已付 50.00 元，已退 0.00 元" in body
    assert "渠道：预约号" in body
    assert "amount_fen" not in body


def test_every_event_can_be_told(paid):
    told = {event.kind: event_facts(event) for event in AppointmentEvent.objects.filter(appointment=paid)}
    order = paid.payment_order
    assert told == {
        "created": "渠道：预约号",
        "payment-received": f"金额：50.00 元；订单号：{order.out_trade_no}",
        "booked": "—",
    }


def test_staff_neither_add_nor_change_nor_delete(paid):
    client = staff_client(paid.hospital)
    # One is made in a session, at the desk: see test_desk_admin.
    assert client.get(reverse("admin:booking_appointment_add")).status_code == 302
    assert client.post(reverse("admin:booking_appointment_delete", args=[paid.pk]), {"post": "yes"}).status_code == 403
    client.post(reverse("admin:booking_appointment_change", args=[paid.pk]), {"status": "cancelled"})
    paid.refresh_from_db()
    assert paid.status == AppointmentStatus.BOOKED


class TestCancelling:
    def test_it_asks_for_the_reason_and_says_what_follows(self, paid):
        page = staff_client(paid.hospital).post(LIST, {"action": "cancel_selected", ACTION_CHECKBOX_NAME: [paid.pk]})
        body = page.content.decode()
        assert "合计 50.00 元" in body
        assert paid.code in body
        paid.refresh_from_db()
        assert paid.status == AppointmentStatus.BOOKED

    def test_the_patient_gets_all_back_and_it_counts_for_nothing(self, paid):
        client = staff_client(paid.hospital, StaffRole.CLINIC_OFFICE)
        client.post(LIST, {"action": "cancel_selected", ACTION_CHECKBOX_NAME: [paid.pk], "reason": "设备检修"})
        paid.refresh_from_db()
        assert (paid.status, paid.outcome) == (AppointmentStatus.CANCELLED, Outcome.VOID)
        assert (paid.cancelled_by, paid.cancel_reason) == (CancelledBy.HOSPITAL, "设备检修")
        assert Refund.objects.get().amount_fen == 5000

    def test_the_desk_may_not(self, paid):
        client = staff_client(paid.hospital, StaffRole.DESK)
        client.post(LIST, {"action": "cancel_selected", ACTION_CHECKBOX_NAME: [paid.pk], "reason": "x"})
        paid.refresh_from_db()
        assert paid.status == AppointmentStatus.BOOKED

    def test_nor_anybody_at_another_hospital(self, paid, now):
        other = make_appointment(now=now)
        client = staff_client(other.hospital)
        client.post(LIST, {"action": "cancel_selected", ACTION_CHECKBOX_NAME: [paid.pk], "reason": "x"})
        paid.refresh_from_db()
        assert paid.status == AppointmentStatus.BOOKED

    def test_a_role_at_one_hospital_is_none_at_the_other(self, paid, now):
        """Clinic office there, desk here: the page offers the action, the row refuses it."""
        other = make_appointment(now=now)
        user = make_staff()
        StaffMembership.objects.create(user=user, hospital=other.hospital, role=StaffRole.CLINIC_OFFICE)
        StaffMembership.objects.create(user=user, hospital=paid.hospital, role=StaffRole.DESK)
        client = Client()
        client.force_login(user)
        client.post(LIST, {"action": "cancel_selected", ACTION_CHECKBOX_NAME: [paid.pk, other.pk], "reason": "设备检修"})
        paid.refresh_from_db()
        other.refresh_from_db()
        assert (paid.status, other.status) == (AppointmentStatus.BOOKED, AppointmentStatus.CANCELLED)


class TestDesk:
    def test_checks_in_and_finishes(self, now):
        here = make_appointment(now=now, session=make_clinic_now(now=now))
        client = staff_client(here.hospital, StaffRole.DESK)
        client.post(LIST, {"action": "check_in_selected", ACTION_CHECKBOX_NAME: [here.pk]})
        here.refresh_from_db()
        assert here.status == AppointmentStatus.CHECKED_IN
        client.post(LIST, {"action": "finish_selected", ACTION_CHECKBOX_NAME: [here.pk]})
        here.refresh_from_db()
        assert (here.status, here.outcome) == (AppointmentStatus.FULFILLED, Outcome.FULFILLED)
        assert {e.actor_kind for e in here.events.filter(kind__in=["checked-in", "fulfilled"])} == {"staff"}

    def test_hears_why_not(self, now):
        later = make_appointment(now=now, session=make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3)))
        client = staff_client(later.hospital, StaffRole.DESK)
        page = client.post(LIST, {"action": "check_in_selected", ACTION_CHECKBOX_NAME: [later.pk]}, follow=True)
        assert f"{later.code}：尚未到签到时间" in page.content.decode()
        later.refresh_from_db()
        assert later.status == AppointmentStatus.BOOKED


def test_the_number_of_queries_does_not_grow_with_the_list(paid, now, django_assert_max_num_queries):
    client = staff_client(paid.hospital)
    client.get(LIST)
    for _ in range(5):
        make_appointment(now=now, hospital=paid.hospital)
    with django_assert_max_num_queries(16):
        client.get(LIST)
    for _ in range(10):
        make_appointment(now=now, hospital=paid.hospital)
    with django_assert_max_num_queries(16):
        client.get(LIST)
