"""The page 候诊预估: how often the range held, by month and department, and what consultations take."""

import csv
import io
from datetime import datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from booking.models import QueueEntry
from capacity.numeric.queueing import mg1
from capacity.numeric.range_calibration import FEWEST_SESSIONS, FEWEST_WAITS
from capacity.numeric.wait_reach import measured_reach
from capacity.selectors.wait_quality import Held, wait_quality
from capacity.services.wait_calibration import learn_from_waits
from hospitals.models import ClinicSession, SessionStatus, StaffRole
from tests.capacity.test_admin import staff_client
from tests.capacity.waits import waited
from tests.factories.booking import make_clinic

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:booking_waitcalibration_changelist")
CSV = reverse("admin:booking_waitcalibration_csv")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    return make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3))


@pytest.fixture
def client(session: ClinicSession) -> Client:
    return staff_client(session.hospital, StaffRole.DESK)


def test_what_held_and_what_did_not(session: ClinicSession, now: datetime) -> None:
    # Given 13 to 27 minutes told, and waits before, at both ends, within, and after
    waited(session, now=now, came=[12.9, 13.0, 20.0, 27.0, 27.1, 60.0])
    # and one of two months ago, one never called, and one that is older than the page looks back
    waited(session, now=now - timedelta(days=62), came=[20.0])
    QueueEntry.objects.filter(pk=waited(session, now=now, came=[20.0])[0].pk).update(first_called_at=None)
    waited(session, now=now - timedelta(days=400), came=[20.0])
    # When the page looks
    found = wait_quality(hospital=session.hospital, now=now)
    # Then each is where it belongs
    total = found.total
    assert (total.told, total.held, total.earlier, total.later) == (7, 4, 1, 2)
    assert (total.width_minutes, total.share) == (14, 4 / 7)
    assert total.waited_minutes == pytest.approx((12.9 + 13 + 20 + 27 + 27.1 + 60 + 20) / 7)
    assert len(found.months) == 12
    assert [held.told for held in found.by_month.values()] == [1, 6]
    # Seven waits of one session are too few to judge a department by; that of 400 days ago is too old
    (department,) = found.departments
    assert (department.name, department.waits, department.sessions, department.found) == (session.department.name, 7, 1, None)
    assert [(month, held.held) for _, month, held in found.by_department_and_month] == [
        (month, held.held) for month, held in found.by_month.items()
    ]


def test_consultations_and_the_wait_behind_them(session: ClinicSession, now: datetime) -> None:
    waited(session, now=now, took=[6.0, 10.0] * 20)
    learn_from_waits(hospital=session.hospital, now=now)
    # Four hours with 24 numbers, six an hour
    past = now - timedelta(days=2)
    ClinicSession.objects.filter(pk=session.pk).update(
        status=SessionStatus.CLOSED,
        starts_at=past,
        ends_at=past + timedelta(hours=4),
        rated_capacity=24,
        advance_quota=20,
        advance_taken=20,
        same_day_taken=4,
    )
    (row,) = wait_quality(hospital=session.hospital, now=now).paces
    assert row.is_used
    assert row.load == mg1(arrivals_per_hour=6.0, service_minutes=row.pace.mean_minutes, service_cv=row.pace.cv)
    assert row.load is not None
    assert row.load.utilisation == pytest.approx(0.8)


def test_the_page_says_it_in_words(client: Client, session: ClinicSession, now: datetime) -> None:
    waited(session, now=now, came=[20.0] * 3 + [60.0])
    learn_from_waits(hospital=session.hospital, now=now)
    answer = client.get(PAGE)
    body = answer.content.decode()
    assert "75.0%" in body
    assert "3 / 4 次，应达到 80%" in body
    assert "依据最近 4 次候诊" in body
    assert "次数不足" in body
    assert [chart.key for chart in answer.context_data["charts"]] == ["held-by-month"]
    assert [row[:7] for row in answer.context_data["calibration_table"].rows] == [
        (session.department.name, 4, 1, None, None, "次数不足", None)
    ]


@pytest.fixture
def departments(session: ClinicSession, now: datetime) -> dict[str, ClinicSession]:
    """Where four ranges of five hold, where one of two does, where all do, and where few waits were: each a department."""
    ways = {"符合": [20.0, 20.0, 20.0, 20.0, 40.0], "范围偏窄": [20.0, 40.0], "范围偏宽": [20.0]}
    found = {}
    for verdict, came in ways.items():
        found[verdict] = make_clinic(visit_date=session.visit_date, hospital=session.hospital)
        others = [
            make_clinic(visit_date=session.visit_date, department=found[verdict].department) for _ in range(1, FEWEST_SESSIONS)
        ]
        for one in (found[verdict], *others):
            waited(one, now=now, came=came * (10 // len(came)))
    waited(session, now=now, came=[20.0] * (FEWEST_WAITS - 1))
    return found | {"次数不足": session}


def test_each_department_is_judged_by_itself(
    client: Client, departments: dict[str, ClinicSession], session: ClinicSession, now: datetime
) -> None:
    learn_from_waits(hospital=session.hospital, now=now)
    page = client.get(PAGE).context_data
    found = {row[0]: row[1:] for row in page["calibration_table"].rows}
    assert {name: row[4] for name, row in found.items()} == {one.department.name: way for way, one in departments.items()}
    held = found[departments["符合"].department.name]
    assert held[:3] == (10 * FEWEST_SESSIONS, FEWEST_SESSIONS, 0.8)
    assert held[3][0] < 0.8 < held[3][1]
    assert held[5:7] == (0.0, 0.2)
    # Held to its own waits the department's range would reach further than all departments together need
    narrow = found[departments["范围偏窄"].department.name]
    scores = np.array([0.0, 4.0] * 5 * FEWEST_SESSIONS)
    assert narrow[7:9] == measured_reach(scores, claimed=0.8)
    calibration = page["found"].calibration
    ratio = (narrow[8] - narrow[7]) / (calibration.high_deviations - calibration.low_deviations)
    assert narrow[9] == f"× {ratio:.2f}"
    # The plot has those that are judged only
    (chart,) = [chart for chart in page["charts"] if chart.key == "held-by-department"]
    assert departments["次数不足"].department.name not in str(chart.option)
    assert departments["符合"].department.name in str(chart.option)


def test_departments_as_csv(client: Client, departments: dict[str, ClinicSession]) -> None:
    rows = list(csv.reader(io.StringIO(client.get(CSV, {"table": "calibrations"}).content.decode("utf-8-sig"))))
    assert rows[0][:6] == ["科室", "候诊数", "班次", "在范围内", "95% 区间下限", "95% 区间上限"]
    named = {row[6]: row for row in rows[1:]}
    assert named["范围偏宽"][1:4] == ["80", "8", "100.00%"]
    assert named["次数不足"][1:6] == ["49", "1", "", "", ""]


def test_nothing_was_told_yet(client: Client) -> None:
    answer = client.get(PAGE)
    assert answer.context_data["charts"] == []
    assert "还没有可以对照的候诊" in answer.content.decode()
    assert Held(0, 0, 0, 0, None, None).share is None


def test_as_csv(client: Client, session: ClinicSession, now: datetime) -> None:
    other = make_clinic(visit_date=session.visit_date, hospital=session.hospital)
    waited(session, now=now, came=[20.0, 60.0] * (FEWEST_WAITS // 2))
    waited(other, now=now, came=[20.0] * (FEWEST_WAITS - 1))
    rows = list(csv.reader(io.StringIO(client.get(CSV, {"table": "departments"}).content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["科室", "月份", "已叫号", "在范围内"]
    named = {row[0]: row[2:5] for row in rows[1:]}
    assert named[session.department.name] == [str(FEWEST_WAITS), "50.00%", "0.00%"]
    # Too few in a month make no share.
    assert named[other.department.name] == [str(FEWEST_WAITS - 1), "", ""]
    assert client.get(CSV, {"table": "paces"}).status_code == 200
    assert client.get(CSV, {"table": "patients"}).status_code == 400


def test_another_hospitals_waits_are_not_there(client: Client, session: ClinicSession, now: datetime) -> None:
    other = make_clinic(visit_date=session.visit_date)
    waited(other, now=now, came=[20.0])
    assert client.get(PAGE).context_data["found"].total.told == 0
    assert client.get(PAGE, {"hospital": other.hospital_id}).status_code == 404
    assert client.get(CSV, {"table": "paces", "hospital": other.hospital_id}).status_code == 404
    assert client.get(PAGE, {"hospital": "x"}).status_code == 404


def test_the_cost_does_not_grow(client: Client, session: ClinicSession, now: datetime) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        return len(queries)

    waited(session, now=now, took=[6.0])
    learn_from_waits(hospital=session.hospital, now=now)
    little = cost()
    for _ in range(3):
        waited(make_clinic(visit_date=session.visit_date, hospital=session.hospital), now=now, took=[6.0] * 3)
    learn_from_waits(hospital=session.hospital, now=now)
    assert cost() == little
