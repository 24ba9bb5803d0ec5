"""The demo world's waiting rooms are ones that the product could have had."""

from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from django.utils import timezone

from booking.models import ConsultationPace, QueueEntry, WaitCalibration
from config.demo.waits import write_waits
from hospitals.models import ClinicSession, SessionStatus
from tests.booking.queue_books import check_queues
from tests.capacity.waits import seen_patients
from tests.factories.booking import make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def sessions(now: datetime) -> list[ClinicSession]:
    """Two mornings of one doctor, a week and three weeks ago, each with 15 patients who were seen."""
    first = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3))
    held = []
    for weeks in (1, 3):
        begins = now - timedelta(weeks=weeks)
        session = ClinicSession.objects.get(pk=first.pk)
        session.pk, session.visit_date, session.status = None, begins.date(), SessionStatus.CLOSED
        session.starts_at, session.ends_at = begins, begins + timedelta(hours=4)
        session.save()
        seen_patients(session, now, 15)
        held.append(session)
    return held


def test_every_seen_patient_waited_was_called_and_was_seen(sessions: list[ClinicSession], now: datetime) -> None:
    assert write_waits(hospital=sessions[0].hospital, rng=np.random.default_rng(1), now=now) == 30
    check_queues()
    for session in sessions:
        entries = list(QueueEntry.objects.filter(session=session).order_by("called_at"))
        assert len(entries) == 15
        # One doctor sees one patient after the other, nobody before coming.
        assert all(before.finished_at <= after.called_at for before, after in pairwise(entries))
        assert all(entry.arrived_at <= entry.called_at < entry.finished_at for entry in entries)
        assert all(entry.told_low_minutes < entry.told_high_minutes for entry in entries)
    assert ConsultationPace.objects.get().consultations == 30
    assert WaitCalibration.objects.get().entries == 30


def test_once_is_enough(sessions: list[ClinicSession], now: datetime) -> None:
    for written in (30, 0):
        assert write_waits(hospital=sessions[0].hospital, rng=np.random.default_rng(1), now=now) == written
    assert QueueEntry.objects.count() == 30
