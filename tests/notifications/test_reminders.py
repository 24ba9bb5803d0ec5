"""How often and when a visit is reminded of: by the tier that it was booked with, and never at night."""

from datetime import datetime, time

import pytest
from django.db.models import F

from booking.models import Appointment, Tier
from hospitals.services.policies import revise_policy
from notifications.models import MessageKind, MessageState, OutboxMessage
from notifications.services.collecting import collect_messages
from notifications.services.outbox import drop_outdated
from notifications.services.reminders import by_day, reminder_times
from tests.booking.clock import VISIT, ZONE, at
from tests.factories.booking import book, make_account, make_appointment, make_clinic

pytestmark = pytest.mark.django_db
LONG_BEFORE = at("10:00", days=-6)


def make_visit(clock: str = "09:00", *, tier: str = Tier.C, booked_at: datetime = LONG_BEFORE) -> Appointment:
    """Booked long before, for a window that begins at `clock`, by a patient of `tier`."""
    session = make_clinic(visit_date=VISIT, starts_at=time.fromisoformat(clock), ends_at=time(23, 30))
    appointment = make_appointment(now=booked_at, session=session)
    Appointment.objects.filter(pk=appointment.pk).update(tier=tier)
    return Appointment.objects.select_related("slot", "session", "policy", "hospital").get(pk=appointment.pk)


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (Tier.A, ["03-11 09:00"]),
        (Tier.B, ["03-11 09:00"]),
        (Tier.C, ["03-09 09:00", "03-11 09:00", "03-12 07:00"]),
        (Tier.D, ["03-09 09:00", "03-11 09:00"]),
        (Tier.UNRATED, ["03-11 09:00"]),
        ("", ["03-11 09:00"]),
    ],
)
def test_as_often_as_the_policy_says_of_the_tier(tier: str, expected: list[str]) -> None:
    times = reminder_times(make_visit(tier=tier), since=LONG_BEFORE)
    assert [f"{moment.astimezone(ZONE):%m-%d %H:%M}" for moment in times] == expected


@pytest.mark.parametrize("tier", ["a", "b", "c", "d", "unrated"])
def test_each_number_is_the_hospitals_to_set(tier: str) -> None:
    """By the version that the booking was made under: a later one changes nothing for it."""
    before = make_visit(tier=tier.upper() if tier != "unrated" else tier)
    asked_before = reminder_times(before, since=LONG_BEFORE)
    revise_policy(hospital=before.hospital, registration_type=None, changes={f"reminders_{tier}": 0}, by=None, now=LONG_BEFORE)
    session = make_clinic(visit_date=VISIT, hospital=before.hospital, starts_at=time(9), ends_at=time(12))
    after = book(make_account(), session, now=LONG_BEFORE)
    after.tier = before.tier
    assert reminder_times(after, since=LONG_BEFORE) == []
    assert asked_before == reminder_times(before, since=LONG_BEFORE) != []


@pytest.mark.parametrize(
    ("visit", "moment", "expected"),
    [
        # By day it stays, up to the borders of the night.
        ("09:00", at("09:00", days=-1), at("09:00", days=-1)),
        ("07:00", at("07:00", days=-1), at("07:00", days=-1)),
        ("21:59", at("21:59", days=-1), at("21:59", days=-1)),
        # At night it waits for the morning, on either side of midnight.
        ("22:00", at("22:00", days=-1), at("07:00")),
        ("23:00", at("23:00", days=-3), at("07:00", days=-2)),
        ("08:00", at("06:00"), at("07:00")),
        # Where the morning is too late to get there, the evening before.
        ("07:59", at("05:59"), at("20:00", days=-1)),
        ("00:30", at("22:30", days=-1), at("20:00", days=-1)),
    ],
)
def test_nobody_is_woken(visit: str, moment: datetime, expected: datetime) -> None:
    found = by_day(moment, starts_at=at(visit))
    assert found == expected
    assert found < at(visit)


def test_of_a_late_booking_only_what_is_still_ahead() -> None:
    """Booked the evening before: the day ahead is over, the two hours ahead are not."""
    booked_at = at("16:00", days=-1)
    assert reminder_times(make_visit("14:00", booked_at=booked_at), since=booked_at) == [at("12:00")]
    assert reminder_times(make_visit("14:00", tier=Tier.A, booked_at=booked_at), since=booked_at) == []


def test_an_early_visit_is_reminded_of_once_the_evening_before() -> None:
    times = reminder_times(make_visit("07:30"), since=LONG_BEFORE)
    assert times == [at("07:30", days=-3), at("07:30", days=-1), at("20:00", days=-1)]


def test_all_are_collected_once() -> None:
    visit = make_visit()
    assert collect_messages(now=LONG_BEFORE) == 4
    assert collect_messages(now=LONG_BEFORE) == 0
    reminders = OutboxMessage.objects.filter(kind=MessageKind.REMINDER).order_by("due_at")
    assert [reminder.due_at for reminder in reminders] == reminder_times(visit, since=LONG_BEFORE)
    # Each is dropped at its time once the visit is off.
    Appointment.objects.update(status="entered-in-error")
    assert drop_outdated(now=at("09:00", days=-3)) == 1
    assert drop_outdated(now=at("07:00")) == 2
    assert reminders.filter(state=MessageState.DROPPED, due_at__gt=F("reason_at")).count() == 3
