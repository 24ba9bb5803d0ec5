"""The page of a run: how far it is while it goes on, and what it did."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hospitals.models import Hospital, StaffMembership, StaffRole
from scoring.models import RunScope, RunState, ScoringPolicy, ScoringRun
from scoring.progress_sentences import progress_sentence
from scoring.services.nightly import score_hospital
from tests.factories.accounts import make_staff
from tests.factories.hospitals import make_hospital
from tests.scoring.history import NOW, TODAY, patient_with

pytestmark = pytest.mark.django_db
LIST = "admin:scoring_scoringrun_changelist"


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


@pytest.fixture
def client(hospital: Hospital) -> Client:
    return signed_in(hospital)


def signed_in(*hospitals: Hospital) -> Client:
    user = make_staff()
    for hospital in hospitals:
        StaffMembership.objects.create(user=user, hospital=hospital, role=StaffRole.CLINIC_OFFICE)
    client = Client()
    client.force_login(user)
    return client


def address(name: str, run: ScoringRun) -> str:
    return reverse(f"admin:scoring_scoringrun_{name}", args=[run.pk])


def running(hospital: Hospital, **fields: Any) -> ScoringRun:
    now = timezone.now()
    stated = {"as_of": TODAY, "started_at": now, "advanced_at": now, "steps_expected": 20, "steps_done": 9, "seconds": 18.0}
    return ScoringRun.objects.create(hospital=hospital, **stated | fields)


def test_a_run_on_its_way_shows_a_bar_that_works_without_a_script(client: Client, hospital: Hospital) -> None:
    run = running(hospital)

    page = client.get(address("change", run)).content.decode()

    assert '<progress max="100" value="45">45%</progress>' in page
    assert "45%（9/20 批），每分钟 30 批，约剩 22 秒" in page
    assert '<a href="">刷新</a>' in page
    assert f'data-address="{address("progress", run)}"' in page
    # The script comes from a file: a page with a strict content security policy runs it.
    assert "scoring/run-progress.js" in page
    assert "进行中 45%" in client.get(reverse(LIST)).content.decode()


def test_the_page_asks_how_far_it_is(client: Client, hospital: Hospital) -> None:
    run = running(hospital)

    answer = client.get(address("progress", run))
    assert answer.json() == {"is_running": True, "percent": 45, "told": "45%（9/20 批），每分钟 30 批，约剩 22 秒"}
    assert "no-store" in answer["Cache-Control"]

    ScoringRun.objects.update(state=RunState.FINISHED)
    assert client.get(address("progress", run)).json() == {"is_running": False, "percent": 100, "told": "完成"}


def test_another_hospitals_run_is_not_there(client: Client) -> None:
    foreign = running(make_hospital())
    assert client.get(address("progress", foreign)).status_code == 404
    assert client.get(address("change", foreign)).status_code == 404
    signed_out = Client().get(address("progress", foreign))
    assert (signed_out.status_code, "login" in signed_out["Location"]) == (302, True)


def test_asking_takes_few_queries(client: Client, hospital: Hospital) -> None:
    run = running(hospital)
    with CaptureQueriesContext(connection) as queries:
        client.get(address("progress", run))
    # Session, person, roles, run and its hospital.
    assert len(queries) == 5


@pytest.mark.parametrize(
    ("fields", "ago", "expected"),
    [
        ({"steps_done": 0, "seconds": 0.0}, 0, "0%（0/20 批）"),
        ({"scope": RunScope.CHANGES, "steps_expected": 30_000, "steps_done": 10_000, "seconds": 5.0}, 0,
         "33%（10,000/30,000 位患者），每秒 2,000 位患者，约剩 10 秒"),
        ({"steps_done": 1, "seconds": 60.0}, 0, "5%（1/20 批），每分钟 1 批，约剩 19 分钟"),
        ({}, 6, "45%（9/20 批），已 6 分钟没有进展，可能已中断；系统会自动从中断处继续。"),
        ({"state": RunState.ABANDONED}, 6, "已放弃"),
    ],
)  # fmt: skip
def test_the_sentence(fields: dict[str, Any], ago: int, expected: str) -> None:
    stated = {"started_at": NOW, "advanced_at": NOW, "steps_expected": 20, "steps_done": 9, "seconds": 18.0} | fields
    assert progress_sentence(ScoringRun(**stated), now=NOW + dt.timedelta(minutes=ago)) == expected


def test_a_finished_run_tells_what_it_did_and_by_which_rules(client: Client, hospital: Hospital) -> None:
    patient_with(hospital, fulfilled=1)
    by_default = score_hospital(hospital_id=hospital.pk, now=NOW)
    policy = ScoringPolicy.objects.create(hospital=hospital, version=3)
    by_policy = score_hospital(hospital_id=hospital.pk, now=NOW)

    page = client.get(address("change", by_default)).content.decode()
    assert "默认规则" in page
    assert "1 / 1 批" in page
    assert "A 级 1 人，B 级 0 人" in page
    assert "<progress" not in page
    assert "run-progress.js" not in page

    page = client.get(address("change", by_policy)).content.decode()
    link = reverse("admin:scoring_scoringpolicy_change", args=[policy.pk])
    assert f'<a href="{link}">第 3 版</a>' in page


def test_the_list_takes_as_many_queries_for_many_runs(client: Client, hospital: Hospital) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(LIST))
        return len(captured)

    score_hospital(hospital_id=hospital.pk, now=NOW)
    few = queries()
    for _ in range(4):
        score_hospital(hospital_id=hospital.pk, now=NOW)
    assert queries() == few
