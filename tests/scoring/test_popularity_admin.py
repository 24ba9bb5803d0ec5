"""The page of popularity: who sees what, the plot with its table, the download, the way to the pin."""

import csv
import io
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hospitals.models import Doctor, Hospital, HotPin, StaffMembership, StaffRole
from scoring.models import Popularity
from scoring.popularity_charts import MOST_LINES, HeatCell, heat_map
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_department, make_doctor, make_hospital, make_template
from tests.scoring.history import TODAY

pytestmark = pytest.mark.django_db

LIST, CSV = "admin:scoring_popularity_changelist", "admin:scoring_popularity_csv"


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


def sign_in(hospital: Hospital, role: str = StaffRole.ADMINISTRATOR) -> Client:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


def found(hospital: Hospital, doctor: Doctor | None = None, **fields: object) -> Popularity:
    defaults = {
        "hospital": hospital,
        "department": doctor.department if doctor else make_department(hospital=hospital, name="普通内科"),
        "doctor": doctor,
        "weekday": 1,
        "period": "am",
        "sessions": 12,
        "sold_out_sessions": 11,
        "fill_percent": 98.5,
        "sell_out_hours": 3.25,
        "refused": 7,
        "is_hot": True,
        "reason": "达到热门标准。",
        "as_of": TODAY,
    }
    return Popularity.objects.create(**defaults | fields)


def a_doctor(hospital: Hospital, **fields: object) -> Doctor:
    return make_doctor(department=make_department(hospital=hospital), **fields)


def test_staff_see_their_own_hospital_and_the_way_to_the_pin(hospital: Hospital) -> None:
    doctor = a_doctor(hospital, name="沈医生")
    template = make_template(doctor=doctor, hot_pin=HotPin.ORDINARY)
    found(hospital, doctor)
    found(hospital)
    elsewhere = make_hospital()
    found(elsewhere, a_doctor(elsewhere, name="外院医生"))

    page = sign_in(hospital).get(reverse(LIST)).content.decode()

    assert "沈医生" in page
    assert "普通内科（普通号）" in page
    assert "外院医生" not in page
    assert f'<a href="{reverse("admin:hospitals_weeklytemplate_change", args=[template.pk])}">始终普通</a>' in page
    assert "没有启用的模板" in page
    assert "98.5% 热" in page  # the table below the plot


@pytest.mark.parametrize(("role", "status"), [(StaffRole.CLINIC_OFFICE, 200), (StaffRole.DESK, 403)])
def test_the_desk_has_no_business_here(role: str, status: int, hospital: Hospital) -> None:
    client = sign_in(hospital, role)
    assert [client.get(reverse(name)).status_code for name in (LIST, CSV)] == [status, status]


def test_the_download_is_the_list_as_filtered(hospital: Hospital) -> None:
    found(hospital, a_doctor(hospital, name="=1+1"))
    found(hospital, a_doctor(hospital, name="冷医生"), is_hot=False)
    client = sign_in(hospital)

    answer = client.get(reverse(CSV), {"is_hot__exact": "1"})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    heading, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heading[:4] == ["科室", "医生", "星期", "午别"]
    assert row[1:] == ["'=1+1", "周一", "上午", "12", "11", "98.50%", "3.25", "7", "热门", "达到热门标准。", "2026-07-01"]


def test_of_several_hospitals_there_is_no_plot_until_one_is_chosen(hospital: Hospital) -> None:
    elsewhere = make_hospital()
    for one in (hospital, elsewhere):
        found(one, a_doctor(one))
    client = Client()
    client.force_login(make_staff(is_superuser=True))
    assert client.get(reverse(LIST)).context["chart"] is None
    chosen = client.get(reverse(LIST), {"hospital__id__exact": hospital.pk})
    assert len(chosen.context["chart"].rows) == 1


def test_the_number_of_queries_does_not_grow(hospital: Hospital) -> None:
    client = sign_in(hospital)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(LIST)).status_code == 200
        return len(captured)

    found(hospital, a_doctor(hospital))
    few = queries()
    for _ in range(3):
        found(hospital, a_doctor(hospital))
    assert queries() == few


def cell(line: str, weekday: int, percent: float = 90, *, is_hot: bool = False) -> HeatCell:
    return HeatCell(line, f"周{weekday}\n上午", (weekday, 0), percent, is_hot)


class TestHeatMap:
    def test_lines_and_columns_stand_in_their_order_with_gaps(self) -> None:
        chart = heat_map([cell("乙", 5, 99.96, is_hot=True), cell("甲", 1), cell("乙", 3, 40)], bounds=(95, 85))
        assert chart.columns == ("", "周1上午", "周3上午", "周5上午")
        assert chart.rows == (("乙", "—", "40.0%", "100.0% 热"), ("甲", "90.0%", "—", "—"))
        (series,) = json.loads(json.dumps(chart.option))["series"]
        assert [point["value"] for point in series["data"]] == [[1, 0, 40.0], [2, 0, 100.0], [0, 1, 90.0]]
        assert [point["label"]["formatter"] for point in series["data"]] == ["40", "100\n热", "90"]

    def test_what_is_too_much_for_a_plot_is_said(self) -> None:
        chart = heat_map([cell(f"医生{n}", 1) for n in range(MOST_LINES + 1)], bounds=(95, 85))
        assert len(chart.rows) == len(chart.option["yAxis"]["data"]) == MOST_LINES
        assert f"共 {MOST_LINES + 1} 位" in chart.note
