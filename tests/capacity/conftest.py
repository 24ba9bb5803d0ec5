"""What the tests of plans share."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from capacity.models import CapacityPlan, CapacityPolicy
from capacity.services.planning import plan_hospital
from hospitals.models import ClinicSession
from tests.factories.hospitals import make_session


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def waiting_plan(now: datetime) -> Callable[[], CapacityPlan]:
    """Makes a plan of the paper's base case (N1 = 14, NA = 4) that waits for approval; the session has 20 and 0."""

    def make(**session: object) -> CapacityPlan:
        coming = make_session(visit_date=timezone.localdate(now) + timedelta(days=20), **session)  # type: ignore[arg-type]
        CapacityPolicy.objects.get_or_create(hospital=coming.hospital, defaults={"applies_automatically": False})
        plan_hospital(hospital=coming.hospital, now=now)
        return coming.plans.get()

    return make


def quotas(session: ClinicSession) -> tuple[int, int]:
    """(N1, NA) as they are in the database now."""
    session.refresh_from_db()
    return session.advance_quota, session.extra_quota
