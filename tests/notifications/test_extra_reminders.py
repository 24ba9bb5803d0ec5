"""One reminder more of a visit that will probably be missed: never fewer, at most three, never one twice."""

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string

from booking.models import Appointment, AppointmentStatus, Tier
from booking.services.miss_probabilities import store_miss_probabilities
from config.beat import SCHEDULE
from hospitals.models import BookingPolicy
from notifications.models import MessageKind, MessageState, OutboxMessage
from notifications.services.collecting import collect_messages
from notifications.services.extra_reminders import collect_extra_reminders
from notifications.services.outbox import drop_outdated
from tests.booking.clock import VISIT, ZONE, at
from tests.factories.booking import make_appointment, make_clinic

pytestmark = pytest.mark.django_db
LONG_BEFORE = at("10:00", days=-6)
LIKELY = 0.4  # the default of the policy: 40 %


def make_visit(
    clock: str = "09:00", *, tier: str = Tier.UNRATED, probability: float | None = LIKELY, booked_at: datetime = LONG_BEFORE
) -> Appointment:
    """Booked long before, its usual reminders collected, and its chance of a miss stored as the scoring stores it."""
    session = make_clinic(visit_date=VISIT, starts_at=time.fromisoformat(clock), ends_at=time(23, 30))
    appointment = make_appointment(now=booked_at, session=session)
    Appointment.objects.filter(pk=appointment.pk).update(tier=tier)
    collect_messages(now=booked_at)
    if probability is not None:
        ids, hospital = [appointment.pk], appointment.hospital_id
        store_miss_probabilities(hospital_id=hospital, appointment_ids=ids, probabilities=[probability])
    return appointment


def reminders() -> list[str]:
    due = OutboxMessage.objects.filter(kind=MessageKind.REMINDER).order_by("due_at").values_list("due_at", flat=True)
    return [f"{moment.astimezone(ZONE):%m-%d %H:%M}" for moment in due]


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (Tier.A, ["03-09 09:00", "03-11 09:00"]),
        (Tier.UNRATED, ["03-09 09:00", "03-11 09:00"]),
        (Tier.D, ["03-09 09:00", "03-11 09:00", "03-12 07:00"]),
        (Tier.C, ["03-09 09:00", "03-11 09:00", "03-12 07:00"]),
    ],
)
def test_one_more_than_the_tier_has_and_three_at_most(tier: str, expected: list[str]) -> None:
    make_visit(tier=tier)
    usual = len(reminders())
    now = at("08:00", days=-4)
    assert collect_extra_reminders(now=now) == len(expected) - usual
    assert reminders() == expected
    # Nor is there another, however often and however late both are collected.
    for later in (now, at("08:00", days=-2), at("06:30")):
        assert collect_extra_reminders(now=later) == 0
    collect_messages(now=LONG_BEFORE)
    assert reminders() == expected


@pytest.mark.parametrize(("probability", "number"), [(None, 0), (0.0, 0), (0.3999, 0), (0.4, 1), (1.0, 1)])
def test_from_the_policys_risk_on(probability: float | None, number: int) -> None:
    make_visit(probability=probability)
    assert collect_extra_reminders(now=at("08:00", days=-4)) == number
    assert len(reminders()) == 1 + number


def test_a_policy_of_nought_asks_for_none() -> None:
    make_visit(probability=1.0)
    BookingPolicy.objects.update(extra_reminder_risk_percent=0)
    assert collect_extra_reminders(now=at("08:00", days=-4)) == 0


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # Too long before: it may yet become unlikely.
        (at("09:30", days=-6), ["03-11 09:00"]),
        (at("08:59", days=-3), ["03-09 09:00", "03-11 09:00"]),
        # Its moment is over: the next one that is not.
        (at("09:00", days=-3), ["03-11 09:00", "03-12 07:00"]),
        (at("06:59"), ["03-11 09:00", "03-12 07:00"]),
        (at("07:00"), ["03-11 09:00"]),
    ],
)
def test_only_what_is_still_ahead(now: datetime, expected: list[str]) -> None:
    make_visit(booked_at=at("09:00", days=-6))
    collect_extra_reminders(now=now)
    assert reminders() == expected


def test_not_twice_on_the_evening_before() -> None:
    """Of an early visit two reminders fall on the same evening where the day ahead is one of them."""
    make_visit("07:30", tier=Tier.D)
    collect_extra_reminders(now=at("08:00", days=-1))
    assert reminders() == ["03-09 07:30", "03-11 07:30", "03-11 20:00"]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": AppointmentStatus.CHECKED_IN},
        {"status": AppointmentStatus.CANCELLED, "outcome": "cancelled", "closed_at": LONG_BEFORE},
        {"booked_by": None},
        {"visit_date": VISIT + timedelta(days=9)},
    ],
)
def test_nobody_is_reminded_of_what_is_off_or_far(changes: dict[str, object]) -> None:
    visit = make_visit()
    Appointment.objects.filter(pk=visit.pk).update(**changes)
    assert collect_extra_reminders(now=at("08:00", days=-4)) == 0


def test_it_is_dropped_like_the_others_when_the_visit_is_off() -> None:
    visit = make_visit()
    collect_extra_reminders(now=at("08:00", days=-4))
    Appointment.objects.filter(pk=visit.pk).update(status=AppointmentStatus.CANCELLED)
    assert drop_outdated(now=at("09:00", days=-3)) == 1
    assert OutboxMessage.objects.filter(kind=MessageKind.REMINDER, state=MessageState.DROPPED).count() == 1


def test_as_many_queries_for_many_as_for_few() -> None:
    counts = []
    for number in (2, 4):
        for _ in range(number):
            make_visit()
        with CaptureQueriesContext(connection) as queries:
            assert collect_extra_reminders(now=at("08:00", days=-4)) == number
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_by_the_clock(now: datetime) -> None:
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=2), starts_at=time(18), ends_at=time(20))
    appointment = make_appointment(now=now - timedelta(days=1), session=session)
    Appointment.objects.filter(pk=appointment.pk).update(miss_probability=0.9)
    task = import_string(SCHEDULE["remind-once-more"]["task"])
    task.delay()
    assert OutboxMessage.objects.filter(kind=MessageKind.REMINDER).count() == 1
    task.delay()
    assert OutboxMessage.objects.filter(kind=MessageKind.REMINDER).count() == 1
