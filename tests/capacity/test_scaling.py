"""Plans of days on which the department's forecast says that more or fewer will come."""

from datetime import timedelta

import pytest
from django.utils import timezone

from capacity.models import CapacityPolicy, DailyForecast, ForecastSeries
from capacity.selectors.kept_inputs import kept_problem
from capacity.services.planning import plan_hospital
from tests.capacity.test_admin import page_of, staff_client, text_of
from tests.factories.hospitals import make_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(now):
    """Twenty seats on a day of which the forecast is 30 patients, where twenty seats usually have 20."""
    day = timezone.localdate(now) + timedelta(days=20)
    session = make_session(visit_date=day)
    usual = [{"days": 40, "demand": 20.0, "seats": 20.0}] * 7
    series = ForecastSeries.objects.create(
        hospital=session.hospital, department=session.department, computed_at=now, history_until=timezone.localdate(now),
        history_days=365, model="ETS", error=0.1, baseline_error=0.2, backtest={"usual": usual},
    )  # fmt: skip
    DailyForecast.objects.create(series=series, date=day, mean=30, lower=20, upper=40, baseline_mean=20, day_note="节后首日")
    return session


def test_the_means_are_scaled_and_it_is_said_why(session, now):
    CapacityPolicy.objects.create(hospital=session.hospital, scales_by_forecast=False, applies_automatically=False)
    plan_hospital(hospital=session.hospital, now=now)
    plain = session.plans.get()
    plain.delete()
    CapacityPolicy.objects.update(scales_by_forecast=True)
    (planned,) = plan_hospital(hospital=session.hospital, now=now)
    plan = session.plans.get()
    for name in ("mean_advance", "mean_same_day"):
        for part in ("value", "lower", "upper"):
            assert plan.inputs[name][part] == pytest.approx(1.5 * plain.inputs[name][part])
    assert plan.inputs["no_show_advance"] == plain.inputs["no_show_advance"]
    assert plan.inputs["forecast"]["factor"] == 1.5
    assert (plan.inputs["forecast"]["forecast"], plan.inputs["forecast"]["usual_demand"]) == (30, 20)
    assert "forecast" not in plain.inputs
    assert "按科室预约量预测，节后首日，为平时的 150%" in plan.result["explanation"]
    assert "预测" not in plain.result["explanation"]
    # The page computes the same problem from what is kept.
    assert kept_problem(plan).mean_advance == planned.inputs.mean_advance.value == plan.inputs["mean_advance"]["value"]
    assert plan.expected_turned_away > plain.expected_turned_away


def test_a_day_without_forecast_is_not_scaled(session, now):
    DailyForecast.objects.all().delete()
    plan_hospital(hospital=session.hospital, now=now)
    plan = session.plans.get()
    assert plan.inputs["forecast"] == {"factor": 1.0, "reason": "该日没有预测"}
    assert plan.inputs["mean_advance"]["value"] == pytest.approx(15, rel=0.02)


def test_a_steady_forecast_writes_nothing_anew(session, now):
    plan_hospital(hospital=session.hospital, now=now)
    assert [one.is_new for one in plan_hospital(hospital=session.hospital, now=now)] == [False]


def test_the_plans_page_tells_by_what(session, now):
    plan_hospital(hospital=session.hospital, now=now)
    client = staff_client(session.hospital)
    text = text_of(client.get(page_of(session.plans.get())))
    assert "需求系数 150% 科室当天预测 30 人（90% 区间 20–40） 科室当天号源 20 个" in text
    DailyForecast.objects.all().delete()
    plan_hospital(hospital=session.hospital, now=now)
    assert "需求系数 100% 说明 该日没有预测" in text_of(client.get(page_of(session.plans.latest("pk"))))
