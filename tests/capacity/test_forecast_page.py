"""The page of the forecasts: what the clinic office sees, downloads and dismisses; what others do not."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from capacity.models import DailyForecast, ForecastSeries, SessionSuggestion, SuggestionDirection
from hospitals.models import StaffMembership, StaffRole
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_department, make_hospital

pytestmark = pytest.mark.django_db

PAGE = "admin:capacity_forecastseries_changelist"
CSV = "admin:capacity_forecastseries_csv"
DAY = timedelta(days=1)


def write_series(hospital, department=None, *, days=28):
    now = timezone.now()
    until = timezone.localdate(now) - DAY
    series = ForecastSeries.objects.create(
        hospital=hospital,
        department=department,
        computed_at=now,
        history_until=until,
        history_days=100,
        model="combined",
        error=0.123,
        baseline_error=0.234,
        coverage=0.91,
        backtest={
            "effects": {"holiday": {"ratio": 0.25, "days": 7}},
            "errors": {"seasonal-naive": 0.234, "combined": 0.123},
            "origins": 4,
            "horizon": 7,
        },
    )
    DailyForecast.objects.bulk_create(
        DailyForecast(
            series=series,
            date=until + (i + 1) * DAY,
            mean=10,
            lower=6.5,
            upper=14.5,
            baseline_mean=11,
            day_note="国庆节" if i == 2 else "",
        )
        for i in range(days)
    )
    return series


def suggest(department, **fields):
    monday = timezone.localdate() + DAY
    return SessionSuggestion.objects.create(
        **{
            "hospital": department.hospital,
            "department": department,
            "week": monday,
            "direction": SuggestionDirection.MORE,
            "sessions": 2,
            "demand": 130.4,
            "seats": 80,
            "computed_at": timezone.now(),
        }
        | fields
    )


@pytest.fixture
def hospital():
    return make_hospital()


@pytest.fixture
def department(hospital):
    department = make_department(hospital=hospital, name="呼吸内科")
    write_series(hospital)
    write_series(hospital, department)
    return department


def sign_in(client, hospital, role=StaffRole.CLINIC_OFFICE):
    user = make_staff()
    StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client.force_login(user)
    return user


@pytest.fixture
def office(client, hospital):
    sign_in(client, hospital)
    return client


def test_the_hospital_is_shown_first(office, department):
    page = office.get(reverse(PAGE))
    assert page.status_code == 200
    text = page.content.decode()
    for words in ("全院 · 每日预约量与预测", "12.3%", "23.4%", "91.0%", "呼吸内科", "法定假日", "25.0%"):
        assert words in text
    assert page.context["chart"].option["series"][1]["data"][-1] == 10
    assert [figure.value for figure in page.context["figures"]] == ["280 人", "12.3%", "23.4%", "91.0%"]


def test_the_band_lies_between_the_bounds_and_holidays_are_marked(office, department):
    option = office.get(reverse(PAGE)).context["chart"].option
    by_name = {one["name"]: one for one in option["series"]}
    assert (by_name["区间底"]["data"][-1], by_name["区间"]["data"][-1]) == (6.5, 8)
    assert (by_name["下限"]["data"][-1], by_name["上限"]["data"][-1]) == (6.5, 14.5)
    marks = by_name["实际"]["markLine"]["data"]
    assert {"xAxis": 35 + 2, "name": "国庆节"} in marks


def test_a_department_is_chosen(office, department):
    page = office.get(reverse(PAGE), {"department": department.pk})
    assert page.context["chart"].title == "呼吸内科 · 每日预约量与预测"


@pytest.mark.parametrize("wanted", ["999999", "x", "-1"])
def test_departments_that_are_not_there_are_not_found(office, department, wanted):
    assert office.get(reverse(PAGE), {"department": wanted}).status_code == 404


def test_another_hospitals_forecasts_are_not_there(office, department):
    other = make_department()
    write_series(other.hospital)
    write_series(other.hospital, other)
    assert office.get(reverse(PAGE), {"hospital": other.hospital_id}).status_code == 404
    assert office.get(reverse(PAGE), {"department": other.pk}).status_code == 404
    assert office.get(reverse(CSV), {"table": "days", "hospital": other.hospital_id}).status_code == 404


def test_the_desk_does_not_see_it(client, hospital, department):
    sign_in(client, hospital, StaffRole.DESK)
    suggestion = suggest(department)
    assert client.get(reverse(PAGE)).status_code == 404
    address = reverse("admin:capacity_forecastseries_dismiss", args=[suggestion.pk])
    assert client.post(address).status_code == 404
    suggestion.refresh_from_db()
    assert suggestion.dismissed_at is None


def test_no_forecast_yet(office):
    assert "还没有预测" in office.get(reverse(PAGE)).content.decode()
    assert office.get(reverse(CSV), {"table": "days"}).status_code == 404


def test_a_series_that_is_too_short_for_a_test(office, hospital):
    series = write_series(hospital)
    ForecastSeries.objects.filter(pk=series.pk).update(
        error=None, baseline_error=None, coverage=None, backtest={}, note="历史不足四周，暂以上周同日代替。", history_days=3
    )
    page = office.get(reverse(PAGE))
    assert [figure.value for figure in page.context["figures"]] == ["280 人", "—", "—", "—"]


def test_files(office, department):
    lines = office.get(reverse(CSV), {"table": "days", "department": department.pk}).content.decode("utf-8-sig").splitlines()
    assert lines[0] == "日期,星期,日历,实际,预测,下限,上限,基线"
    assert len(lines) == 1 + 28 + 56
    assert lines[3].endswith(",国庆节,,10.00,6.50,14.50,11.00")
    assert lines[-1].endswith(",0,,,,")
    series = office.get(reverse(CSV), {"table": "series"}).content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in series] == ["科室", "全院", "呼吸内科"]
    assert office.get(reverse(CSV), {"table": "others"}).status_code == 400


def test_suggestions_are_read_and_dismissed(office, department):
    suggestion = suggest(department)
    text = office.get(reverse(PAGE)).content.decode()
    assert "预计需求 130 人，多于已排号源 80，且超出预测区间，建议增加 2 个班次。" in text
    address = reverse("admin:capacity_forecastseries_dismiss", args=[suggestion.pk])
    assert office.get(address).status_code == 405
    answer = office.post(address, follow=True)
    assert "不再提示" in answer.content.decode()
    assert "建议增加 2" not in answer.content.decode()
    suggestion.refresh_from_db()
    assert suggestion.dismissed_at is not None


def test_a_suggestion_that_the_night_took_back(office, department):
    answer = office.post(reverse("admin:capacity_forecastseries_dismiss", args=[999999]), follow=True)
    assert "该建议已不存在" in answer.content.decode()


def test_another_hospitals_suggestion_is_not_there(office, department):
    other = suggest(make_department())
    assert office.post(reverse("admin:capacity_forecastseries_dismiss", args=[other.pk])).status_code == 404
    other.refresh_from_db()
    assert other.dismissed_at is None


def test_the_queries_do_not_grow_with_the_departments(office, department, django_assert_max_num_queries):
    def count():
        with django_assert_max_num_queries(30) as queries:
            assert office.get(reverse(PAGE)).status_code == 200
        return len(queries)

    first = count()
    for _ in range(4):
        more = make_department(hospital=department.hospital)
        write_series(department.hospital, more)
        suggest(more)
    assert count() == first
