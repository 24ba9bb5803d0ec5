"""Perks that two want at the same moment: redeemed once, moved with once, granted once."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from booking.models import Appointment, Entitlement, EntitlementKind, Tier
from booking.services.entitlements.granting import grant_period_entitlements
from booking.services.entitlements.using import use_entitlement
from booking.services.moves import move_appointment
from hospitals.models import ClinicSession, StaffMembership, StaffRole
from hospitals.services.policies import revise_policy
from tests.booking.rated import rated
from tests.concurrency.race import kinds, race
from tests.factories.accounts import make_staff
from tests.factories.booking import make_appointment, make_clinic, slot_of
from tests.factories.hospitals import make_department, make_hospital

TELLERS = 4


@pytest.fixture
def day(now: datetime) -> date:
    return (now + timedelta(days=3)).date()


def test_one_code_is_redeemed_once(now: datetime) -> None:
    hospital = make_hospital()
    rated(hospital, Tier.A, now=now)
    grant_period_entitlements(hospital=hospital, now=now)
    code = Entitlement.objects.get(kind=EntitlementKind.EXAMINATION).code
    staff = [make_staff() for _ in range(TELLERS)]
    for user in staff:
        StaffMembership.objects.create(user=user, hospital=hospital, role=StaffRole.DESK)
    results = race(*[lambda user=user: use_entitlement(code=code, by=user, now=now) for user in staff])
    assert Counter(kinds(results)) == {"Entitlement": 1, "EntitlementUsed": TELLERS - 1}


def test_two_moves_share_no_free_one(now: datetime, day: date) -> None:
    """A patient with one free move and two bookings, both moved at once."""
    department = make_department()
    account = rated(department.hospital, Tier.A, now=now)
    changes = {"moves_allowed": 0, "live_per_week": 9, "live_per_day": 9, "live_per_department_day": 9}
    revise_policy(hospital=department.hospital, registration_type=None, changes=changes, by=None, now=now)

    def clinic(days: int) -> ClinicSession:
        return make_clinic(visit_date=day + timedelta(days=days), department=department)

    booked = [make_appointment(now=now, account=account, session=clinic(days)) for days in (0, 1)]
    wanted = [slot_of(clinic(days)).pk for days in (2, 3)]

    def move(appointment: Appointment, slot_id: int) -> Appointment:
        return move_appointment(user=account.user, appointment_id=appointment.pk, slot_id=slot_id, now=now)

    results = race(*[lambda pair=pair: move(*pair) for pair in zip(booked, wanted, strict=True)])
    assert Counter(kinds(results)) == {"Appointment": 1, "MovesUsedUp": 1}
    assert Entitlement.objects.exclude(used_for=None).count() == 1


def test_two_nights_grant_once(now: datetime) -> None:
    hospital = make_hospital()
    for _ in range(5):
        rated(hospital, Tier.A, now=now)
    revise_policy(hospital=hospital, registration_type=None, changes={"free_moves_a": 3}, by=None, now=now)
    results = race(*[lambda: grant_period_entitlements(hospital=hospital, now=now)] * 3)
    assert kinds(results) == ["int"] * 3
    assert sum(results) == Entitlement.objects.count() == 5 * (3 + 1 + 1)
