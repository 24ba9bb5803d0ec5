"""The list of those who are to be telephoned, as staff use it; and what the patient sees of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import SensitiveAccess, User
from booking.models import Appointment, Tier
from booking.services.confirmation import confirm_by_phone
from hospitals.models import Hospital, StaffMembership, StaffRole
from tests.booking.rated import rated
from tests.booking.snapshot import everything
from tests.booking.suspended import suspend
from tests.factories.accounts import make_staff
from tests.factories.booking import api_client, make_appointment, make_clinic
from tests.factories.hospitals import make_hospital

LIST = reverse("admin:booking_confirmationcall_changelist")
PHONE = "13912345678"


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


@pytest.fixture
def staff(hospital: Hospital) -> User:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=StaffRole.DESK)
    return user


@pytest.fixture
def browser(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def booked(hospital: Hospital, now: datetime, *, tier: Tier = Tier.D, days: int = 9, **patient: Any) -> Appointment:
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=days), hospital=hospital)
    account = rated(hospital, tier, now=now, **{"phone": PHONE} | patient)
    return make_appointment(now=now, account=account, session=session)


def listed(browser: Client) -> list[int]:
    return [call.pk for call in browser.get(LIST).context["cl"].result_list]


def confirm_url(appointment: Appointment) -> str:
    return reverse("admin:booking_confirmation_confirm", args=[appointment.pk])


def phone_url(appointment: Appointment) -> str:
    return reverse("admin:booking_confirmation_phone", args=[appointment.pk])


class TestList:
    def test_who_waits_for_a_call_the_most_urgent_first(self, browser: Client, hospital: Hospital, now: datetime) -> None:
        later, sooner = booked(hospital, now), booked(hospital, now - timedelta(hours=5))
        booked(hospital, now, tier=Tier.C)
        suspended = booked(hospital, now)
        suspend(suspended.session, now=now)
        assert listed(browser) == [sooner.pk, later.pk]

    def test_another_hospitals_are_not_there(self, browser: Client, now: datetime) -> None:
        foreign = booked(make_hospital(), now)
        assert listed(browser) == []
        before = everything()
        assert browser.post(confirm_url(foreign)).status_code == 404
        assert browser.get(phone_url(foreign)).status_code == 404
        assert browser.post(phone_url(foreign), {"reason": "好奇"}).status_code == 404
        assert everything() == before
        assert not SensitiveAccess.objects.exists()

    def test_numbers_and_names_are_masked(self, browser: Client, hospital: Hospital, now: datetime) -> None:
        appointment = booked(hospital, now, name="赵钱孙")
        page = browser.get(LIST).content.decode()
        assert PHONE not in page
        assert "赵钱孙" not in page
        assert appointment.patient.masked_phone in page
        assert confirm_url(appointment) in page

    def test_a_deadline_that_has_come_is_marked(self, browser: Client, hospital: Hospital, now: datetime) -> None:
        booked(hospital, now - timedelta(hours=49))
        assert " 已到，即将释放" in browser.get(LIST).content.decode()


class TestConfirming:
    def test_by_the_button(self, browser: Client, staff: User, hospital: Hospital, now: datetime) -> None:
        appointment = booked(hospital, now)
        response = browser.post(confirm_url(appointment), follow=True)
        appointment.refresh_from_db()
        assert appointment.confirmed_by == staff
        assert [str(message) for message in response.context["messages"]] == [
            f"已确认 {appointment.patient.masked_name} {appointment.visit_date} 的预约。"
        ]
        assert listed(browser) == []

    def test_several_at_once(self, browser: Client, hospital: Hospital, now: datetime) -> None:
        mine, foreign = [booked(hospital, now) for _ in range(2)], booked(make_hospital(), now)
        chosen = [one.pk for one in (*mine, foreign)]
        browser.post(LIST, {"action": "confirm_selected", "_selected_action": chosen})
        confirmed = Appointment.objects.exclude(confirmed_at=None).order_by("pk")
        assert list(confirmed) == mine

    def test_a_link_that_is_followed_confirms_nothing(self, browser: Client, hospital: Hospital, now: datetime) -> None:
        appointment = booked(hospital, now)
        before = everything()
        assert browser.get(confirm_url(appointment)).status_code == 405
        assert everything() == before


class TestPhone:
    def test_it_is_shown_against_a_reason_and_that_is_recorded(
        self, browser: Client, staff: User, hospital: Hospital, now: datetime
    ) -> None:
        appointment = booked(hospital, now)
        asked = browser.get(phone_url(appointment))
        assert PHONE not in asked.content.decode()
        assert asked.context["form"].initial == {"reason": f"电话确认预约 {appointment.code}"}
        assert not SensitiveAccess.objects.exists()

        shown = browser.post(phone_url(appointment), {"reason": "电话确认"})

        assert PHONE in shown.content.decode()
        assert "no-store" in shown.headers["Cache-Control"]
        row = SensitiveAccess.objects.get()
        assert (row.user, row.patient, row.field, row.reason) == (staff, appointment.patient, "phone", "电话确认")

    @pytest.mark.parametrize("reason", ["", "   ", "事" * 201])
    def test_without_a_reason_it_is_not(self, browser: Client, hospital: Hospital, now: datetime, reason: str) -> None:
        appointment = booked(hospital, now)
        response = browser.post(phone_url(appointment), {"reason": reason})
        assert PHONE not in response.content.decode()
        assert not SensitiveAccess.objects.exists()

    def test_who_left_none(self, browser: Client, hospital: Hospital, now: datetime) -> None:
        booked(hospital, now, phone="")
        assert "未留电话" in browser.get(LIST).content.decode()


def test_the_patient_sees_until_when(hospital: Hospital, now: datetime, staff: User) -> None:
    appointment = booked(hospital, now)
    client = api_client(appointment.booked_by)

    def seen() -> tuple[bool, bool, bool]:
        shown = client.get(f"/api/v1/appointments/{appointment.code}").json()
        return shown["needs_confirmation"], shown["confirm_by"] is not None, shown["confirmed_at"] is not None

    assert seen() == (True, True, False)
    confirm_by_phone(appointment_id=appointment.pk, by=staff, now=now)
    assert seen() == (False, True, True)
