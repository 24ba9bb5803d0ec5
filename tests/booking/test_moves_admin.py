"""What staff see of a chain of moves."""

from datetime import datetime, timedelta

from django.test import Client
from django.urls import reverse

from booking.services.moves import move_appointment
from hospitals.models import StaffMembership, StaffRole
from tests.factories.accounts import make_staff
from tests.factories.booking import make_appointment, make_clinic, slot_of


def test_each_link_names_the_other(now: datetime) -> None:
    old = make_appointment(now=now)
    slot = slot_of(make_clinic(visit_date=old.visit_date + timedelta(days=1), department=old.department))
    new = move_appointment(user=old.booked_by, appointment_id=old.pk, slot_id=slot.pk, now=now)
    staff, client = make_staff(), Client()
    StaffMembership.objects.create(user=staff, hospital=old.hospital, role=StaffRole.ADMINISTRATOR)
    client.force_login(staff)
    pages = [client.get(reverse("admin:booking_appointment_change", args=[link.pk])).content.decode() for link in (old, new)]
    assert f"改约到：{new.code}" in pages[0]
    assert f"改约自：{old.code}" in pages[1]
    assert all(old.code in page and new.code in page for page in pages)
