"""Booking processes health data: it needs the consent that adding a patient takes, for as long as it stands."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Consent
from accounts.selectors import HealthConsentMissing
from accounts.services.consents import withdraw_consent
from booking.models import Appointment
from booking.services.appointments import book_appointment
from tests.factories.booking import make_account, make_clinic

pytestmark = pytest.mark.django_db


def test_a_withdrawn_consent_stops_booking_and_a_new_one_lets_it_go_on():
    now = timezone.now()
    account = make_account()
    slot = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3)).slots.first()
    consent = Consent.objects.get(user=account.user)
    withdraw_consent(user=account.user, consent_id=consent.pk, now=now)

    with pytest.raises(HealthConsentMissing):
        book_appointment(user=account.user, patient_id=account.patient.pk, slot_id=slot.pk, now=now)
    assert not Appointment.objects.exists()
    slot.session.refresh_from_db()
    assert slot.session.advance_taken == 0

    Consent.objects.create(user=account.user, patient=account.patient, kind=consent.kind, version=consent.version, given_at=now)
    book_appointment(user=account.user, patient_id=account.patient.pk, slot_id=slot.pk, now=now)
    assert Appointment.objects.count() == 1
