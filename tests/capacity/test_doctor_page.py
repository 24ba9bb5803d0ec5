"""One doctor's page: whose it is, that it shows what was applied, its files, and what it makes of what it is asked."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from capacity.models import CapacityPlan, CapacityPolicy, PlanStatus, SessionComparison
from capacity.numeric.allocation import allocate
from capacity.selectors.clinic_report import SWEPT_AT_ONCE
from capacity.selectors.kept_inputs import kept_problem
from capacity.services.planning import plan_hospital
from hospitals.models import ClinicSession, Hospital, StaffMembership, StaffRole
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_department, make_doctor, make_hospital, make_session

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:capacity_clinicanalysis_changelist")
EXCEL = reverse("admin:capacity_clinicanalysis_excel")
CSV = reverse("admin:capacity_clinicanalysis_csv")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    """Three weeks ahead, with a plan in force."""
    session = a_session(now)
    plan_hospital(hospital=session.hospital, now=now)
    session.refresh_from_db()
    return session


def a_session(now: datetime, weeks: int = 3, **fields: Any) -> ClinicSession:
    return make_session(visit_date=timezone.localdate(now) + timedelta(weeks=weeks), **fields)


def sign_in(hospital: Hospital, role: str = StaffRole.CLINIC_OFFICE) -> Client:
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


def table_of(client: Client, session: ClinicSession, table: str) -> list[list[str]]:
    answer = client.get(CSV, {"session": session.pk, "table": table})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_page_shows_the_numbers_that_were_applied(session: ClinicSession) -> None:
    plan = session.plans.get()
    page = sign_in(session.hospital).get(PAGE)
    body = page.content.decode()
    assert page.context["report"].plan == plan
    assert page.context["figures"][0].value == f"{plan.advance_quota} / {plan.extra_quota}" == "14 / 4"
    best = allocate(kept_problem(plan))
    assert (best.objective, best.advance, best.extra) == (plan.result["objective"], 14, 4)
    # Marked where it is: columns are N1, rows are NA.
    marks = {series["name"]: series["data"] for series in page.context["charts"]["surface"].option["series"][1:]}
    assert [point["value"][:2] for point in marks["最优方案"]] == [[14, 4]]
    assert [point["value"][:2] for point in marks["现行号源"]] == [[session.advance_quota, session.extra_quota]]
    assert [point["value"][:2] for point in marks["备选方案"]] == [
        [candidate["advance"], candidate["extra"]] for candidate in plan.result["runners_up"]
    ]
    assert "没有历史记录，按文献中的默认值" in body
    assert reverse("admin:capacity_capacityplan_change", args=[plan.pk]) in body


def test_the_options_are_the_optimum_what_is_in_force_and_those_beside_it(session: ClinicSession) -> None:
    ClinicSession.objects.filter(pk=session.pk).update(advance_quota=20, extra_quota=0)
    rows = {row[0]: row[1:] for row in table_of(sign_in(session.hospital), session, "options")[1:]}
    assert rows["最优方案"][:2] == ["14", "4"]
    assert rows["现行号源"][:2] == ["20", "0"]
    assert [rows[name][:2] for name in rows if name.startswith("加号")] == [["14", "3"], ["14", "5"]]
    objectives = [float(row[2]) for row in rows.values()]
    assert objectives[0] == max(objectives) > objectives[1]
    # Runners-up that stand beside the optimum are told once.
    pairs = [tuple(row[:2]) for row in rows.values()]
    assert len(pairs) == len(set(pairs))


def test_each_curve_goes_through_the_clinics_own_number(session: ClinicSession) -> None:
    page = sign_in(session.hospital).get(PAGE, {"session": session.pk})
    plan = session.plans.get()
    charts = page.context["sweeps"]
    assert [chart.key for chart in charts] == [
        "sweep-no-show-advance", "sweep-no-show-same-day", "sweep-rated", "sweep-overload-cost",
    ]  # fmt: skip
    for chart, own in zip(charts, (20.0, 5.0, 20.0, 1.5), strict=True):
        line = chart.option["series"][0]
        assert line["markLine"]["data"] == [{"xAxis": own}]
        assert [own, plan.advance_quota] in line["data"]


def test_the_inputs_say_what_they_rest_on(session: ClinicSession) -> None:
    rows = {row[0]: row[1:] for row in table_of(sign_in(session.hospital), session, "inputs")[1:]}
    estimate = session.plans.get().inputs["no_show_advance"]
    value, interval, sample, basis, size = rows["预约爽约率 δ1"]
    assert value == f"{estimate['value']:.1%}" == "20.0%"
    assert interval == f"{estimate['lower']:.1%} – {estimate['upper']:.1%}"
    assert sample == "0 人次"
    assert (basis, size) == ("文献默认值（本门诊占 0%）", "")
    assert rows["额定号源 N"][0] == "20"
    assert rows["超负荷成本系数 β"][0] == "1.5"


def test_the_inputs_say_how_many_records_their_level_has(session: ClinicSession) -> None:
    plan = session.plans.get()
    for name, size in (("mean_advance", 1240), ("no_show_advance", 15_321)):
        plan.inputs[name] |= {"level": "department", "level_size": size, "own_share": 0.25}
    del plan.inputs["mean_same_day"]["level_size"]  # as plans of before it was kept
    plan.save()
    rows = {row[0]: row[-2:] for row in table_of(sign_in(session.hospital), session, "inputs")[1:]}
    assert rows["预约需求 E[d1]（人/次）"] == ["本科室（本门诊占 25%）", "1,240 次出诊"]
    assert rows["预约爽约率 δ1"] == ["本科室（本门诊占 25%）", "15,321 人次"]
    assert rows["现场需求 E[d2]（人/次）"][1] == ""


def test_the_sessions_to_come_stand_with_their_plans_status(session: ClinicSession, now: datetime) -> None:
    shared = {"doctor": session.doctor, "registration_type": session.registration_type}
    a_session(now, 1, **shared)  # released: its plan waits
    a_session(now, 4, **shared, is_quota_pinned=True)
    plan_hospital(hospital=session.hospital, now=now)
    rows = table_of(sign_in(session.hospital), session, "coming")[1:]
    assert [(row[2], row[4], row[5], row[9]) for row in rows] == [
        ("20 / 0", "14 / 4", "待审批", "该班次已放号，需人工审批。"),
        ("14 / 4", "14 / 4", "已生效", ""),
        ("20 / 0", "", "", "号源已固定，不自动计算"),
    ]


def write_comparison(session: ClinicSession, now: datetime, days_ago: int, **came: int) -> None:
    """What was expected is 20.4 ± 1.5 seen, 3.1 ± 1.6 missed."""
    day = timezone.localdate(now) - timedelta(days=days_ago)
    shared = {"doctor": session.doctor, "registration_type": session.registration_type, "with_slots": False}
    past = make_session(visit_date=day, **shared)
    SessionComparison.objects.create(
        session=past, hospital=past.hospital, department=past.department, doctor=past.doctor, visit_date=past.visit_date,
        compared_at=now, rated=20, advance_quota=14, extra_quota=4, expected_seen=20.4, seen_deviation=1.5, seen_error=0.2,
        expected_overload=0.99, expected_turned_away=8.4, expected_missed=3.1, missed_deviation=1.6, missed_error=0.2,
        overload=0, turned_away=2, **came,
    )  # fmt: skip


def test_what_was_expected_stands_beside_what_came(session: ClinicSession, now: datetime) -> None:
    write_comparison(session, now, 7, seen=17, missed=5)
    write_comparison(session, now, 8, seen=20, missed=3)  # another weekday: another clinic
    client = sign_in(session.hospital)
    page = client.get(PAGE, {"session": session.pk})
    chart = page.context["charts"]["past"]
    assert [row[1:5] for row in chart.rows] == [("20.4 人", "17.0 人", "17.9 人", "22.9 人")]
    assert [row[2:4] for row in table_of(client, session, "past")[1:]] == [["20.40", "17"]]
    assert "偏离提示" not in page.content.decode()


def test_a_model_that_is_off_is_said(session: ClinicSession, now: datetime) -> None:
    for weeks in range(1, 14):
        write_comparison(session, now, 7 * weeks, seen=17, missed=6)
    client = sign_in(session.hospital)
    page = client.get(PAGE, {"session": session.pk})
    assert "实际就诊比预计平均每次少 3.4 人" in page.content.decode()
    looking_back = f"{reverse('admin:capacity_sessioncomparison_changelist')}?hospital={session.hospital.pk}"
    address = f"{looking_back}&amp;department={session.department.pk}&amp;doctor={session.doctor.pk}"
    assert address in page.content.decode()
    assert client.get(address.replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize(
    ("kept", "rows"),
    [
        ({}, {}),
        (
            {"forecast": {"factor": 1.15, "day_note": "国庆节"}},
            {"按预测调整需求（已计入）": ("× 1.15", "科室预约量预测，国庆节")},
        ),
        (
            {"forecast": {"factor": 1.0, "reason": "历史太短，预测未经回测"}},
            {"按预测调整需求": ("不调整", "历史太短，预测未经回测")},
        ),
        (
            {"dispersion_advance": 1.0, "dispersion_same_day": 1.4},
            {"需求的方差 ÷ 均值": ("预约 1.00，现场 1.40", "按负二项分布计算")},
        ),
    ],
)
def test_what_changes_the_demand_is_told_where_it_does(
    kept: dict[str, Any], rows: dict[str, tuple[str, str]], session: ClinicSession
) -> None:
    plan = session.plans.get()
    bare = {name: value for name, value in plan.inputs.items() if name != "forecast" and not name.startswith("dispersion")}
    CapacityPlan.objects.filter(pk=plan.pk).update(inputs=bare | kept)
    client = sign_in(session.hospital)
    told = {row[0]: (row[1], row[4]) for row in table_of(client, session, "inputs")[1:]}
    names = {"按预测调整需求（已计入）", "按预测调整需求", "需求的方差 ÷ 均值"}
    assert {name: told[name] for name in names & set(told)} == rows
    law = "二元负二项分布" if "dispersion_advance" in kept else "二元泊松分布"
    assert law in client.get(PAGE, {"session": session.pk}).context["charts"]["demand"].note


def test_a_clinic_without_a_plan_says_so(now: datetime) -> None:
    session = a_session(now)
    client = sign_in(session.hospital)
    page = client.get(PAGE)
    assert "还没有号源方案" in page.content.decode()
    assert "还没有方案" in table_of(client, session, "coming")[1][9]
    assert client.get(EXCEL, {"session": session.pk}).status_code == 200
    assert client.get(CSV, {"session": session.pk, "table": "sweep-rated"}).status_code == 404


def test_a_hospital_without_clinics_and_a_person_without_hospitals() -> None:
    hospital = make_hospital()
    assert "近一年没有门诊班次" in sign_in(hospital).get(PAGE).content.decode()
    client = Client()
    client.force_login(make_staff(is_superuser=True))
    Hospital.objects.all().delete()
    assert "还没有医院" in client.get(PAGE).content.decode()


def test_a_departments_own_numbers_have_a_page_too(now: datetime) -> None:
    session = a_session(now, department=make_department(name="全科"))
    plan_hospital(hospital=session.hospital, now=now)
    page = sign_in(session.hospital).get(PAGE)
    assert page.context["asked"].choice.doctor_options == [("general", "科室普通号", True)]
    assert "全科普通号" in page.content.decode()


def test_a_plan_a_session_or_a_doctor_names_the_clinic(session: ClinicSession, now: datetime) -> None:
    other = make_doctor(department=session.department, name="另一位")
    theirs = a_session(now, doctor=other)
    plan_hospital(hospital=session.hospital, now=now)
    client = sign_in(session.hospital)
    for query in ({"plan": theirs.plans.get().pk}, {"session": theirs.pk}, {"doctor": other.pk}):
        report = client.get(PAGE, query).context["report"]
        assert (report.clinic.doctor, report.plan) == (other, theirs.plans.get())


def test_a_plan_that_was_replaced_can_still_be_looked_at(session: ClinicSession) -> None:
    old = session.plans.get()
    CapacityPlan.objects.filter(pk=old.pk).update(status=PlanStatus.SUPERSEDED)
    CapacityPolicy.objects.create(hospital=session.hospital, overload_cost=3)
    plan_hospital(hospital=session.hospital, now=timezone.now())
    client = sign_in(session.hospital)
    assert client.get(PAGE).context["report"].problem.terms.overload_cost == 3
    shown = client.get(PAGE, {"plan": old.pk}).context["report"]
    assert (shown.plan, shown.problem.terms.overload_cost) == (old, 1.5)


def test_a_doctor_left_over_from_another_department_gives_way(session: ClinicSession, now: datetime) -> None:
    elsewhere = make_doctor(department=make_department(hospital=session.hospital))
    a_session(now, doctor=elsewhere)
    query = {"department": elsewhere.department_id, "doctor": session.doctor_id, "clinic": "9-xx"}
    report = sign_in(session.hospital).get(PAGE, query).context["report"]
    assert report.clinic.doctor == elsewhere


def test_a_doctor_who_is_named_alone_gives_way_to_nobody(session: ClinicSession) -> None:
    idle = make_doctor(department=session.department)
    client = sign_in(session.hospital)
    page = client.get(PAGE, {"doctor": idle.pk})
    assert page.context["asked"].report is None
    assert "该医生近一年没有门诊班次" in page.content.decode()
    assert client.get(EXCEL, {"doctor": idle.pk}).status_code == 404


def test_the_doctors_own_page_leads_here(session: ClinicSession) -> None:
    body = sign_in(session.hospital).get(reverse("admin:hospitals_doctor_change", args=[session.doctor.pk])).content.decode()
    assert f'href="{PAGE}?doctor={session.doctor.pk}"' in body


@pytest.mark.parametrize("name", ["plan", "session", "doctor", "department", "hospital"])
def test_what_is_not_there_is_not_found(name: str, session: ClinicSession) -> None:
    client = sign_in(session.hospital)
    for value in ("0", "-1", "x", "²", "9" * 18, "9" * 40, "1 or 1=1"):
        assert client.get(PAGE, {name: value}).status_code == 404, value


def test_other_hospitals_are_not_there(session: ClinicSession, now: datetime) -> None:
    elsewhere = a_session(now)
    plan_hospital(hospital=elsewhere.hospital, now=now)
    client = sign_in(session.hospital)
    theirs = {
        "plan": elsewhere.plans.get().pk,
        "session": elsewhere.pk,
        "doctor": elsewhere.doctor_id,
        "department": elsewhere.department_id,
        "hospital": elsewhere.hospital_id,
    }
    for name, value in theirs.items():
        for address in (PAGE, EXCEL, CSV):
            assert client.get(address, {name: value, "table": "options"}).status_code == 404, (name, address)
    body = client.get(PAGE).content.decode()
    assert elsewhere.doctor.name not in body
    assert elsewhere.hospital.name not in body


def test_whoever_is_no_staff_is_sent_to_sign_in(session: ClinicSession) -> None:
    for address in (PAGE, EXCEL, CSV):
        assert Client().get(address).status_code == 302
    assert sign_in(session.hospital).post(PAGE).status_code == 405


def test_the_workbook_has_every_table_whole(session: ClinicSession) -> None:
    answer = sign_in(session.hospital).get(EXCEL, {"session": session.pk})
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == [
        "说明", "方案比较", "目标值", "参数与依据", "即将出诊", "预计与实际",
        "随预约爽约率 δ1 变化", "随现场爽约率 δ2 变化", "随额定号源 N 变化", "随超负荷成本系数 β 变化",
    ]  # fmt: skip
    plan = session.plans.get()
    # A heading and a name before the numbers of N1 = 14, NA = 4.
    assert book["目标值"].cell(4 + 2, 14 + 2).value == pytest.approx(plan.result["objective"], abs=1e-12)
    assert "attachment" in answer["Content-Disposition"]


def test_an_unknown_table_is_refused_in_words(session: ClinicSession) -> None:
    answer = sign_in(session.hospital).get(CSV, {"table": "secrets"})
    assert (answer.status_code, answer.content.decode()) == (400, "没有这张表。")


def test_a_large_sessions_curves_are_drawn_when_they_are_asked_for(now: datetime) -> None:
    session = a_session(now, rated_capacity=SWEPT_AT_ONCE + 1)
    plan_hospital(hospital=session.hospital, now=now)
    page = sign_in(session.hospital).get(PAGE)
    assert page.context["sweeps"] == []
    assert "计算敏感性曲线" in page.content.decode()
    # More columns than can be read: those around the optimum.
    assert len(page.context["charts"]["surface"].columns) == 62


def test_the_number_of_queries_does_not_grow(session: ClinicSession, now: datetime) -> None:
    client = sign_in(session.hospital)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE, {"session": session.pk}).status_code == 200
        return len(captured)

    few = queries()
    for weeks in (2, 4, 5):
        a_session(now, weeks, doctor=session.doctor, registration_type=session.registration_type)
        a_session(now, weeks, doctor=make_doctor(department=session.department))
        a_session(now, weeks, doctor=make_doctor(department=make_department(hospital=session.hospital)))
    plan_hospital(hospital=session.hospital, now=now)
    assert queries() == few
