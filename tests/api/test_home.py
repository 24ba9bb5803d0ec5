"""The first screen in one request: signed in or not, in as many statements for much as for little."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from booking.services.grants import grant_extra_seat
from notifications.services.collecting import collect_messages
from tests.booking.suspended import another_session, suspend
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, api_client, make_account, make_appointment, make_clinic, make_clinic_now
from tests.factories.hospitals import make_hospital

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def mine(account: Account, **query: Any) -> dict[str, Any]:
    answer = api_client(account.user).get("/api/v1/home", query)
    assert answer.status_code == 200, answer.content.decode()
    return dict(answer.json()["mine"])


def steps(visits: list[dict[str, Any]]) -> list[str]:
    return [visit["next"]["step"] for visit in visits]


def test_without_signing_in_the_hospitals_near() -> None:
    far, near = make_hospital(longitude=117.2, latitude=39.1), make_hospital(longitude=116.4, latitude=39.9)
    told = APIClient().get("/api/v1/home", {"near": "116.39,39.91"}).json()
    assert [hospital["code"] for hospital in told["hospitals"]] == [near.code, far.code]
    assert (told["has_more_hospitals"], told["mine"]) == (False, None)


def test_the_first_page_is_that_of_the_list() -> None:
    for _ in range(21):
        make_hospital()
    client = APIClient()
    told, listed = client.get("/api/v1/home").json(), client.get("/api/v1/hospitals").json()
    assert told["hospitals"] == listed["results"]
    assert told["has_more_hospitals"] is True


def test_what_to_do_today_comes_first(now: datetime) -> None:
    account = make_account()
    later = make_appointment(now=now, account=account)
    today = make_appointment(now=now, account=account, session=make_clinic_now(now=now))
    told = mine(account)
    assert [visit["appointment"]["code"] for visit in told["visits"]] == [today.code, later.code]
    assert steps(told["visits"]) == ["check-in", "come"]
    assert (told["urgent"], told["coming"]) == ([], 2)


def test_what_would_lose_its_seat(now: datetime) -> None:
    """To be paid, to be accepted, to be chosen after a suspension: with the time until when, also beyond the next visits."""
    account, staff = make_account(), make_staff()
    for days in range(3):
        make_appointment(now=now, account=account, session=clinic(now, 2 + days))
    unpaid = make_appointment(now=now, account=account, session=clinic(now, 6, fee_fen=5000), is_paid=False)
    given = {"session_id": clinic(now, 7, extra_quota=1).pk, "patient_id": account.patient.pk, "reason": "复查"}
    granted = grant_extra_seat(**given, by=staff, now=now).appointment
    called_off = clinic(now, 8)
    suspended = make_appointment(now=now, account=account, session=called_off)
    suspend(called_off, another_session(called_off), now=now)
    told = mine(account)
    assert len(told["visits"]) == 3
    urgent = {visit["appointment"]["code"]: visit["next"]["step"] for visit in told["urgent"]}
    assert urgent == {unpaid.code: "pay", granted.code: "accept", suspended.code: "choose"}
    until = [visit["next"]["until"] for visit in told["urgent"]]
    assert until == sorted(until)
    assert all(visit["next"]["text"] for visit in told["urgent"])


def clinic(now: datetime, days: int, **session: Any) -> Any:
    return make_clinic(visit_date=timezone.localdate(now) + timedelta(days=days), **session)


def test_messages_until_they_are_read(now: datetime) -> None:
    account = make_account()
    make_appointment(now=now, account=account)
    collect_messages(now=now)
    assert mine(account)["unread_messages"] == 1
    api_client(account.user).post("/api/v1/messages/read", {}, format="json")
    assert mine(account)["unread_messages"] == 0


def test_nothing_of_others(now: datetime) -> None:
    make_appointment(now=now, account=make_account())
    collect_messages(now=now)
    assert mine(make_account()) == {"visits": [], "urgent": [], "coming": 0, "waiting": 0, "unread_messages": 0}


def test_costs_the_same_for_little_and_for_much(now: datetime) -> None:
    little, much = make_account(), make_account()
    for account, visits in ((little, 1), (much, 6)):
        for days in range(visits):
            make_appointment(now=now, account=account, session=clinic(now, 2 + days, fee_fen=100))
    assert cost(little) == cost(much) == 5


def cost(account: Account) -> int:
    client = api_client(account.user)
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/api/v1/home").status_code == 200
    return len(captured)


def test_a_point_that_is_none_is_refused() -> None:
    assert APIClient().get("/api/v1/home", {"near": "here"}).json()["detail"].keys() == {"near"}


def test_a_token_that_is_no_good_is_told() -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer nonsense")
    assert client.get("/api/v1/home").status_code == 401
