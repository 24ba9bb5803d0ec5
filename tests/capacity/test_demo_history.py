"""The demo world's past is one that the product could have had: no seat stays empty while somebody is turned away."""

import numpy as np
import pytest
from django.db.models import Count, Q
from django.utils import timezone

from booking.models import Channel, Outcome
from capacity.services.history import past_sessions
from capacity.services.inputs import estimate_inputs
from config.demo import history
from config.demo.history import WEEKS, write_history
from hospitals.models import ClinicSession, DoctorTitle, Hospital, WeeklyTemplate
from tests.factories.hospitals import make_doctor, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def templates() -> list[WeeklyTemplate]:
    doctor = make_doctor(title=DoctorTitle.CHIEF)
    return [make_template(doctor=doctor, weekday=day, advance_quota=15, extra_quota=2) for day in (1, 2, 3, 4)]


def write(templates: list[WeeklyTemplate], demand: float) -> Hospital:
    hospital = templates[0].hospital
    rng = np.random.default_rng(3)
    demands = {templates[0].department_id: demand}
    write_history(hospital=hospital, templates=templates, demand=demands, rng=rng, now=timezone.now())
    return hospital


def test_seats_that_are_given_up_in_time_go_to_whoever_wants_one(templates: list[WeeklyTemplate]) -> None:
    # Given a doctor whom 26 want each time for 20 seats, half of them in advance: some days more than 15
    write(templates, demand=1.0)
    held = Count("appointments", distinct=True, filter=~Q(appointments__outcome=Outcome.CANCELLED))
    given_up = Count("appointments", distinct=True, filter=Q(appointments__outcome=Outcome.CANCELLED))
    refused = Count("refused_attempts", distinct=True, filter=Q(refused_attempts__channel=Channel.SAME_DAY))
    sessions = list(ClinicSession.objects.annotate(held=held, given_up=given_up, refused=refused))
    assert len(sessions) == len(templates) * WEEKS
    scarce = [session for session in sessions if session.refused]
    # Then nobody is turned away on the day unless every seat is held, also where some were given up
    assert [session.held for session in scarce] == [22] * len(scarce)
    assert sum(session.given_up for session in scarce) > 5
    assert all(session.held <= 22 for session in sessions)


def test_who_gave_a_seat_back_that_nobody_took_is_not_expected_to_come(templates: list[WeeklyTemplate], monkeypatch) -> None:
    # Given a doctor whom 7.8 patients book in advance each time, of whom two in five withdraw days before
    monkeypatch.setattr(history, "HABITS", np.array([0.4]))
    monkeypatch.setattr(history, "HABIT_SHARES", np.array([1.0]))
    monkeypatch.setattr(history, "WITHDRAWN_SHARE", 1.0)
    monkeypatch.setattr(history, "LAZY_HOURS", 1)  # nobody books too late to withdraw in time
    hospital = write(templates, demand=0.6)
    past = past_sessions(hospital=hospital, before=timezone.localdate(), days=365)
    found = estimate_inputs(history=past, clinics=(), mean_rated_capacity=20).clinics
    # Then 4.7 are expected
    assert len(found) == len(templates)
    assert [clinic.mean_advance.value for clinic in found.values()] == pytest.approx([0.6 * 7.8] * len(found), rel=0.15)
    assert [clinic.mean_same_day.value for clinic in found.values()] == pytest.approx([7.8] * len(found), rel=0.15)
