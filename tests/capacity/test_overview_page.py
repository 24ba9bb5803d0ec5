"""The overview of the week ahead: what it sums up, whose it is, where it leads."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from capacity.models import CapacityPlan, PlanStatus, SessionSuggestion, SuggestionDirection
from capacity.overview_charts import MOST_SUGGESTIONS, suggestion_sentences, turned_away_chart
from capacity.selectors.overview import Overview
from hospitals.models import ClinicSession, Department, Hospital, SessionStatus, StaffMembership, StaffRole
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_department, make_doctor, make_hospital, make_session

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:capacity_capacityoverview_changelist")
CSV = reverse("admin:capacity_capacityoverview_csv")


@pytest.fixture
def today() -> date:
    return timezone.localdate(timezone.now())


@pytest.fixture
def department() -> Department:
    return make_department(code="A1", name="内科")


def sign_in(hospital: Hospital, role: str = StaffRole.CLINIC_OFFICE) -> Client:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


def a_session(department: Department, day: date, **fields: Any) -> ClinicSession:
    return make_session(visit_date=day, doctor=make_doctor(department=department), with_slots=False, **fields)


def planned(session: ClinicSession, status: str, seen: float, overload: float = 0.5, turned_away: float = 3.0) -> CapacityPlan:
    return CapacityPlan.objects.create(
        session=session, hospital=session.hospital, created_at=timezone.now(), status=status, advance_quota=14, extra_quota=4,
        previous_advance_quota=20, previous_extra_quota=0, inputs={}, result={},
        expected_seen=seen, expected_overload=overload, expected_turned_away=turned_away,
    )  # fmt: skip


def test_a_plan_in_force_counts_before_one_that_waits_and_old_ones_not_at_all(department: Department, today: date) -> None:
    both, waits, bare = (a_session(department, today + timedelta(days=day)) for day in (1, 1, 2))
    planned(both, PlanStatus.SUPERSEDED, 99)
    planned(both, PlanStatus.REJECTED, 99)
    planned(both, PlanStatus.APPLIED, 18)
    planned(both, PlanStatus.PROPOSED, 19)
    planned(waits, PlanStatus.PROPOSED, 16)
    ClinicSession.objects.filter(pk=bare.pk).update(advance_taken=5, same_day_taken=2)

    overview = Overview(department.hospital, today)
    load = overview.total

    assert (load.sessions, load.seats, load.taken, load.waiting) == (3, 60, 7, 2)
    assert (load.seen, load.overload, load.turned_away) == (34.0, 1.0, 6.0)
    # Of the seats that the plans are about.
    assert (load.expected_sessions, load.expected_seats, load.fill) == (2, 40, 34 / 40)
    assert overview.by_day[today + timedelta(days=2)].seen is None
    assert overview.departments[0].load == load


def test_seven_days_and_what_is_suspended_apart(department: Department, today: date) -> None:
    for day in (-1, 0, 6, 7):
        a_session(department, today + timedelta(days=day))
    a_session(department, today + timedelta(days=3), status=SessionStatus.SUSPENDED)
    overview = Overview(department.hospital, today)
    assert (overview.total.sessions, overview.suspended) == (2, 1)
    assert sorted(overview.by_day) == [today, today + timedelta(days=6)]


def test_departments_stand_by_their_codes_with_a_total_and_lead_to_their_plans(department: Department, today: date) -> None:
    other = make_department(hospital=department.hospital, code="A0", name="外科")
    for one in (department, other):
        planned(a_session(one, today), PlanStatus.APPLIED, 18)
    client = sign_in(department.hospital)
    page = client.get(PAGE)
    rows = page.context["rows"]
    assert [row[0][1] for row, _ in rows] == ["外科", "内科", "合计"]
    plans = reverse("admin:capacity_capacityplan_changelist")
    address = f"{plans}?from={today}&to={today + timedelta(days=6)}&session__department__id__exact={other.pk}"
    assert rows[0][1] == address
    assert client.get(address).status_code == 200
    assert rows[2][1] == ""
    heading, *lines = csv.reader(io.StringIO(client.get(CSV).content.decode("utf-8-sig")))
    assert heading[:2] == ["科室", "班次"]
    assert [line[0] for line in lines] == ["外科", "内科", "合计"]
    assert lines[2][6] == "36.00"


def test_the_page_leads_to_what_else_there_is_of_capacity(department: Department, today: date) -> None:
    planned(a_session(department, today), PlanStatus.PROPOSED, 18)
    page = sign_in(department.hospital).get(PAGE)
    addresses = [address for address, _ in page.context["pages"]]
    assert reverse("admin:capacity_clinicanalysis_changelist") in addresses
    assert reverse("admin:capacity_capacityplan_changelist") in addresses
    assert PAGE not in addresses
    assert addresses[-2:] == [
        reverse("admin:capacity_capacitypolicy_changelist"),
        reverse("admin:booking_waitcalibration_changelist"),
    ]
    assert "1 个方案等待审批" in page.content.decode()


def test_suggestions_are_said_until_they_are_dismissed(department: Department, today: date) -> None:
    a_session(department, today)
    # The week of the last of the seven days.
    last = today + timedelta(days=6)
    monday = last - timedelta(days=last.isoweekday() - 1)
    suggestion = SessionSuggestion.objects.create(
        hospital=department.hospital, department=department, week=monday, direction=SuggestionDirection.MORE, sessions=2,
        demand=171.6, seats=130, computed_at=timezone.now(),
    )  # fmt: skip
    client = sign_in(department.hospital)
    sentence = f"内科：{monday:%m-%d} 起的一周建议增加班次 2 个（预计需求 172 人，现有号源 130 个）。"
    assert sentence in client.get(PAGE).content.decode()
    assert f'href="{reverse("admin:capacity_forecastseries_changelist")}?hospital={department.hospital_id}"' in (
        client.get(PAGE).content.decode()
    )
    SessionSuggestion.objects.filter(pk=suggestion.pk).update(dismissed_at=timezone.now())
    assert sentence not in client.get(PAGE).content.decode()


def test_many_suggestions_are_counted(department: Department, today: date) -> None:
    monday = today - timedelta(days=today.isoweekday() - 1)
    for sessions in range(1, MOST_SUGGESTIONS + 3):
        one = make_department(hospital=department.hospital)
        SessionSuggestion.objects.create(
            hospital=department.hospital, department=one, week=monday, direction=SuggestionDirection.FEWER, sessions=sessions,
            demand=10, seats=100, computed_at=timezone.now(),
        )  # fmt: skip
    sentences = suggestion_sentences(Overview(department.hospital, today).suggestions)
    assert len(sentences) == MOST_SUGGESTIONS + 1
    assert f"减少班次 {MOST_SUGGESTIONS + 2} 个" in sentences[0]
    assert sentences[-1] == "另有 2 条建议。"


def test_where_nothing_is_expected_there_is_no_heat(department: Department, today: date) -> None:
    a_session(department, today)
    assert turned_away_chart(Overview(department.hospital, today)) is None
    planned(a_session(department, today), PlanStatus.APPLIED, 18, turned_away=7.25)
    chart = turned_away_chart(Overview(department.hospital, today))
    assert chart is not None
    assert chart.rows == (("内科", "7.2 人", *("—",) * 6),)


def test_empty_weeks_and_hospitals(department: Department, today: date) -> None:
    client = sign_in(department.hospital)
    assert "这 7 天没有班次" in client.get(PAGE).content.decode()
    assert client.get(CSV).status_code == 200
    platform = Client()
    platform.force_login(make_staff(is_superuser=True))
    Department.objects.all().delete()
    Hospital.objects.all().delete()
    assert "还没有医院" in platform.get(PAGE).content.decode()
    assert platform.get(CSV).status_code == 404


@pytest.mark.parametrize("day", ["x", "2026-02-30", "0001-01-01", "9999-12-31", "20261"])
def test_what_is_no_day_is_not_found(day: str, department: Department) -> None:
    client = sign_in(department.hospital)
    assert [client.get(address, {"from": day}).status_code for address in (PAGE, CSV)] == [404, 404]


def test_other_hospitals_are_not_there(department: Department, today: date) -> None:
    elsewhere = make_department(hospital=make_hospital(), name="外院科室")
    planned(a_session(elsewhere, today), PlanStatus.APPLIED, 18)
    client = sign_in(department.hospital)
    for address in (PAGE, CSV):
        assert client.get(address, {"hospital": elsewhere.hospital_id}).status_code == 404
        assert "外院科室" not in client.get(address).content.decode()
        assert Client().get(address).status_code == 302
    assert client.post(PAGE).status_code == 405


def test_the_number_of_queries_does_not_grow(department: Department, today: date) -> None:
    client = sign_in(department.hospital)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    planned(a_session(department, today), PlanStatus.APPLIED, 18)
    few = queries()
    for _ in range(3):
        one = make_department(hospital=department.hospital)
        planned(a_session(one, today), PlanStatus.APPLIED, 18)
        planned(a_session(one, today + timedelta(days=1)), PlanStatus.PROPOSED, 18)
    assert queries() == few
