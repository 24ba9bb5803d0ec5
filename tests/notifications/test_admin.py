"""What was sent to whom, for the staff of its hospital: with masked names, and nothing to change."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.models import WaitlistEnd, WaitlistEntry
from hospitals.models import Hospital, StaffMembership, StaffRole
from notifications.models import OutboxMessage
from notifications.services.collecting import collect_messages
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, make_clinic
from tests.factories.hospitals import make_hospital

pytestmark = pytest.mark.django_db
LIST = reverse("admin:notifications_outboxmessage_changelist")


@pytest.fixture
def message(li: Account, now: datetime) -> OutboxMessage:
    """About a place in a waitlist: there is no appointment whose hospital it could be seen by."""
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3))
    WaitlistEntry.objects.create(
        hospital=session.hospital,
        session=session,
        patient=li.patient,
        joined_by=li.user,
        joined_at=now,
        ended_at=now,
        end=WaitlistEnd.CLEARED,
    )
    collect_messages(now=now)
    return OutboxMessage.objects.get()


def staff_of(hospital: Hospital) -> Client:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=StaffRole.DESK)
    client = Client()
    client.force_login(user)
    return client


def test_its_hospitals_staff_see_it_masked(message: OutboxMessage, li: Account) -> None:
    client = staff_of(message.hospital)
    one = reverse("admin:notifications_outboxmessage_change", args=[message.pk])
    for page in (LIST, one):
        shown = client.get(page).content.decode()
        assert "王*明" in shown
        assert li.patient.name not in shown
    assert "到清空时间仍没有退号" in client.get(one).content.decode()
    assert client.post(one, {"state": "sent"}).status_code == 403
    assert OutboxMessage.objects.get().state == "pending"


def test_anothers_do_not(message: OutboxMessage) -> None:
    client = staff_of(make_hospital())
    assert "王*明" not in client.get(LIST).content.decode()
    assert client.get(reverse("admin:notifications_outboxmessage_change", args=[message.pk])).status_code == 404
