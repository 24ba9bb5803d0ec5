"""Sessions from weekly templates."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hospitals.models import ClinicSession, SessionStatus, Slot, Weekday
from hospitals.services.policies import revise_policy
from hospitals.services.popularity import mark_hot
from hospitals.services.sessions import GenerationResult, generate_sessions
from hospitals.tasks import generate_all_sessions
from tests.factories.hospitals import (
    make_department,
    make_doctor,
    make_hospital,
    make_registration_type,
    make_session,
    make_template,
)

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A Saturday; the Mondays within 28 days are 11-23, 11-30, 12-07 and 12-14.
NOW = datetime(2026, 11, 21, 10, tzinfo=SHANGHAI)
MONDAYS = [date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 7), date(2026, 12, 14)]


def test_a_template_becomes_sessions_and_slots_as_far_as_the_policy_looks() -> None:
    doctor = make_doctor()
    fee = make_registration_type(hospital=doctor.hospital, fee_fen=5000)
    template = make_template(doctor=doctor, registration_type=fee, rated_capacity=20, extra_quota=3, room="301")

    result = generate_sessions(hospital=doctor.hospital, now=NOW)

    assert result == GenerationResult(created_sessions=4, created_slots=32, skipped=0)
    sessions = list(ClinicSession.objects.order_by("visit_date"))
    assert [s.visit_date for s in sessions] == MONDAYS
    first = sessions[0]
    assert (first.hospital, first.department, first.doctor, first.template) == (
        doctor.hospital,
        doctor.department,
        doctor,
        template,
    )
    assert first.starts_at == datetime(2026, 11, 23, 8, tzinfo=SHANGHAI)
    assert first.ends_at == datetime(2026, 11, 23, 12, tzinfo=SHANGHAI)
    assert first.releases_at == datetime(2026, 11, 8, 7, tzinfo=SHANGHAI)
    assert (first.rated_capacity, first.advance_quota, first.extra_quota) == (20, 20, 3)
    assert (first.fee_fen, first.room, first.is_hot, first.status) == (5000, "301", False, SessionStatus.ACTIVE)
    assert list(first.slots.values_list("capacity", flat=True)) == [3, 3, 3, 3, 2, 2, 2, 2]


def test_running_it_again_adds_nothing_and_keeps_what_was_changed() -> None:
    template = make_template()
    generate_sessions(hospital=template.hospital, now=NOW)
    ClinicSession.objects.filter(visit_date=MONDAYS[0]).update(advance_taken=1, room="moved")
    before = (list(ClinicSession.objects.order_by("pk").values()), list(Slot.objects.order_by("pk").values()))

    result = generate_sessions(hospital=template.hospital, now=NOW)

    assert result == GenerationResult(created_sessions=0, created_slots=0, skipped=4)
    assert (list(ClinicSession.objects.order_by("pk").values()), list(Slot.objects.order_by("pk").values())) == before


def test_a_day_later_the_new_day_is_added() -> None:
    template = make_template()
    generate_sessions(hospital=template.hospital, now=NOW)

    result = generate_sessions(hospital=template.hospital, now=NOW + timedelta(days=2))

    assert result == GenerationResult(created_sessions=1, created_slots=8, skipped=4)
    assert ClinicSession.objects.filter(visit_date=date(2026, 12, 21)).count() == 1


def test_a_template_whose_hours_change_adds_no_second_session_to_a_day() -> None:
    template = make_template()
    generate_sessions(hospital=template.hospital, now=NOW)
    template.starts_at = time(8, 30)
    template.save()

    result = generate_sessions(hospital=template.hospital, now=NOW + timedelta(days=7))

    assert result == GenerationResult(created_sessions=1, created_slots=7, skipped=3)
    begins = [s.starts_at.astimezone(SHANGHAI).time() for s in ClinicSession.objects.order_by("visit_date")]
    assert begins == [time(8), time(8), time(8), time(8), time(8, 30)]


def test_slots_that_are_missing_are_made() -> None:
    template = make_template()
    generate_sessions(hospital=template.hospital, now=NOW)
    Slot.objects.filter(session__visit_date=MONDAYS[1]).delete()

    assert generate_sessions(hospital=template.hospital, now=NOW).created_slots == 8


def test_until_and_chosen_templates() -> None:
    first = make_template()
    second = make_template(department=first.department, weekday=Weekday.TUESDAY)

    result = generate_sessions(hospital=first.hospital, now=NOW, until=date(2026, 11, 24), template_ids={second.pk})

    assert result == GenerationResult(created_sessions=1, created_slots=8, skipped=0)
    assert ClinicSession.objects.get().visit_date == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "expected"),
    [
        (date(2026, 11, 30), None, MONDAYS[1:]),
        (None, date(2026, 11, 30), MONDAYS[:2]),
        (date(2026, 12, 1), date(2026, 12, 13), [MONDAYS[2]]),
        (None, date(2026, 11, 20), []),
        (date(2027, 1, 1), None, []),
    ],
)
def test_a_template_is_followed_within_its_validity(
    valid_from: date | None, valid_until: date | None, expected: list[date]
) -> None:
    template = make_template(valid_from=valid_from, valid_until=valid_until)

    generate_sessions(hospital=template.hospital, now=NOW)

    assert list(ClinicSession.objects.order_by("visit_date").values_list("visit_date", flat=True)) == expected


def test_of_two_templates_for_one_time_the_newer_counts() -> None:
    old = make_template(rated_capacity=10)
    make_template(department=old.department, rated_capacity=30, valid_from=date(2026, 12, 1))

    result = generate_sessions(hospital=old.hospital, now=NOW)

    assert result.created_sessions == 4
    assert result.skipped == 2
    capacities = ClinicSession.objects.order_by("visit_date").values_list("rated_capacity", flat=True)
    assert list(capacities) == [10, 10, 30, 30]


def test_what_is_closed_to_patients_is_not_generated() -> None:
    hospital = make_hospital()
    closed = make_department(hospital=hospital, is_active=False)
    open_department = make_department(hospital=hospital)
    make_template(department=closed)
    make_template(doctor=make_doctor(department=open_department, is_active=False))
    make_template(department=open_department, is_active=False)
    make_template(
        department=open_department,
        weekday=Weekday.FRIDAY,
        registration_type=make_registration_type(hospital=hospital, is_active=False),
    )
    make_template()  # another hospital's

    assert generate_sessions(hospital=hospital, now=NOW) == GenerationResult(0, 0, 0)
    assert ClinicSession.objects.count() == 0


@pytest.mark.parametrize("name", ["department", "doctor", "registration_type"])
def test_a_template_in_use_names_nothing_that_is_closed(name: str) -> None:
    template = make_template(doctor=make_doctor())
    template.full_clean()
    part = getattr(template, name)
    part.is_active = False
    with pytest.raises(ValidationError, match="已停用，按此模板不会排班") as refusal:
        template.full_clean()
    assert list(refusal.value.message_dict) == [name]
    template.is_active = False
    template.full_clean()


def test_today_is_made_while_it_lasts() -> None:
    template = make_template(weekday=Weekday.SATURDAY, starts_at=time(8), ends_at=time(12))
    today = date(2026, 11, 21)
    noon = datetime(2026, 11, 21, 12, tzinfo=SHANGHAI)

    assert generate_sessions(hospital=template.hospital, now=noon, until=today).created_sessions == 0
    before_noon = noon - timedelta(seconds=1)
    assert generate_sessions(hospital=template.hospital, now=before_noon, until=today).created_sessions == 1


def test_release_follows_the_policy_of_the_registration_type() -> None:
    hospital = make_hospital()
    special = make_registration_type(hospital=hospital)
    make_template(department=make_department(hospital=hospital))
    make_template(department=make_department(hospital=hospital), registration_type=special)
    early = NOW - timedelta(days=1)
    revise_policy(hospital=hospital, registration_type=None, changes={"release_days": 10}, by=None, now=early)
    changes = {"release_days": 8, "release_time": time(6, 30), "schedule_days": 9, "slot_minutes": 60}
    revise_policy(hospital=hospital, registration_type=special, changes=changes, by=None, now=early)

    generate_sessions(hospital=hospital, now=NOW)

    usual = ClinicSession.objects.exclude(registration_type=special)
    assert usual.count() == 4
    assert usual.first().releases_at == datetime(2026, 11, 13, 7, tzinfo=SHANGHAI)  # type: ignore[union-attr]
    theirs = ClinicSession.objects.filter(registration_type=special)
    assert [s.visit_date for s in theirs] == MONDAYS[:2]
    assert theirs[0].releases_at == datetime(2026, 11, 15, 6, 30, tzinfo=SHANGHAI)
    assert theirs[0].slots.count() == 4


def test_marking_hot_moves_a_release_to_come_and_leaves_one_that_was() -> None:
    coming = make_session(visit_date=date(2026, 12, 14))
    released = make_session(visit_date=date(2026, 11, 30))

    mark_hot(session_id=coming.pk, is_hot=True, now=NOW)
    mark_hot(session_id=released.pk, is_hot=True, now=NOW)

    coming.refresh_from_db()
    assert coming.releases_at == datetime(2026, 12, 7, 7, tzinfo=SHANGHAI)
    before = released.releases_at
    released.refresh_from_db()
    assert released.is_hot
    assert released.releases_at == before
    mark_hot(session_id=coming.pk, is_hot=False, now=NOW)
    coming.refresh_from_db()
    assert coming.releases_at == datetime(2026, 11, 29, 7, tzinfo=SHANGHAI)


def test_clock_changes_keep_wall_times_and_window_lengths() -> None:
    """Paris goes back from 03:00 to 02:00 on 2026-10-25: a session 01:00–04:00 lasts four hours that night."""
    paris = ZoneInfo("Europe/Paris")
    hospital = make_hospital(time_zone="Europe/Paris")
    make_template(
        department=make_department(hospital=hospital),
        weekday=Weekday.SUNDAY,
        starts_at=time(1),
        ends_at=time(4),
        rated_capacity=8,
    )

    generate_sessions(hospital=hospital, now=datetime(2026, 10, 20, 12, tzinfo=paris), until=date(2026, 11, 1))

    changed, usual = ClinicSession.objects.order_by("visit_date")
    assert (usual.starts_at, usual.ends_at) == (datetime(2026, 11, 1, 0, tzinfo=UTC), datetime(2026, 11, 1, 3, tzinfo=UTC))
    assert (changed.starts_at, changed.ends_at) == (
        datetime(2026, 10, 24, 23, tzinfo=UTC),
        datetime(2026, 10, 25, 3, tzinfo=UTC),
    )
    assert (changed.slots.count(), usual.slots.count()) == (8, 6)
    assert {slot.ends_at - slot.starts_at for slot in changed.slots.all()} == {timedelta(minutes=30)}
    assert changed.releases_at == datetime(2026, 10, 10, 5, tzinfo=UTC)  # 07:00 of summer time


def test_a_session_that_a_clock_change_swallows_is_not_made() -> None:
    """Paris skips from 02:00 to 03:00 on 2026-03-29."""
    hospital = make_hospital(time_zone="Europe/Paris")
    make_template(
        department=make_department(hospital=hospital), weekday=Weekday.SUNDAY, starts_at=time(2, 30), ends_at=time(3, 15)
    )
    now = datetime(2026, 3, 24, tzinfo=ZoneInfo("Europe/Paris"))

    assert generate_sessions(hospital=hospital, now=now, until=date(2026, 3, 29)) == GenerationResult(0, 0, 0)
    assert generate_sessions(hospital=hospital, now=now, until=date(2026, 4, 5)).created_sessions == 1


def test_the_number_of_queries_does_not_grow() -> None:
    small, large = make_hospital(), make_hospital()
    make_template(department=make_department(hospital=small))
    for _ in range(12):
        make_template(doctor=make_doctor(department=make_department(hospital=large)))

    with CaptureQueriesContext(connection) as few:
        generate_sessions(hospital=small, now=NOW)
    with CaptureQueriesContext(connection) as many:
        assert generate_sessions(hospital=large, now=NOW).created_sessions == 48

    assert len(few) == len(many)


def test_the_nightly_task_serves_every_open_hospital() -> None:
    open_hospital, closed = make_hospital(), make_hospital(is_active=False)
    for hospital in (open_hospital, closed):
        for weekday in Weekday:
            make_template(department=make_department(hospital=hospital), weekday=weekday)

    generate_all_sessions()

    # At least four of each weekday fall into any 28 days that begin tomorrow.
    assert ClinicSession.objects.filter(hospital=open_hospital).count() >= 28
    assert ClinicSession.objects.filter(hospital=closed).count() == 0
