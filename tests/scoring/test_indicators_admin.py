"""The page of the indicators and its downloads: who sees them, what they say, what they refuse."""

import csv
import datetime as dt
import io
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from hospitals.models import Department, Hospital, StaffMembership, StaffRole
from hospitals.reports.exports import guarded
from scoring.models import MonthlyIndicator
from scoring.months import first_of_month, months_back
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_department, make_doctor, make_hospital
from tests.scoring.months import counted

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:scoring_monthlyindicator_changelist")
EXCEL = reverse("admin:scoring_monthlyindicator_excel")
CSV = reverse("admin:scoring_monthlyindicator_csv")


def month(back: int) -> dt.date:
    return months_back(first_of_month(timezone.localdate()), back)


def signed_in(*hospitals: Hospital, role: str = StaffRole.ADMINISTRATOR, **fields: Any) -> Client:
    user = make_staff(**fields)
    for hospital in hospitals:
        StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


def make_months(department: Department, *backs: int, doctor: str = "", **counts: int) -> None:
    """The same counts in each of those months, all of one doctor where one is named."""
    person = make_doctor(department=department, name=doctor) if doctor else None
    for back in backs:
        counted(department, month(back), **counts)
        if person:
            counted(department, month(back), doctor=person, **counts)


def make_world(name: str = "北") -> Hospital:
    hospital = make_hospital(name=f"{name}医院")
    department = make_department(hospital=hospital, name=f"{name}口腔科")
    make_months(department, 1, doctor=f"{name}某", fulfilled=90, unattended=2, cancelled=5, missed=3, void=4)
    make_months(department, 2, fulfilled=80, unattended=5, cancelled=10, missed=5)
    return hospital


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def options(response: Any) -> dict[str, Any]:
    found = re.findall(r'<script id="([^"]+)" type="application/json">(.*?)</script>', response.content.decode(), re.DOTALL)
    return {name: json.loads(option) for name, option in found}


def rows_of(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("role", [StaffRole.ADMINISTRATOR, StaffRole.CLINIC_OFFICE])
def test_staff_see_their_own_hospital_only(role: str) -> None:
    north, south = make_world("北"), make_world("南")
    client = signed_in(north, role=role)
    for address in (PAGE, f"{CSV}?table=doctors"):
        page = client.get(address)
        assert page.status_code == 200
        assert "北" in page.content.decode()
        assert "南" not in page.content.decode()
    for address in (PAGE, EXCEL, f"{CSV}?table=doctors"):
        assert client.get(address, {"hospital": south.pk, "table": "doctors"}).status_code == 404


@pytest.mark.parametrize("address", [PAGE, EXCEL, f"{CSV}?table=doctors"])
def test_doctors_records_are_not_the_desks_business(address: str) -> None:
    world = make_world()
    assert signed_in(world, role=StaffRole.DESK).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_a_desk_at_one_hospital_gives_no_sight_of_it_to_the_administrator_of_another() -> None:
    north, south = make_world("北"), make_world("南")
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=north, role=StaffRole.ADMINISTRATOR)
    StaffMembership.objects.create(user=user, hospital=south, role=StaffRole.DESK)
    client = Client()
    client.force_login(user)
    assert client.get(PAGE, {"hospital": south.pk}).status_code == 404
    assert "南医院" not in text(client.get(PAGE))


def test_the_platform_chooses_a_hospital() -> None:
    make_world("北")
    south = make_world("南")
    client = signed_in(is_superuser=True)
    page = text(client.get(PAGE, {"hospital": south.pk}))
    assert "南某" in page
    assert "北某" not in page
    for wrong in ("0", "x", "9" * 30, "１"):
        assert client.get(PAGE, {"hospital": wrong}).status_code == 404


def test_the_way_to_the_page_and_to_a_single_row() -> None:
    north, south = make_world("北"), make_world("南")
    client = signed_in(north)
    assert f'href="{PAGE}"' in client.get(reverse("admin:index")).content.decode()
    for hospital, status in ((north, 200), (south, 404)):
        row = MonthlyIndicator.objects.filter(hospital=hospital)[0]
        found = client.get(reverse("admin:scoring_monthlyindicator_change", args=[row.pk]))
        assert found.status_code == status
    assert f'href="{PAGE}"' not in signed_in(north, role=StaffRole.DESK).get(reverse("admin:index")).content.decode()


def test_the_page_before_anything_is_there() -> None:
    assert "还没有医院" in text(signed_in(is_superuser=True).get(PAGE))
    page = text(signed_in(make_hospital()).get(PAGE))
    assert "该月无已结束的预约" in page
    assert "所选月份没有数据" in page


def test_the_headline_compares_the_last_full_month_with_the_one_before() -> None:
    page = text(signed_in(make_world()).get(PAGE))
    assert "履约率 90.0% 90 / 100 ▲ 较上月 +10.0 个百分点" in page
    assert "失约率 3.0% 3 / 100 ▼ 较上月 -2.0 个百分点" in page


def test_months_with_nothing_are_gaps_and_this_month_is_marked() -> None:
    department = make_department()
    make_months(department, 0, 1, 3, fulfilled=9, missed=1)
    client = signed_in(department.hospital)
    found = options(client.get(PAGE, {"first": f"{month(3):%Y-%m}", "last": f"{month(0):%Y-%m}"}))
    assert found["chart-kept"]["xAxis"]["data"] == [
        f"{month(3):%Y-%m}", f"{month(2):%Y-%m}", f"{month(1):%Y-%m}", f"{month(0):%Y-%m}（未完）"
    ]  # fmt: skip
    assert found["chart-kept"]["series"][0]["data"] == [90.0, None, 90.0, 90.0]


def test_one_department_is_shown_beside_the_hospital() -> None:
    hospital = make_world()
    other = make_department(hospital=hospital, name="内科")
    make_months(other, 1, doctor="内某", fulfilled=50, missed=50)
    client = signed_in(hospital)
    page = text(client.get(PAGE, {"department": other.pk}))
    assert "内某" in page
    assert "北某" not in page
    assert re.search(r"内科 100 50 0 0 50 0 50\.0%.*全院 300 220", page)
    assert rows_of(client.get(CSV, {"table": "doctors", "department": other.pk}))[1][0] == "内某"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"first": "2026-13"}, "从：请填写年月，例如 2026-01。"),
        ({"last": "昨天"}, "到：请填写年月，例如 2026-01。"),
        ({"first": "2026-05", "last": "2026-03"}, "开始月份（2026-05）不能晚于截止月份（2026-03）。"),
        ({"first": "0001-01", "last": "0001-01"}, "开始月份不能早于 2000-01。"),
        ({"last": "2999-01"}, "截止月份不能晚于本月"),
        ({"first": "2015-01", "last": "2024-12"}, "一次最多查看 60 个月，所选为 120 个月。"),
        ({"department": "7777777"}, "科室：该医院没有这个科室。"),
        ({"department": "x\x00"}, "科室："),
    ],
)
def test_questions_that_make_no_sense_get_a_sentence(asked: dict[str, str], says: str) -> None:
    client = signed_in(make_world())
    page = client.get(PAGE, asked)
    assert page.status_code == 200
    assert says in text(page)
    assert "履约率 90.0%" in text(page)
    for address in (EXCEL, CSV):
        refused = client.get(address, asked | {"table": "months"})
        assert refused.status_code == 400
        assert says in refused.content.decode()


def test_another_hospitals_department_cannot_be_chosen() -> None:
    other = make_world("南").departments.get()
    page = text(signed_in(make_world("北")).get(PAGE, {"department": other.pk}))
    assert "该医院没有这个科室" in page
    assert "南" not in page


def test_doctors_are_sorted_as_asked_for() -> None:
    department = make_department()
    for name, missed in (("甲", 5), ("乙", 20), ("丙", 10)):
        make_months(department, 2 + missed, doctor=name, fulfilled=100 - missed, missed=missed)
    client = signed_in(department.hospital)

    def order(sort: str) -> list[str]:
        body = client.get(PAGE, {"sort": sort, "first": f"{month(23):%Y-%m}"}).content.decode()
        return re.findall(r'<th scope="row">([甲乙丙])</th>', body)

    assert order("-missed") == ["乙", "丙", "甲"]
    assert order("missed") == ["甲", "丙", "乙"]
    assert order("-fulfilled") == ["甲", "丙", "乙"]
    assert order("nonsense") == ["甲", "乙", "丙"]


def test_nothing_of_the_page_comes_from_elsewhere() -> None:
    body = signed_in(make_world()).get(PAGE).content.decode()
    named = re.findall(r'(?:src|href|action)="([^"]*)"', body)
    assert len(named) > 20
    assert [address for address in named if re.match(r"\w+:|//", address)] == []
    # No script runs that stands in the page itself, and no handler: the policy of a hospital's proxy may forbid them.
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", body) == []
    assert re.findall(r'\son\w+="', body) == []


def test_the_benchmark_shows_quartiles_from_five_hospitals_on_and_nothing_else() -> None:
    hospital = make_world("本")
    for name, missed in (("东", 11), ("西", 13), ("南", 17)):
        make_months(make_department(hospital=make_hospital(name=f"{name}医院")), 1, fulfilled=100 - missed, missed=missed)
    client = signed_in(hospital)
    assert "不足 5 家" in text(client.get(PAGE))
    make_months(make_department(hospital=make_hospital(name="北医院")), 1, fulfilled=81, missed=19)
    page = client.get(PAGE)
    assert re.search(r"失约率 20\d\d-\d\d 3\.0% \d+\.\d% \d+\.\d% \d+\.\d%", text(page))
    assert set(options(page)) == {f"chart-{key}" for key in ("kept", "lost")} | {
        f"chart-benchmark-{rate}" for rate in ("fulfilled", "unattended", "cancelled", "missed")
    }
    names = [line["name"] for line in options(page)["chart-benchmark-missed"]["series"]]
    assert names == ["本院", "中位数", "下四分位数", "上四分位数"]
    everything = page.content.decode() + "".join(map(str, rows_of(client.get(CSV, {"table": "benchmark"}))))
    for kept_to_itself in ("东医院", "西医院", "南医院", "北医院", "11.0%", "13.0%", "17.0%", "19.0%", "19.00%"):
        assert kept_to_itself not in everything


def test_the_workbook_has_numbers_as_numbers() -> None:
    hospital = make_world()
    response = signed_in(hospital).get(EXCEL)
    assert response.status_code == 200
    assert f"{hospital.code}-" in response["Content-Disposition"]
    book = load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["说明", "月度趋势", "科室", "医生考核", "排班建议", "行业对标"]
    sheet = book["科室"]
    assert [cell.value for cell in sheet[1]] == [
        "科室", "总预约次数", "履约数", "预约未到数", "取消预约数", "失约数", "作废数",
        "履约率", "预约未到率", "取消预约率", "失约率",
    ]  # fmt: skip
    assert [cell.value for cell in sheet[2]] == ["北口腔科", 200, 170, 7, 15, 8, 4, 0.85, 0.035, 0.075, 0.04]
    assert [cell.number_format for cell in sheet[2]] == ["@", *["#,##0"] * 6, *["0.0%"] * 4]
    assert sheet.freeze_panes == "B2"
    doctors = book["医生考核"]
    assert [cell.value for cell in doctors[1]][6:8] == ["履约率 95% 区间下限", "履约率 95% 区间上限"]
    assert doctors["G2"].value == pytest.approx(0.8256, abs=1e-4)
    assert all(sheet.column_dimensions[letter].width >= 10 for letter in "ABCDEFGHIJK")


@pytest.mark.parametrize("name", ["=1+1", "+86", "-2", "@SUM(A1)", " =1", "＝1+1", "\t=1"])
def test_a_name_that_looks_like_a_formula_stays_a_name(name: str) -> None:
    department = make_department(name=name)
    make_months(department, 1, doctor=name, fulfilled=1)
    client = signed_in(department.hospital)
    for table in ("departments", "doctors"):
        assert rows_of(client.get(CSV, {"table": table}))[1][0] == f"'{name}"
    cell = load_workbook(io.BytesIO(client.get(EXCEL).content))["科室"]["A2"]
    assert (cell.data_type, cell.value) == ("s", name)


def test_names_that_are_no_formula_are_left_alone() -> None:
    assert [guarded(name) for name in ("王小明", "A-1", "3+1", "")] == ["王小明", "A-1", "3+1", ""]


def test_a_name_with_a_control_character_does_not_break_the_workbook() -> None:
    department = make_department(name="口腔\x0b科")
    make_months(department, 1, fulfilled=1)
    book = load_workbook(io.BytesIO(signed_in(department.hospital).get(EXCEL).content))
    assert book["科室"]["A2"].value == "口腔科"


def test_csv_opens_in_excel() -> None:
    response = signed_in(make_world()).get(CSV, {"table": "months"})
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert rows_of(response)[1:] == [
        [f"{month(2):%Y-%m}", "100", "80", "5", "10", "5", "0", "80.00%", "5.00%", "10.00%", "5.00%"],
        [f"{month(1):%Y-%m}", "100", "90", "2", "5", "3", "4", "90.00%", "2.00%", "5.00%", "3.00%"],
    ]


@pytest.mark.parametrize("table", ["", "nothing", "months\x00"])
def test_a_table_that_there_is_not(table: str) -> None:
    refused = signed_in(make_world()).get(CSV, {"table": table})
    assert (refused.status_code, refused.content.decode()) == (400, "没有这张表。")


def test_reading_writes_nothing() -> None:
    client = signed_in(make_world())
    before = list(MonthlyIndicator.objects.order_by("pk").values())
    for address in (PAGE, EXCEL, CSV):
        assert client.get(address, {"table": "months"}).status_code == 200
        assert client.post(address, {"table": "months"}).status_code == 405
    assert list(MonthlyIndicator.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("address", [PAGE, EXCEL, f"{CSV}?table=doctors"])
def test_a_large_hospital_takes_as_many_queries_as_a_small_one(address: str) -> None:
    def queries(n: int) -> int:
        hospital = make_world()
        for _ in range(n):
            make_months(make_department(hospital=hospital), *range(n), doctor="某", fulfilled=300, missed=40)
        client = signed_in(hospital)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    assert queries(2) == queries(6)
