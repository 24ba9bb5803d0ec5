"""What is hot, brought to templates and sessions: only to what nobody can book yet, and never over what staff say."""

import threading
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from hospitals.models import ClinicSession, HotPin, SessionStatus, WeeklyTemplate
from hospitals.services.policies import revise_policy
from hospitals.services.popularity import (
    PublishedHeat,
    WeekPlace,
    mark_hot,
    publish_popularity,
    save_template,
    unpin_hot,
)
from hospitals.services.sessions import generate_sessions
from tests.factories.hospitals import make_department, make_doctor, make_hospital, make_template

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A Saturday; the Mondays within 28 days are 11-23, 11-30, 12-07 (16 days ahead) and 12-14.
NOW = datetime(2026, 11, 21, 10, tzinfo=SHANGHAI)
NEAR, OPEN, EARLY, FAR = date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 7), date(2026, 12, 14)


@pytest.fixture
def template() -> WeeklyTemplate:
    template = make_template(doctor=make_doctor())
    generate_sessions(hospital=template.hospital, now=NOW)
    return template


def place(template: WeeklyTemplate) -> WeekPlace:
    return WeekPlace(template.department_id, template.doctor_id, template.weekday, template.period)


def publish(template: WeeklyTemplate, *hot: WeekPlace, now: datetime = NOW) -> PublishedHeat:
    return publish_popularity(hospital_id=template.hospital_id, hot=hot, now=now)


def on(day: date) -> ClinicSession:
    return ClinicSession.objects.get(visit_date=day)


def hot_days() -> list[date]:
    return list(ClinicSession.objects.filter(is_hot=True).order_by("visit_date").values_list("visit_date", flat=True))


def everything() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (WeeklyTemplate, ClinicSession)]


def seven_days_before(day: date) -> datetime:
    return datetime.combine(day - timedelta(days=7), time(7), tzinfo=SHANGHAI)


class TestPublishing:
    def test_only_sessions_that_nobody_can_book_yet_follow(self, template: WeeklyTemplate) -> None:
        """12-07 is 16 days ahead: were it hot, tier A could book it since seven o'clock."""
        assert publish(template, place(template)) == PublishedHeat(templates=1, sessions=1)
        assert hot_days() == [FAR]
        assert on(FAR).releases_at == seven_days_before(FAR)
        assert on(EARLY).releases_at == datetime(2026, 11, 22, 7, tzinfo=SHANGHAI)

    def test_a_minute_before_tier_a_could_book_it_follows(self, template: WeeklyTemplate) -> None:
        publish(template, place(template), now=datetime(2026, 11, 21, 6, 59, tzinfo=SHANGHAI))
        assert hot_days() == [EARLY, FAR]

    def test_a_second_time_changes_nothing(self, template: WeeklyTemplate) -> None:
        publish(template, place(template))
        before = everything()
        assert publish(template, place(template)) == PublishedHeat(0, 0)
        assert everything() == before

    def test_what_is_no_longer_popular_cools_and_is_released_as_others_are(self, template: WeeklyTemplate) -> None:
        before = everything()
        publish(template, place(template))
        assert publish(template) == PublishedHeat(1, 1)
        assert everything() == before

    def test_hot_sessions_that_tier_a_can_book_are_not_closed_again(self, template: WeeklyTemplate) -> None:
        publish(template, place(template))
        later = NOW + timedelta(days=7)  # FAR is 16 days ahead now, its general release is to come
        assert on(FAR).releases_at > later
        assert publish(template, now=later) == PublishedHeat(1, 0)
        assert hot_days() == [FAR]

    def test_the_hospitals_own_days_decide_what_is_open(self, template: WeeklyTemplate) -> None:
        changes = {"hot_early_days_a": 25, "hot_early_days_b": 20}
        revise_policy(hospital=template.hospital, registration_type=None, changes=changes, by=None, now=NOW)
        assert publish(template, place(template)) == PublishedHeat(1, 0)

    @pytest.mark.parametrize("counter", ["advance_taken", "withheld", "extra_taken"])
    def test_sessions_with_bookings_are_left_alone(self, counter: str, template: WeeklyTemplate) -> None:
        """By telephone a seat may be given before the release."""
        ClinicSession.objects.filter(visit_date=FAR).update(**{counter: 1, "extra_quota": 1})
        assert publish(template, place(template)) == PublishedHeat(1, 0)
        assert hot_days() == []

    def test_pinned_suspended_and_foreign_sessions_are_left_alone(self, template: WeeklyTemplate) -> None:
        mark_hot(session_id=on(FAR).pk, is_hot=False, now=NOW)
        assert publish(template, place(template)) == PublishedHeat(1, 0)
        ClinicSession.objects.update(is_hot_pinned=False, status=SessionStatus.SUSPENDED)
        assert publish(template, place(template)) == PublishedHeat(0, 0)
        ClinicSession.objects.update(status=SessionStatus.ACTIVE)
        elsewhere = make_template(doctor=make_doctor())
        assert publish(elsewhere, place(template)) == PublishedHeat(0, 0)
        assert hot_days() == []

    def test_other_places_stay_ordinary(self, template: WeeklyTemplate) -> None:
        same = place(template)
        others = (
            same._replace(weekday=2),
            same._replace(period="pm"),
            same._replace(doctor_id=None),
            same._replace(doctor_id=make_doctor(department=template.department).pk),
        )
        assert publish(template, *others) == PublishedHeat(0, 0)

    def test_the_number_of_queries_does_not_grow(self) -> None:
        def queries(hospital_id: int, hot: list[WeekPlace]) -> int:
            with CaptureQueriesContext(connection) as captured:
                told = publish_popularity(hospital_id=hospital_id, hot=hot, now=NOW)
            assert told.sessions == told.templates == len(hot)
            return len(captured)

        counts = []
        for size in (1, 4):
            department = make_department(hospital=make_hospital())
            templates = [make_template(doctor=make_doctor(department=department)) for _ in range(size)]
            generate_sessions(hospital=department.hospital, now=NOW)
            counts.append(queries(department.hospital_id, [place(template) for template in templates]))
        assert counts[0] == counts[1]


class TestGeneration:
    @pytest.mark.parametrize(
        ("pin", "is_popular", "is_hot"),
        [
            (HotPin.AUTOMATIC, True, True),
            (HotPin.AUTOMATIC, False, False),
            (HotPin.HOT, False, True),
            (HotPin.ORDINARY, True, False),
        ],
    )
    def test_new_sessions_are_as_the_template_calls_for(self, pin: str, is_popular: bool, is_hot: bool) -> None:
        template = make_template(hot_pin=pin, is_popular=is_popular)
        generate_sessions(hospital=template.hospital, now=NOW)
        assert {session.is_hot for session in ClinicSession.objects.all()} == {is_hot}
        if is_hot:
            assert on(FAR).releases_at == seven_days_before(FAR)

    def test_one_session_that_staff_marked_does_not_make_the_next_one_hot(self, template: WeeklyTemplate) -> None:
        mark_hot(session_id=on(FAR).pk, is_hot=True, now=NOW)
        generate_sessions(hospital=template.hospital, now=NOW + timedelta(days=7))
        assert hot_days() == [FAR]


class TestPins:
    def test_a_template_that_is_pinned_takes_its_sessions_along_at_once(self, template: WeeklyTemplate) -> None:
        template.hot_pin = HotPin.HOT
        assert save_template(template=template, now=NOW) == PublishedHeat(1, 1)
        assert hot_days() == [FAR]
        # The night finds it ordinary, and is overruled.
        assert publish(template) == PublishedHeat(0, 0)
        assert hot_days() == [FAR]
        template.hot_pin = HotPin.AUTOMATIC
        assert save_template(template=template, now=NOW) == PublishedHeat(1, 1)
        assert hot_days() == []

    def test_a_page_that_was_loaded_before_the_night_does_not_undo_it(self, template: WeeklyTemplate) -> None:
        loaded = WeeklyTemplate.objects.get(pk=template.pk)
        publish(template, place(template))
        loaded.room = "401"
        save_template(template=loaded, now=NOW)
        template.refresh_from_db()
        assert (template.is_popular, template.room) == (True, "401")
        assert loaded.is_popular

    def test_a_session_given_back_to_the_night_follows_its_template(self, template: WeeklyTemplate) -> None:
        before = everything()
        mark_hot(session_id=on(FAR).pk, is_hot=True, now=NOW)
        assert (on(FAR).is_hot, on(FAR).is_hot_pinned) == (True, True)
        told = unpin_hot(session_id=on(FAR).pk, now=NOW)
        assert (told.is_hot, told.is_hot_pinned) == (False, False)
        assert everything() == before

    def test_one_that_is_open_stays_as_it_is(self, template: WeeklyTemplate) -> None:
        mark_hot(session_id=on(OPEN).pk, is_hot=True, now=NOW)
        told = unpin_hot(session_id=on(OPEN).pk, now=NOW)
        assert (told.is_hot, told.is_hot_pinned) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_a_session_that_is_being_booked_is_not_waited_for() -> None:
    """The night goes on without it, and makes it good the next time."""
    template = make_template(doctor=make_doctor())
    generate_sessions(hospital=template.hospital, now=NOW)
    is_held, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                ClinicSession.objects.select_for_update(no_key=True).get(visit_date=FAR)
                is_held.set()
                assert may_go.wait(30)
        finally:
            connections.close_all()

    booking = threading.Thread(target=hold)
    booking.start()
    try:
        assert is_held.wait(30)
        told = publish(template, place(template))
    finally:
        may_go.set()
        booking.join()
    assert told == PublishedHeat(templates=1, sessions=0, left=1)
    assert publish(template, place(template)) == PublishedHeat(templates=0, sessions=1)
    assert hot_days() == [FAR]
