"""Popularity: measured against a count by hand on random histories, judged, explained, brought to the schedule."""

import random
import statistics
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string

from booking.models import Appointment, AppointmentStatus, Channel, RefusedAttempt
from config.beat import SCHEDULE
from hospitals.models import ClinicSession, Doctor, Hospital, HotPin, Period, SessionStatus, WeeklyTemplate
from hospitals.services.popularity import PublishedHeat, WeekPlace
from hospitals.services.sessions import generate_sessions
from scoring.models import Popularity, ScoringPolicy
from scoring.numeric.popularity import HotBounds
from scoring.services.policies import revise_scoring_policy
from scoring.services.popularity import Demand, PopularityFound, find_popular, hot_bounds, measure_demand
from tests.factories.accounts import make_patient
from tests.factories.hospitals import (
    make_department,
    make_doctor,
    make_hospital,
    make_registration_type,
    make_session,
    make_template,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 29)  # a Monday
NOW = datetime(2026, 6, 28, 18, 30, tzinfo=UTC)  # 02:30 on that Monday in Shanghai
HOUR = timedelta(hours=1)


def seat(session: ClinicSession, created_at: datetime, cancelled_at: datetime | None = None, **fields: Any) -> Appointment:
    """An unsaved advance booking of a patient of its own."""
    status = AppointmentStatus.FULFILLED if cancelled_at is None else AppointmentStatus.CANCELLED
    defaults = {"status": status, "channel": Channel.ADVANCE, "patient": make_patient(), "fee_fen": 0}
    return Appointment(
        hospital_id=session.hospital_id,
        session=session,
        department_id=session.department_id,
        doctor_id=session.doctor_id,
        visit_date=session.visit_date,
        created_at=created_at,
        cancelled_at=cancelled_at,
        **defaults | fields,
    )


def held(doctor: Doctor, visit_date: date, quota: int = 2, **fields: Any) -> ClinicSession:
    defaults = {"rated_capacity": 10, "advance_quota": quota, "with_slots": False, "status": SessionStatus.CLOSED}
    return make_session(doctor=doctor, visit_date=visit_date, **defaults | fields)


def sell(session: ClinicSession, *hours: float) -> None:
    """Sell a seat at each of these hours after the release."""
    Appointment.objects.bulk_create(seat(session, session.releases_at + after * HOUR) for after in hours)


def mondays(weeks: int) -> Iterator[date]:
    """The last Mondays before today."""
    return (TODAY - timedelta(weeks=week) for week in range(1, weeks + 1))


@pytest.fixture
def doctor() -> Doctor:
    return make_doctor(department=make_department(hospital=make_hospital()))


def measure(hospital: Hospital, weeks: int = 12) -> list[Demand]:
    return measure_demand(hospital=hospital, as_of=TODAY, weeks=weeks)


class TestMeasure:
    def test_a_session_sells_out_when_as_many_are_live_as_its_quota(self, doctor: Doctor) -> None:
        """Of two seats one is given back before the second goes: full first at hour 9, and again one short at the end."""
        session = held(doctor, TODAY - timedelta(days=7))
        release = session.releases_at
        Appointment.objects.bulk_create(
            [
                seat(session, release + HOUR, release + 3 * HOUR),
                seat(session, release + 4 * HOUR),
                seat(session, release + 9 * HOUR, release + 20 * HOUR),
            ]
        )
        place = WeekPlace(doctor.department_id, doctor.pk, 1, Period.MORNING)
        assert measure(doctor.hospital) == [Demand(place, 1, 1, Decimal("50.00"), 9.0, 0)]

    def test_moving_within_a_full_session_neither_fills_nor_frees_it(self, doctor: Doctor) -> None:
        session = held(doctor, TODAY - timedelta(days=7))
        moved_at = session.releases_at + 2 * HOUR
        Appointment.objects.bulk_create([seat(session, session.releases_at + HOUR, moved_at), seat(session, moved_at)])
        (demand,) = measure(doctor.hospital)
        assert (demand.sold_out_sessions, demand.sell_out_hours, demand.fill_percent) == (0, None, Decimal("50.00"))

    def test_seats_given_back_on_the_visit_day_were_taken(self, doctor: Doctor) -> None:
        session = held(doctor, TODAY - timedelta(days=7), quota=1)
        midnight = datetime.combine(session.visit_date, time(), tzinfo=doctor.hospital.zone)
        seat(session, session.releases_at + HOUR, midnight).save()
        (demand,) = measure(doctor.hospital)
        assert demand.fill_percent == 100
        Appointment.objects.update(cancelled_at=midnight - timedelta(microseconds=1))
        (demand,) = measure(doctor.hospital)
        assert (demand.fill_percent, demand.sold_out_sessions) == (0, 1)

    def test_what_tells_nothing_is_left_out(self, doctor: Doctor) -> None:
        """Suspended, without a quota, imported, today, before the window; of another hospital; other channels, errors."""
        days = list(mondays(4))
        held(doctor, days[0], status=SessionStatus.SUSPENDED)
        held(doctor, days[1], quota=0)
        imported = held(doctor, days[2])
        seat(imported, imported.releases_at, import_key="1").save()
        held(doctor, TODAY)
        held(doctor, TODAY - timedelta(weeks=12, days=7))
        sell(held(make_doctor(), days[0]), 1, 2)
        assert measure(doctor.hospital) == []

        counted = held(doctor, days[3])
        at = counted.releases_at
        for fields in ({"channel": Channel.SAME_DAY}, {"channel": Channel.EXTRA}, {"status": AppointmentStatus.ENTERED_IN_ERROR}):
            seat(counted, at, **fields).save()
        (demand,) = measure(doctor.hospital)
        assert (demand.sessions, demand.sold_out_sessions, demand.fill_percent) == (1, 0, Decimal(0))

    def test_seats_taken_before_the_release_take_no_time(self, doctor: Doctor) -> None:
        sell(held(doctor, TODAY - timedelta(days=7)), -24, -12)
        (demand,) = measure(doctor.hospital)
        assert demand.sell_out_hours == 0

    @pytest.mark.parametrize("seed", range(4))
    def test_random_histories_are_counted_as_by_hand(self, seed: int) -> None:
        rng = random.Random(seed)
        hospital = make_hospital(time_zone=rng.choice(["Asia/Shanghai", "Europe/Paris", "America/New_York"]))
        sessions = _random_sessions(rng, hospital)
        patients = [make_patient() for _ in range(12)]
        appointments = [a for session in sessions for a in _random_bookings(rng, session, patients)]
        refusals = [r for session in sessions for r in _random_refusals(rng, session, patients)]
        Appointment.objects.bulk_create(appointments)
        RefusedAttempt.objects.bulk_create(refusals)

        weeks = rng.choice([2, 5])
        assert measure(hospital, weeks) == _by_hand(sessions, appointments, refusals, weeks)

    def test_the_number_of_queries_does_not_grow(self, doctor: Doctor) -> None:
        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as captured:
                find_popular(hospital_id=doctor.hospital_id, now=NOW)
            return len(captured)

        sell(held(doctor, TODAY - timedelta(days=7)), 1, 2)
        few = queries()
        for number in range(2, 6):
            sell(held(make_doctor(department=doctor.department), TODAY - timedelta(days=number)), 1, 2)
        assert queries() == few
        assert Popularity.objects.count() == 5


def _random_sessions(rng: random.Random, hospital: Hospital) -> list[ClinicSession]:
    """Three weeks' sessions of two doctors and a department, some suspended, some without a quota."""
    department, kind = make_department(hospital=hospital), make_registration_type(hospital=hospital)
    sessions = []
    for doctor in (make_doctor(department=department), make_doctor(department=department), None):
        for days in rng.sample(range(40), 12):
            sessions.append(
                make_session(
                    visit_date=TODAY - timedelta(days=days),
                    department=department,
                    doctor=doctor,
                    registration_type=kind,
                    rated_capacity=6,
                    advance_quota=rng.choice([0, 1, 2, 3, 3]),
                    period=rng.choice([Period.MORNING, Period.AFTERNOON]),
                    status=rng.choice([SessionStatus.CLOSED] * 5 + [SessionStatus.ACTIVE, SessionStatus.SUSPENDED]),
                    with_slots=False,
                )
            )
    return sessions


def _random_bookings(rng: random.Random, session: ClinicSession, patients: list[Any]) -> Iterator[Appointment]:
    """On a coarse grid of hours, so that things happen at once; some are made on the visit day, some given back there."""
    for patient in rng.sample(patients, rng.randint(0, 7)):
        created_at = session.releases_at + rng.randint(-30, 15 * 24) * HOUR
        cancelled_at = created_at + rng.randint(0, 40) * HOUR if rng.random() < 0.4 else None
        channel = rng.choice([Channel.ADVANCE] * 6 + [Channel.SAME_DAY])
        booking = seat(session, created_at, cancelled_at, patient=patient, channel=channel)
        if rng.random() < 0.05:
            booking.status = AppointmentStatus.ENTERED_IN_ERROR
        if rng.random() < 0.02:
            booking.import_key = f"{session.pk}-{patient.pk}"
        yield booking


def _random_refusals(rng: random.Random, session: ClinicSession, patients: list[Any]) -> Iterator[RefusedAttempt]:
    for patient in rng.sample(patients, rng.randint(0, 2)):
        yield RefusedAttempt(session=session, patient=patient, channel=Channel.ADVANCE, at=session.releases_at)


def _by_hand(
    sessions: list[ClinicSession], appointments: list[Appointment], refusals: list[RefusedAttempt], weeks: int
) -> list[Demand]:
    """Look at each session at each hour of its life, as somebody would who stood beside it."""
    of_place = defaultdict(list)
    for session in sessions:
        bookings = [a for a in appointments if a.session is session]
        in_window = TODAY - timedelta(weeks=weeks) <= session.visit_date < TODAY
        is_judged = in_window and session.status != SessionStatus.SUSPENDED and session.advance_quota
        if is_judged and not any(a.import_key for a in bookings):
            place = WeekPlace(session.department_id, session.doctor_id, session.visit_date.isoweekday(), session.period)
            of_place[place].append((session, *_watched(session, bookings)))
    found = []
    for place, watched in of_place.items():
        hours = [hour for _, _, hour in watched if hour is not None]
        quota = sum(session.advance_quota for session, _, _ in watched)
        filled = sum(min(seats, session.advance_quota) for session, seats, _ in watched)
        percent = (Decimal(100 * filled) / quota).quantize(Decimal("0.01"), ROUND_HALF_UP)
        refused = sum(1 for r in refusals if r.session in {session for session, _, _ in watched})
        median = statistics.median(hours) if hours else None
        found.append(Demand(place, len(watched), len(hours), percent, median, refused))
    return sorted(found, key=lambda d: (d.place.department_id, d.place.doctor_id or 10**9, d.place.weekday, d.place.period))


def _watched(session: ClinicSession, bookings: list[Appointment]) -> tuple[int, float | None]:
    """The seats held when the visit day begins, and the hours until the session was first full."""
    midnight = datetime.combine(session.visit_date, time(), tzinfo=session.hospital.zone)
    real = [a for a in bookings if a.channel == Channel.ADVANCE and a.status != AppointmentStatus.ENTERED_IN_ERROR]

    def live(at: datetime) -> int:
        return sum(1 for a in real if a.created_at <= at and (a.cancelled_at is None or at < a.cancelled_at))

    moment, full_at = session.releases_at - 40 * HOUR, None
    while moment < midnight and full_at is None:
        full_at = moment if live(moment) >= session.advance_quota else None
        moment += HOUR
    seats = sum(1 for a in real if a.created_at < midnight and (a.cancelled_at is None or a.cancelled_at >= midnight))
    return seats, None if full_at is None else max(0.0, (full_at - session.releases_at) / HOUR)


def popular(doctor: Doctor, weeks: int = 4, hours: tuple[float, ...] = (1, 2)) -> None:
    """Mondays that sold at these hours after the release."""
    for day in mondays(weeks):
        sell(held(doctor, day), *hours)


def found(doctor: Doctor) -> Popularity:
    return Popularity.objects.get(doctor=doctor)


class TestJudgement:
    def test_a_place_that_sells_out_fast_is_hot_and_says_why(self, doctor: Doctor) -> None:
        popular(doctor)
        session = ClinicSession.objects.first()
        assert session is not None
        RefusedAttempt.objects.create(session=session, patient=make_patient(), channel=Channel.ADVANCE, at=NOW)

        told = find_popular(hospital_id=doctor.hospital_id, now=NOW)

        assert told == PopularityFound(places=1, hot=1, became_hot=1, cooled=0, published=PublishedHeat(0, 0))
        row = found(doctor)
        assert (row.weekday, row.period, row.sessions, row.sold_out_sessions) == (1, "am", 4, 4)
        assert (row.fill_percent, row.sell_out_hours, row.refused, row.is_hot, row.as_of) == (100, 2.0, 1, True, TODAY)
        assert row.reason == (
            "近 12 周 4 个班次中 4 个约满，约满率 100%，放号后 2.0 小时约满（中位数），1 人次因约满未约上。"
            "达到热门标准：约满率不低于 95%，48 小时内约满。"
        )

    @pytest.mark.parametrize(
        ("weeks", "hours", "ground"),
        [
            (3, (1, 2), "少于 4 个班次，不作判定，仍为普通。"),
            (4, (1,), "约满率低于 95%，为普通。"),
            (4, (1, 50), "约满用时超过 48 小时，为普通。"),
        ],
    )
    def test_what_is_not_enough(self, weeks: int, hours: tuple[float, ...], ground: str, doctor: Doctor) -> None:
        popular(doctor, weeks, hours)
        find_popular(hospital_id=doctor.hospital_id, now=NOW)
        row = found(doctor)
        assert not row.is_hot
        assert row.reason.endswith(ground)

    def test_hot_stays_hot_until_it_is_emptier_than_the_lower_bound(self, doctor: Doctor) -> None:
        """Four Mondays of 20 seats: full; then 90 % full; then 84 % full; then 90 % again."""
        sessions = [held(doctor, day, quota=20, rated_capacity=20) for day in mondays(4)]
        for session in sessions:
            sell(session, *[1] * 20)
        find_popular(hospital_id=doctor.hospital_id, now=NOW)
        assert found(doctor).is_hot

        def emptied_to(percent: int) -> Popularity:
            Appointment.objects.update(cancelled_at=None)
            given_back = Appointment.objects.order_by("pk").values("pk")[: 80 - 80 * percent // 100]
            Appointment.objects.filter(pk__in=given_back).update(cancelled_at=sessions[-1].releases_at + 30 * HOUR)
            find_popular(hospital_id=doctor.hospital_id, now=NOW)
            return found(doctor)

        row = emptied_to(90)
        assert (row.is_hot, row.fill_percent, row.reason.split("。")[1]) == (True, 90, "约满率不低于 85%，继续为热门")
        row = emptied_to(85)
        assert (row.is_hot, row.fill_percent) == (True, 85)
        row = emptied_to(84)
        assert (row.is_hot, row.fill_percent, row.reason.split("。")[1]) == (False, Decimal("83.75"), "约满率低于 85%，恢复普通")
        row = emptied_to(90)
        assert not row.is_hot

    def test_the_hospitals_own_bounds_are_followed(self, doctor: Doctor) -> None:
        popular(doctor, 4, (1, 50))
        changes = {"hot_sell_out_hours": 50, "hot_minimum_sessions": 4, "hot_window_weeks": 4}
        revise_scoring_policy(hospital=doctor.hospital, changes=changes, by=None, now=NOW)
        find_popular(hospital_id=doctor.hospital_id, now=NOW)
        assert found(doctor).is_hot

    def test_a_second_run_changes_nothing(self, doctor: Doctor) -> None:
        popular(doctor)
        make_template(doctor=doctor, hospital=doctor.hospital)
        find_popular(hospital_id=doctor.hospital_id, now=NOW)
        before = [list(model.objects.order_by("pk").values()) for model in (Popularity, WeeklyTemplate)]
        told = find_popular(hospital_id=doctor.hospital_id, now=NOW)
        assert told == PopularityFound(1, 1, 0, 0, PublishedHeat(0, 0))
        assert [list(model.objects.order_by("pk").values()) for model in (Popularity, WeeklyTemplate)] == before

    def test_a_place_without_sessions_in_the_window_is_forgotten(self, doctor: Doctor) -> None:
        popular(doctor)
        template = make_template(doctor=doctor)
        find_popular(hospital_id=doctor.hospital_id, now=NOW)
        template.refresh_from_db()
        assert template.is_popular
        told = find_popular(hospital_id=doctor.hospital_id, now=NOW + timedelta(weeks=13))
        assert (told.places, told.cooled, Popularity.objects.count()) == (0, 1, 0)
        template.refresh_from_db()
        assert not template.is_popular

    def test_a_departments_own_sessions_are_judged_as_well(self) -> None:
        department = make_department()
        kind = make_registration_type(hospital=department.hospital)
        for day in mondays(4):
            sell(
                make_session(
                    visit_date=day, department=department, registration_type=kind, rated_capacity=1, status=SessionStatus.CLOSED
                ),
                1,
            )
        template = make_template(department=department)
        for _ in range(2):
            find_popular(hospital_id=department.hospital_id, now=NOW)
        row = Popularity.objects.get()
        assert (row.department, row.doctor, row.is_hot) == (department, None, True)
        template.refresh_from_db()
        assert template.is_popular


def test_the_night_makes_the_next_sessions_hot_and_moves_those_to_come(doctor: Doctor) -> None:
    """By the task, as the clock runs it, for every hospital."""
    today = timezone.localdate()
    day = today + timedelta(days=(1 - today.isoweekday()) % 7)
    for week in range(1, 5):
        sell(held(doctor, day - timedelta(weeks=week)), 1, 2)
    template = make_template(doctor=doctor)
    generate_sessions(hospital=doctor.hospital, now=timezone.now())
    last = ClinicSession.objects.filter(template=template).latest("visit_date")
    assert not last.is_hot

    import_string(SCHEDULE["find-popular"]["task"]).delay()

    last.refresh_from_db()
    assert last.is_hot
    assert last.releases_at == datetime.combine(last.visit_date - timedelta(days=7), time(7), tzinfo=doctor.hospital.zone)
    template.refresh_from_db()
    assert (template.is_popular, template.hot_pin) == (True, HotPin.AUTOMATIC)


def test_policies_without_a_row_have_the_same_bounds_as_the_rule() -> None:
    assert hot_bounds(ScoringPolicy()) == HotBounds()
