"""The page that looks back on plans: sums, plots, files, and the warning where a model is off."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from capacity.looking_back_charts import doctor_table, headline, month_table
from capacity.models import SessionComparison
from capacity.numeric.drift import FEWEST_SESSIONS, MOST_SESSIONS
from capacity.selectors.drifts import LOOK_BACK, doctor_drifts
from capacity.selectors.looking_back import LookingBack
from hospitals.models import Doctor, StaffRole
from tests.capacity.test_admin import LIST, page_of, staff_client, text_of
from tests.factories.hospitals import make_department, make_doctor, make_session

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:capacity_sessioncomparison_changelist")
CSV = reverse("admin:capacity_sessioncomparison_csv")


@pytest.fixture
def today(now):
    return timezone.localdate(now)


def compared(doctor: Doctor, today, *, sessions: int, seen: int = 20, missed: int = 3, since: int = 1, **fields) -> None:
    """Sessions day by day back from `since` days ago, of which 20 seen and 3 missed were expected."""
    for days in range(since, since + sessions):
        session = make_session(visit_date=today - timedelta(days=days), doctor=doctor, with_slots=False)
        values = {
            "session": session, "hospital": session.hospital, "department": session.department, "doctor": doctor,
            "visit_date": session.visit_date, "compared_at": timezone.now(), "rated": 20, "advance_quota": 14, "extra_quota": 4,
            "expected_seen": 20.0, "seen_deviation": 2.0, "seen_error": 0.1, "expected_overload": 1.0,
            "expected_turned_away": 6.0, "expected_missed": 3.0, "missed_deviation": 1.6, "missed_error": 0.1,
            "seen": seen, "overload": 1, "turned_away": 5, "missed": missed,
        }  # fmt: skip
        SessionComparison.objects.create(**values | fields)


def drift_of(doctor: Doctor, today):
    return doctor_drifts(hospital_id=doctor.hospital_id, today=today)[doctor.department_id, doctor.pk]


def test_what_came_as_expected_is_no_drift(today):
    doctor = make_doctor()
    compared(doctor, today, sessions=14)
    drift = drift_of(doctor, today)
    assert (drift.seen.sessions, drift.seen.standardised, drift.missed.standardised) == (14, 0, 0)
    assert (drift.is_warning, drift.sentence) == (False, "")


def test_what_is_off_is_warned_of_by_name(today):
    doctor = make_doctor()
    compared(doctor, today, sessions=14, seen=17, missed=6)
    drift = drift_of(doctor, today)
    # 14·(−3) / √(14·4 + 1.4²)
    assert drift.seen.standardised == pytest.approx(-5.516, abs=1e-3)
    assert "实际就诊比预计平均每次少 3.0 人，实际未到比预计平均每次多 3.0 人" in drift.sentence


def test_few_old_or_unplanned_sessions_say_nothing(today):
    few, old, unplanned = (make_doctor() for _ in range(3))
    compared(few, today, sessions=FEWEST_SESSIONS - 1, seen=10)
    compared(old, today, sessions=14, seen=10, since=LOOK_BACK.days + 1)
    compared(unplanned, today, sessions=14, seen=10, expected_seen=None)
    assert not drift_of(few, today).is_warning
    assert doctor_drifts(hospital_id=old.hospital_id, today=today) == {}
    assert doctor_drifts(hospital_id=unplanned.hospital_id, today=today) == {}


def test_only_the_latest_sessions_count(today):
    doctor = make_doctor()
    compared(doctor, today, sessions=MOST_SESSIONS)
    compared(doctor, today, sessions=10, seen=5, since=MOST_SESSIONS + 1)
    assert drift_of(doctor, today).seen.sessions == MOST_SESSIONS
    assert drift_of(doctor, today).seen.standardised == 0


def test_only_the_doctors_asked_for_in_one_query(today, django_assert_num_queries):
    department = make_department()
    one, other = make_doctor(department=department), make_doctor(department=department)
    for doctor in (one, other):
        compared(doctor, today, sessions=1)
    with django_assert_num_queries(1):
        found = doctor_drifts(hospital_id=department.hospital_id, today=today, doctors=[(department.pk, one.pk)])
    assert list(found) == [(department.pk, one.pk)]


def test_sums_by_month_and_doctor(today):
    doctor = make_doctor()
    compared(doctor, today, sessions=4, seen=22)
    compared(doctor, today, sessions=1, since=9, expected_seen=None)
    report = LookingBack(doctor.hospital, today - timedelta(days=70), today, today)
    assert report.total.sessions == sum(tally.sessions for tally in report.months.values()) == 4
    assert (report.total.came["seen"], report.total.expected["seen"], report.total.difference("seen")) == (88, 80, 2)
    # √(4·2²  + (4·0.1)²)
    assert report.total.deviation["seen"] == pytest.approx(4.0199, abs=1e-4)
    assert [(row[1], row[2].sessions) for row in report.doctors] == [(doctor, 4)]
    assert report.without_plan == 1


@pytest.mark.parametrize(("seen", "verdict"), [(20, "偶然波动"), (21, "偶然波动"), (22, "多于预计"), (18, "少于预计")])
def test_a_difference_within_chance_is_called_so(today, seen, verdict):
    doctor = make_doctor()
    compared(doctor, today, sessions=4, seen=seen)
    report = LookingBack(doctor.hospital, today - timedelta(days=70), today, today)
    # 1.96·√(4·2² + (4·0.1)²) / 4, of the difference of a session's mean
    assert report.total.margin("seen") == pytest.approx(1.9698, abs=1e-4)
    assert report.total.is_chance("seen") is (verdict == "偶然波动")
    (figure,) = [beside for name, _, beside in headline(report) if name == "就诊"]
    assert figure == f"预计 20.00 ± 1.97 人，差 {seen - 20:+.2f}，{verdict}"
    (overload,) = [beside for name, _, beside in headline(report) if name == "超负荷"]
    assert overload == "预计 1.00 人，差 +0.00"


def test_the_table_by_month_says_how_far_chance_goes(today):
    doctor = make_doctor()
    compared(doctor, today, sessions=1, seen=26, missed=3)
    report = LookingBack(doctor.hospital, today - timedelta(days=70), today, today)
    table = month_table(report)
    (row,) = [dict(zip([column.name for column in table.columns], row, strict=True)) for row in table.rows]
    assert (row["预计就诊"], row["实际就诊"], row["就诊之差"], row["未到之差"]) == (20, 26, "多于预计", "偶然波动")
    assert (row["±（就诊）"], row["±（未到）"]) == pytest.approx((3.925, 3.142), abs=1e-3)
    assert len(doctor_table(report).columns) == len(doctor_table(report).rows[0])


def test_the_page(today):
    doctor, calm = make_doctor(), None
    calm = make_doctor(department=doctor.department)
    compared(doctor, today, sessions=14, seen=17)
    compared(calm, today, sessions=14)
    response = staff_client(doctor.hospital).get(PAGE)
    text = text_of(response)
    assert f"{doctor.name} （{doctor.department.name}）：最近 14 次出诊，实际就诊比预计平均每次少 3.0 人" in text
    assert f"{calm.name} （" not in text
    assert "误报概率不超过 0.2%" in text
    assert "差 -1.50，少于预计" in text
    assert "不超过即为“偶然波动”" in text
    assert [chart.key for chart in response.context["charts"]] == ["seen", "missed", "overload", "turned_away"]
    assert [row[0] for row in response.context["doctor_table"].rows] == [doctor.name, calm.name]


def test_the_page_of_one_doctor(today):
    doctor = make_doctor()
    other = make_doctor(department=doctor.department)
    compared(doctor, today, sessions=2)
    compared(other, today, sessions=3)
    client = staff_client(doctor.hospital)
    query = {"department": doctor.department_id, "doctor": doctor.pk}
    assert client.get(PAGE, query).context["report"].total.sessions == 2
    assert client.get(PAGE, {"department": doctor.department_id}).context["report"].total.sessions == 5


def test_an_empty_page(today):
    text = text_of(staff_client(make_doctor().hospital).get(PAGE))
    assert "还没有可以比较的班次" in text


@pytest.mark.parametrize(
    "query",
    [
        {"first": "1999-01"},
        {"first": "soon"},
        {"department": "999999999999999999999999"},
        {"doctor": "7", "department": "x"},
        {"first": "2026-11", "last": "2026-10"},
    ],
)
def test_nonsense_is_told_and_refused_as_a_file(today, query):
    client = staff_client(make_doctor().hospital)
    page = client.get(PAGE, query)
    assert page.status_code == 200
    assert "以下按默认范围显示" in page.content.decode()
    assert client.get(CSV, query | {"table": "months"}).status_code == 400


def test_files(today):
    doctor = make_doctor()
    compared(doctor, today, sessions=2)
    client = staff_client(doctor.hospital)
    heads = {}
    for key in ("months", "doctors", "sessions"):
        lines = client.get(CSV, {"table": key}).content.decode("utf-8-sig").splitlines()
        heads[key] = (lines[0].split(",")[0], len(lines) - 1)
    assert heads["doctors"] == ("医生", 1)
    assert heads["sessions"] == ("就诊日期", 2)
    assert heads["months"][0] == "月份"
    assert client.get(CSV, {"table": "others"}).status_code == 400


def test_whose_page_it_is(today):
    mine, other = make_doctor(), make_doctor()
    compared(other, today, sessions=1)
    client = staff_client(mine.hospital)
    assert other.name not in client.get(PAGE).content.decode()
    assert client.get(PAGE, {"hospital": other.hospital_id}).status_code == 404
    assert client.get(CSV, {"table": "sessions", "hospital": other.hospital_id}).status_code == 404
    assert staff_client(mine.hospital, StaffRole.DESK).get(PAGE).status_code in (403, 404)


def test_queries_of_the_page_do_not_grow(today, django_assert_max_num_queries):
    department = make_department()
    client = staff_client(department.hospital)
    compared(make_doctor(department=department), today, sessions=1)
    client.get(PAGE)
    with django_assert_max_num_queries(25) as few:
        client.get(PAGE)
    for _ in range(4):
        compared(make_doctor(department=department), today, sessions=2)
    with django_assert_max_num_queries(25) as many:
        client.get(PAGE)
    assert len(few) == len(many)


def test_plans_of_a_doctor_that_drifts_say_so(waiting_plan, today):
    plan = waiting_plan()
    compared(plan.session.doctor, today, sessions=14, seen=17)
    client = staff_client(plan.hospital)
    line = f"{plan.session.doctor.name}（{plan.session.department.name}）：最近 14 次出诊"
    assert line in text_of(client.get(LIST))
    assert line in text_of(client.get(page_of(plan)))
    assert line not in text_of(staff_client(plan.hospital, StaffRole.DESK).get(LIST))
