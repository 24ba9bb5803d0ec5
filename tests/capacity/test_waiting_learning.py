"""The night times consultations and sets the range of waits, each hospital's from its own past."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.models import ConsultationPace, QueueEntry, QueueState, WaitCalibration
from booking.queue_selectors import pace_before_today, reach_of
from booking.queue_wait import Pace, Reach
from capacity.numeric.wait_reach import measured_reach
from capacity.services.wait_calibration import learn_from_waits
from capacity.tasks import learn_from_all_waits
from hospitals.models import ClinicSession
from tests.capacity.waits import waited
from tests.factories.booking import make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    return make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), rated_capacity=100)


def test_a_doctors_consultations_are_timed(session: ClinicSession, now: datetime) -> None:
    # Given 40 consultations of 6 and 10 minutes, a double press, one that was never ended, and one of long ago
    waited(session, now=now, took=[6.0, 10.0] * 20)
    waited(session, now=now, took=[0.1, 119.0 + 2])
    waited(session, now=now - timedelta(days=200), took=[60.0])
    # When the night looks at them
    learn_from_waits(hospital=session.hospital, now=now)
    # Then the mean and the variation are theirs, and the forecast rests on them
    pace = ConsultationPace.objects.get()
    assert (pace.department, pace.doctor, pace.consultations) == (session.department, session.doctor, 40)
    assert (pace.mean_minutes, pace.cv) == pytest.approx((8.0, 0.25))
    assert pace_before_today(session) == Pace(pytest.approx(8.0), 5.0, pytest.approx(0.25))


def test_the_range_is_set_from_what_came(session: ClinicSession, now: datetime) -> None:
    # Given told means of 20 ± 5 minutes and waits that were two deviations longer, give or take one
    came = [30.0 + 5 * (place % 5 - 2) / 2 for place in range(100)]
    waited(session, now=now, came=came)
    calibration = learn_from_waits(hospital=session.hospital, now=now)
    # Then all of them, as scores, set the reach
    scores = np.array([(minutes - 20) / 5 for minutes in came])
    assert reach_of(session.hospital_id) == Reach(*measured_reach(scores, claimed=0.8))
    # 13 to 27 minutes were told: those of 25 were within.
    assert (calibration.entries, calibration.held) == (100, 20)


def test_who_was_never_called_or_told_says_nothing(session: ClinicSession, now: datetime) -> None:
    waited(session, now=now, came=[None, None])
    QueueEntry.objects.update(first_called_at=None)
    assert learn_from_waits(hospital=session.hospital, now=now).entries == 0
    assert reach_of(session.hospital_id) == Reach(*measured_reach(np.array([]), claimed=0.8))


def test_another_hospitals_past_is_its_own(session: ClinicSession, now: datetime) -> None:
    other = make_clinic(visit_date=session.visit_date, rated_capacity=50)
    waited(other, now=now, took=[20.0] * 30, came=[50.0] * 30)
    learn_from_waits(hospital=session.hospital, now=now)
    assert not ConsultationPace.objects.exists()
    assert WaitCalibration.objects.get().entries == 0


def test_learning_again_changes_nothing_and_forgets_who_left(session: ClinicSession, now: datetime) -> None:
    waited(session, now=now, took=[6.0, 10.0] * 20)
    for _ in range(2):
        learn_from_waits(hospital=session.hospital, now=now)
        assert ConsultationPace.objects.get().consultations == 40
        assert WaitCalibration.objects.count() == 1
    later = now + timedelta(days=181)
    learn_from_waits(hospital=session.hospital, now=later)
    assert not ConsultationPace.objects.exists()
    assert WaitCalibration.objects.get().computed_at == later


def test_the_cost_does_not_grow_with_the_hospital(session: ClinicSession, now: datetime) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            learn_from_waits(hospital=session.hospital, now=now)
        return len(queries)

    waited(session, now=now, took=[6.0] * 3)
    little = cost()
    more = make_clinic(visit_date=session.visit_date, hospital=session.hospital, rated_capacity=20)
    waited(more, now=now, took=[6.0] * 9)
    assert cost() == little


def test_the_task_asks_every_hospital(session: ClinicSession, now: datetime) -> None:
    waited(session, now=now, took=[6.0] * 3)
    learn_from_all_waits()
    assert ConsultationPace.objects.get().consultations == 3
    assert WaitCalibration.objects.get().hospital == session.hospital


def test_entries_of_the_factory_are_as_the_desk_leaves_them(session: ClinicSession, now: datetime) -> None:
    waited(session, now=now, took=[6.0], came=[30.0])
    entry = QueueEntry.objects.get()
    assert (entry.state, entry.told_low_minutes, entry.told_high_minutes) == (QueueState.FINISHED, 13, 27)
