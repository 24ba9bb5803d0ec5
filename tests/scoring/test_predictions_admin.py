"""What staff see of what the tiers and the chance of a miss foretold: who sees it, and that the plot says what the table says."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hospitals.models import Hospital, StaffMembership, StaffRole
from scoring.models import BacktestReport, MissModel
from scoring.prediction_charts import reliability_chart, tier_chart
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_hospital
from tests.scoring.past_bookings import LAST_VISIT, NOW

pytestmark = pytest.mark.django_db
TIERS = [
    {"tier": "A", "bookings": 200, "patients": 90, "missed": 20, "share": 0.1, "low": 0.0657, "high": 0.1494},
    {"tier": "B", "bookings": 50, "patients": 30, "missed": 10, "share": 0.2, "low": 0.1124, "high": 0.3304},
    {"tier": "C", "bookings": 40, "patients": 20, "missed": 10, "share": 0.25, "low": 0.1419, "high": 0.4019},
    {"tier": "D", "bookings": 10, "patients": 5, "missed": 4, "share": 0.4, "low": 0.1682, "high": 0.6873},
    {"tier": "unrated", "bookings": 0, "patients": 0, "missed": 0, "share": None, "low": None, "high": None},
]
GROUPS = [
    {"predicted": 0.05, "observed": 0.04, "low": 0.0157, "high": 0.0984, "bookings": 100, "missed": 4},
    {"predicted": 0.4, "observed": 0.38, "low": 0.2909, "high": 0.478, "bookings": 100, "missed": 38},
]
MODELS = [BacktestReport, MissModel]


def make_rows(hospital: Hospital) -> None:
    BacktestReport.objects.create(
        hospital=hospital, computed_at=NOW, since=LAST_VISIT, until=LAST_VISIT, window_days=365, minimum_appointments=1,
        tiers=TIERS, auc=0.6, is_rising=True, bookings=300,
    )  # fmt: skip
    MissModel.objects.create(
        hospital=hospital, trained_at=NOW, kind="logistic-hinges", parameters={}, learnt_from=600, learnt_until=LAST_VISIT,
        tested_on=200, miss_rate=0.21, auc=0.72, brier=0.14, brier_baseline=0.17, calibration=GROUPS,
    )  # fmt: skip


def signed_in(*hospitals: Hospital, role: str = StaffRole.ADMINISTRATOR, **fields: Any) -> Client:
    user = make_staff(**fields)
    for hospital in hospitals:
        StaffMembership.objects.create(user=user, hospital=hospital, role=role)
    client = Client()
    client.force_login(user)
    return client


def page(model: type, name: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{name}", args=args)  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", MODELS)
def test_staff_see_their_own_hospitals_plot_and_nobody_elses(model: Any) -> None:
    north, south = make_hospital(), make_hospital()
    make_rows(north), make_rows(south)
    client = signed_in(north)
    own, foreign = model.objects.get(hospital=north), model.objects.get(hospital=south)

    shown = client.get(page(model, "change", own.pk))

    assert shown.status_code == 200
    assert b"echarts.min.js" in shown.content
    for row in shown.context["chart"].rows:
        assert all(cell in shown.content.decode() for cell in row)
    for name in ("change", "csv"):
        assert client.get(page(model, name, foreign.pk)).status_code == 404
    assert client.get(page(model, "csv", own.pk)).status_code == 200
    assert client.post(page(model, "change", own.pk), {}).status_code == 403
    assert client.get(page(model, "csv", 10**9)).status_code == client.get(page(model, "csv", "x")).status_code == 404


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("role", "status"), [(StaffRole.CLINIC_OFFICE, 200), (StaffRole.DESK, 403)])
def test_it_is_for_those_who_make_the_schedule(model: Any, role: str, status: int) -> None:
    north = make_hospital()
    make_rows(north)
    client = signed_in(north, role=role)
    assert client.get(page(model, "changelist"), follow=True).status_code == status
    if status == 403:
        assert client.get(page(model, "csv", model.objects.get().pk)).status_code in (403, 404)


def test_who_has_one_report_is_led_to_it_and_the_platform_chooses() -> None:
    north, south = make_hospital(), make_hospital()
    make_rows(north), make_rows(south)
    led = signed_in(north).get(page(BacktestReport, "changelist"))
    assert led.url == page(BacktestReport, "change", BacktestReport.objects.get(hospital=north).pk)
    listed = signed_in(is_superuser=True).get(page(BacktestReport, "changelist"))
    assert len(listed.context["cl"].result_list) == 2


@pytest.mark.parametrize("model", MODELS)
def test_the_list_asks_as_often_for_many(model: Any) -> None:
    client = signed_in(is_superuser=True)
    counts = []
    for number in (2, 6):
        for _ in range(number):
            make_rows(make_hospital())
        with CaptureQueriesContext(connection) as queries:
            client.get(page(model, "changelist"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_numbers_can_be_taken_along() -> None:
    make_rows(make_hospital())
    client = signed_in(is_superuser=True)

    def rows(model: Any) -> list[list[str]]:
        content = client.get(page(model, "csv", model.objects.get().pk)).content.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(content)))

    assert rows(BacktestReport)[1] == ["A 级", "200", "90", "20", "10.00%", "6.57%", "14.94%"]
    assert rows(BacktestReport)[5] == ["未评级", "0", "0", "0", "", "", ""]
    assert rows(MissModel)[2] == ["2", "100", "40.00%", "38", "38.00%", "29.09%", "47.80%"]


@pytest.mark.parametrize(
    ("is_in_use", "brier", "state"),
    [(True, 0.14, "使用中"), (False, 0.14, "已由更新的模型取代"), (False, 0.18, "不优于基线，不使用")],
)
def test_it_says_why_a_model_is_not_used(is_in_use: bool, brier: float, state: str) -> None:
    make_rows(make_hospital())
    MissModel.objects.update(is_in_use=is_in_use, brier=brier)
    shown = signed_in(is_superuser=True).get(page(MissModel, "change", MissModel.objects.get().pk)).content.decode()
    assert f'<div class="readonly">{state}</div>' in shown
    assert "逻辑回归（分段线性）" in shown


def test_the_plot_of_the_tiers() -> None:
    chart = tier_chart(TIERS, is_rising=True)
    bars, whiskers = chart.option["series"]
    assert bars["data"] == [10.0, 20.0, 25.0, 40.0, None]
    assert whiskers["data"][0] == [6.57, 10.0, 10.0, 10.0, 14.94]
    assert whiskers["data"][4] == []
    assert chart.rows[0] == ("A 级", "200", "90", "20", "10.0%", "6.6–14.9%")
    assert chart.rows[4][4:] == ("—", "—")
    assert {tier_chart(TIERS, is_rising=verdict).note for verdict in (True, False, None)} > {chart.note}


def test_the_plot_of_the_reliability() -> None:
    chart = reliability_chart(GROUPS)
    observed, predicted, whiskers = chart.option["series"]
    assert (observed["data"], predicted["data"]) == ([4.0, 38.0], [5.0, 40.0])
    assert whiskers["data"][1] == [29.09, 38.0, 38.0, 38.0, 47.8]
    assert chart.rows[1] == ("第 2 组", "100", "40.0%", "38", "38.0%", "29.1–47.8%")
