"""What a patient is told of a standing: why it is so, what it means, how to reach more; its past; nobody else's."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from booking.models import PastStanding, Standing, Tier
from booking.services.entitlements.granting import grant_period_entitlements
from hospitals.models import Hospital
from hospitals.services.policies import revise_policy
from scoring.numeric import OutcomeCounts, score_counts
from scoring.services.policies import revise_scoring_policy
from tests.factories.booking import Account, api_client, make_account
from tests.factories.hospitals import make_hospital

pytestmark = pytest.mark.django_db
URL = "/api/v1/standing"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def account() -> Account:
    return make_account()


@pytest.fixture
def client(account: Account) -> APIClient:
    return api_client(account.user)


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital()


def stand(account: Account, hospital: Hospital, now: datetime, *, tier: Tier | None = None, **counts: int) -> Standing:
    """As the night writes it: the score and the tier of the counts."""
    four = {name: counts.get(name, 0) for name in ("fulfilled", "unattended", "cancelled", "missed")}
    score = score_counts(OutcomeCounts(total=sum(four.values()), **four))
    return Standing.objects.create(
        hospital=hospital,
        patient=account.patient,
        as_of=timezone.localdate(now),
        total=score.counts.total,
        score=score.score,
        tier=tier or score.tier,
        changed_at=now,
        **four,
    )


def told(client: APIClient, account: Account, hospital: Hospital, path: str = "") -> Any:
    answer = client.get(URL + path, {"hospital": hospital.code, "patient": account.patient.pk})
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def test_says_how_the_score_came_and_how_to_get_on(
    client: APIClient, account: Account, hospital: Hospital, now: datetime
) -> None:
    stand(account, hospital, now, fulfilled=2, missed=1)
    answer = told(client, account, hospital)
    assert answer["explanation"] == (
        "共 3 次预约，综合评分 26.67 + 20.00 + 20.00 + 13.33 = 80.00 分，等级为 B 级（80.00 分起，不到 90.00 分）。"
    )
    assert [(part["name"], part["name_label"], part["count"], part["points"]) for part in answer["parts"]] == [
        ("fulfilled", "履约", 2, "26.67"),
        ("unattended", "预约未到", 0, "20.00"),
        ("cancelled", "取消预约", 0, "20.00"),
        ("missed", "失约", 1, "13.33"),
    ]
    assert sum(Decimal(part["points"]) for part in answer["parts"]) == Decimal(answer["score"])
    assert answer["rates"] == {"fulfilled": 66.67, "unattended": 0.0, "cancelled": 0.0, "missed": 33.33}
    assert answer["way"] == "再按时就诊 3 次，可升为 A 级。"
    assert [(step["tier"], step["tier_label"], step["kept_visits"]) for step in answer["steps"]] == [("A", "A 级", 3)]
    assert answer["fairness"] == "等级只影响线上预约和到院服务，不影响挂号费，也不影响急诊、电话预约和窗口预约。"
    assert answer["terms"]["window_days"] == 365
    assert answer["terms"]["counted_since"] == str(timezone.localdate(now) - timedelta(days=365))
    assert answer["privileges"][1] == "超出改约次数后，每月仍可免费改约 1 次，须在就诊前 24 小时提出。"
    assert answer["limits"] == []
    assert [perk["sentence"][:9] for perk in answer["entitlements"]] == ["本月免费改约 1 "]
    assert answer["review"] == {"can_ask": True, "latest": None}


def test_of_somebody_new(client: APIClient, account: Account, hospital: Hospital) -> None:
    answer = told(client, account, hospital)
    assert answer["explanation"] == "统计期内还没有已结束的预约，暂无评分，未评级。"
    assert answer["way"] == "再完成 1 次就诊后开始评级；均按时就诊，可评为 A 级。"
    assert (answer["parts"], answer["limits"], answer["entitlements"]) == ([], [], [])
    assert answer["review"] == {"can_ask": False, "latest": None}


def test_by_the_hospitals_own_policies(client: APIClient, account: Account, hospital: Hospital, now: datetime) -> None:
    stand(account, hospital, now, fulfilled=2, missed=1, tier=Tier.UNRATED)
    changes = {"minimum_appointments": 5, "tier_a_from": 95, "window_days": 180}
    revise_scoring_policy(hospital=hospital, changes=changes, by=None, now=now)
    answer = told(client, account, hospital)
    assert answer["way"] == "再完成 2 次就诊后开始评级；均按时就诊，可评为 B 级。"
    assert answer["explanation"].endswith("= 80.00 分；满 5 次预约后评级，目前未评级。")
    assert (answer["terms"]["tier_a_from"], answer["terms"]["window_days"]) == ("95.00", 180)

    Standing.objects.update(tier=Tier.D)
    revise_policy(hospital=hospital, registration_type=None, changes={"lead_days_d": 3}, by=None, now=now)
    assert "只能在线预约 3 天及以后的号。" in told(client, account, hospital)["limits"]


def test_perks_that_are_used_are_told(client: APIClient, account: Account, hospital: Hospital, now: datetime) -> None:
    stand(account, hospital, now, fulfilled=5)
    grant_period_entitlements(hospital=hospital, now=now)
    account.patient.entitlements.filter(kind="free-move").update(used_at=now)
    perks = {perk["kind"]: perk for perk in told(client, account, hospital)["entitlements"]}
    assert set(perks) == {"free-move", "examination", "queue-free"}
    assert (perks["free-move"]["granted"], perks["free-move"]["used"], perks["free-move"]["left"]) == (1, 1, 0)
    assert perks["free-move"]["sentence"].startswith("本季度免费改约 1 次，已用 1 次，")


def test_the_past_in_pages_newest_first(client: APIClient, account: Account, hospital: Hospital, now: datetime) -> None:
    costs = []
    for before in range(3):
        held = {"held_from": now - timedelta(days=before + 1), "held_until": now - timedelta(days=before)}
        PastStanding.objects.create(
            hospital=hospital, patient=account.patient, as_of=timezone.localdate(now), score=80 + before, tier=Tier.B, **held
        )
        with CaptureQueriesContext(connection) as captured:
            answer = told(client, account, hospital, "/history")
        costs.append(len(captured))
    assert answer["count"] == 3
    assert [row["score"] for row in answer["results"]] == ["80.00", "81.00", "82.00"]
    assert answer["results"][0]["sentence"].endswith("：B 级，80.00 分。")
    assert len(set(costs)) == 1
    assert told(client, account, make_hospital(), "/history")["results"] == []


@pytest.mark.parametrize("path", [URL, f"{URL}/history", "/api/v1/entitlements"])
def test_of_another_accounts_patient_nothing(client: APIClient, hospital: Hospital, now: datetime, path: str) -> None:
    other = make_account()
    stand(other, hospital, now, fulfilled=1)
    answer = client.get(path, {"hospital": hospital.code, "patient": other.patient.pk})
    assert (answer.status_code, answer.json()["code"]) == (404, "patient-not-found")


@pytest.mark.parametrize("path", [f"{URL}/history", "/api/v1/entitlements"])
@pytest.mark.parametrize(
    "query", [{}, {"hospital": "no-such"}, {"hospital": "a\x00b", "patient": "1"}, {"patient": "9" * 30}, {"patient": "x"}]
)
def test_ill_asked(client: APIClient, path: str, query: dict[str, str]) -> None:
    answer = client.get(path, query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
