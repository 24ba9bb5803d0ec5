"""The what-if page: prefilled from what is known, two scenarios side by side, nothing changed by it."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from capacity.admin.what_if_form import NUMBERS, ScenarioForm, values_of
from capacity.models import CapacityPlan
from capacity.numeric.service_times import ServiceLaw, ServiceTimes
from capacity.selectors.clinics import clinic_of
from capacity.services.planning import plan_hospital
from capacity.services.wait_calibration import learn_from_waits
from capacity.services.what_if import compare, known_clinic
from hospitals.models import ClinicSession, StaffRole
from tests.capacity.test_admin import staff_client
from tests.capacity.waits import waited
from tests.factories.booking import make_clinic

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:capacity_whatif_changelist")
CSV = reverse("admin:capacity_whatif_csv")


@pytest.fixture
def session() -> ClinicSession:
    """A coming morning of four hours for 20, ten numbers in advance and two beyond."""
    coming = timezone.localdate() + timedelta(days=10)
    return make_clinic(visit_date=coming, rated_capacity=20, advance_quota=10, extra_quota=2)


@pytest.fixture
def client(session: ClinicSession) -> Client:
    return staff_client(session.hospital, StaffRole.DESK)


def sent(session: ClinicSession, now: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """The form as the page would send it, with some numbers of either column changed."""
    values = values_of(known_clinic(clinic_of(session), at=timezone.now()).scenario)
    both = {f"now-{name}": value for name, value in (values | (now or {})).items()}
    return both | {f"new-{name}": value for name, value in (values | changed).items()} | {"session": session.pk}


def page_of(answer: HttpResponse) -> dict[str, Any]:
    assert answer.status_code == 200
    return answer.context_data  # type: ignore[attr-defined,no-any-return]


class TestKnown:
    def test_a_clinic_without_a_past(self, session: ClinicSession) -> None:
        known = known_clinic(clinic_of(session), at=timezone.now())
        laid_out = known.scenario
        assert (laid_out.rated, laid_out.advance, laid_out.extra) == (20, 10, 2)
        assert (laid_out.session_minutes, laid_out.window_minutes) == (240, 30)
        assert (laid_out.service, known.samples) == (ServiceTimes.lognormal(mean_minutes=12, cv=0.6), ())
        assert laid_out.mean_advance == 15
        assert [name for name, _ in known.sources] == ["号源与时段", "需求与爽约率", "就诊时长", "到达时间"]

    def test_its_plan_its_consultations_and_its_check_ins(self, session: ClinicSession) -> None:
        now = timezone.now()
        plan_hospital(hospital=session.hospital, now=now)
        waited(session, now=now, took=[6.0, 10.0] * 20)
        learn_from_waits(hospital=session.hospital, now=now)
        known = known_clinic(clinic_of(session), at=now)
        plan = CapacityPlan.objects.get()
        assert known.scenario.mean_advance == plan.inputs["mean_advance"]["value"]
        assert known.scenario.no_show_advance == plan.inputs["no_show_advance"]["value"]
        assert (known.scenario.service.mean_minutes, known.scenario.service.cv) == pytest.approx((8.0, 0.25))
        assert sorted(known.samples) == pytest.approx([6.0] * 20 + [10.0] * 20)

    def test_no_clinic_at_all(self) -> None:
        known = known_clinic(None, at=timezone.now())
        assert (known.scenario.rated, known.scenario.advance, known.scenario.extra) == (20, 14, 4)


class TestPage:
    def test_it_opens_with_the_clinics_numbers(self, client: Client, session: ClinicSession) -> None:
        page = page_of(client.get(PAGE))
        assert page["asked"].choice.clinic == clinic_of(session)
        assert page["is_same"]
        assert {figure.change for figure in page["figures"]} == {"没有变化"}

    def test_shorter_windows_shorten_waits(self, client: Client, session: ClinicSession) -> None:
        page = page_of(client.get(PAGE, sent(session, {"window_minutes": 120}, window_minutes=15)))
        found = page["found"]
        assert not page["is_same"]
        assert found.changed.wait.value < found.now.wait.value
        assert page["figures"][0].is_better is True
        assert (found.now.seen, found.now.turned_away) == (found.changed.seen, found.changed.turned_away)
        body = client.get(PAGE, sent(session, window_minutes=15)).content.decode()
        assert "候诊时间的分布" in body
        assert "下载 CSV" in body

    def test_the_page_shows_what_the_service_says(self, client: Client, session: ClinicSession) -> None:
        page = page_of(client.get(PAGE, sent(session, rated=24, service_minutes=10)))
        asked = page["asked"]
        again = compare(now=asked.now.scenario, changed=asked.changed.scenario)
        assert page["found"] == again
        assert asked.changed.scenario.rated == 24
        assert [row[0] for row in page["table"].rows][:2] == ["平均候诊", "50% 的患者候诊不超过"]

    def test_as_csv(self, client: Client, session: ClinicSession) -> None:
        query = sent(session, service_minutes=8)
        page = page_of(client.get(PAGE, query))
        answer = client.get(CSV, query)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows[0] == ["指标", "单位", "现在", "调整后", "变化", "现在标准误", "调整后标准误"]
        assert rows[1][:3] == ["平均候诊", "分钟", f"{page['found'].now.wait.value:.2f}"]
        assert len(rows) == 1 + len(page["table"].rows)

    def test_real_consultations_can_be_drawn_from_where_there_are_enough(self, client: Client, session: ClinicSession) -> None:
        few = client.get(PAGE, sent(session, law=ServiceLaw.EMPIRICAL.value))
        assert "law" in page_of(few)["asked"].changed.errors
        waited(session, now=timezone.now(), took=[6.0, 10.0] * 20)
        page = page_of(client.get(PAGE, sent(session, law=ServiceLaw.EMPIRICAL.value)))
        assert page["asked"].changed.scenario.service.cv == pytest.approx(0.25)

    def test_nobody_comes(self, client: Client, session: ClinicSession) -> None:
        page = page_of(client.get(PAGE, sent(session, mean_advance=0, mean_same_day=0, correlation=0)))
        assert page["figures"][0].value == "—"
        assert page["table"].rows[0][3] is None
        nobody = {"mean_advance": 0, "mean_same_day": 0, "correlation": 0}
        assert len(page_of(client.get(PAGE, sent(session, nobody, **nobody)))["charts"]) == 1

    def test_the_largest_session_is_not_simulated_as_often(self, client: Client, session: ClinicSession) -> None:
        largest = {"rated": 500, "advance": 500, "extra": 100, "mean_advance": 1000, "mean_same_day": 1000, "rooms": 20}
        largest |= {"session_minutes": 600, "service_minutes": 20}
        page = page_of(client.get(PAGE, sent(session, largest, **largest)))
        assert page["found"].now.replications == 250


class TestBadInput:
    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("advance", 21, "不能多于额定号源 20"),
            ("window_minutes", 300, "不能长于班次时长 240 分钟"),
            ("rated", 0, "1"),
            ("rated", 501, "500"),
            ("rated", "20.5", "整数"),
            ("rated", "", "必填"),
            ("service_minutes", 0, "0.5"),
            ("service_minutes", "nan", "数字"),
            ("no_show_advance", 101, "100"),
            ("lateness_mean", "早", "数字"),
            ("law", "gamma", "gamma"),
        ],
    )
    def test_each_number_says_what_is_wrong_with_it(
        self, client: Client, session: ClinicSession, name: str, value: Any, words: str
    ) -> None:
        query = sent(session, **{name: value})
        page = page_of(client.get(PAGE, query))
        assert "found" not in page
        assert set(page["asked"].changed.errors) == {name}
        assert words in str(page["asked"].changed.errors[name])
        assert not page["asked"].now.errors
        refused = client.get(CSV, query)
        assert refused.status_code == 400
        assert refused.content.decode().startswith("调整后·")

    def test_a_correlation_that_is_out_of_reach(self, client: Client, session: ClinicSession) -> None:
        page = page_of(client.get(PAGE, sent(session, mean_advance=1, mean_same_day=30, correlation=0.9)))
        assert "相关系数达不到这么高" in str(page["asked"].changed.errors["correlation"])

    def test_half_a_form(self, client: Client) -> None:
        page = page_of(client.get(PAGE, {"new-rated": "20"}))
        assert set(page["asked"].now.errors) == set(page["asked"].now.fields)

    def test_the_form_takes_whatever_it_shows(self) -> None:
        values = values_of(known_clinic(None, at=timezone.now()).scenario)
        form = ScenarioForm(values)
        assert form.is_valid(), form.errors
        assert set(values) == {*NUMBERS, "law"}
        assert values_of(form.scenario) == values

    def test_only_reading(self, client: Client) -> None:
        assert client.post(PAGE).status_code == 405


class TestScope:
    def test_another_hospitals_clinic_is_not_there(self, client: Client) -> None:
        other = make_clinic(visit_date=timezone.localdate() + timedelta(days=10))
        assert other.doctor is not None
        for query in ({"hospital": other.hospital_id}, {"department": other.department_id}, {"session": other.pk}):
            assert client.get(PAGE, query).status_code == 404
            assert client.get(CSV, query).status_code == 404
        assert other.doctor.name not in client.get(PAGE).content.decode()

    def test_who_works_nowhere_sees_nothing(self, session: ClinicSession) -> None:
        assert Client().get(PAGE).status_code == 302

    def test_the_cost_does_not_grow(self, client: Client, session: ClinicSession) -> None:
        def cost() -> int:
            with CaptureQueriesContext(connection) as queries:
                client.get(PAGE)
            return len(queries)

        now = timezone.now()
        waited(session, now=now, took=[6.0] * 35)
        little = cost()
        for days in (17, 24):
            make_clinic(visit_date=timezone.localdate() + timedelta(days=days), hospital=session.hospital)
        waited(session, now=now, took=[6.0] * 35)
        assert cost() == little
