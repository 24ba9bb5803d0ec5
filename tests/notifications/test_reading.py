"""Messages marked as read, and what the mini-program asks for."""

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from notifications.models import MessageState, OutboxMessage
from notifications.services.collecting import collect_messages
from notifications.subscriptions import ASKED, LARGEST_REQUEST
from tests.factories.booking import Account, api_client, make_account, make_appointment

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def account(now: datetime) -> Account:
    """With two messages to read, reminders to come, and one that was dropped."""
    account = make_account()
    for _ in range(3):
        make_appointment(now=now, account=account)
    collect_messages(now=now)
    OutboxMessage.objects.filter(pk=shown(now).first().pk).update(state=MessageState.DROPPED)
    return account


def shown(now: datetime) -> Any:
    return OutboxMessage.objects.filter(due_at__lte=now).order_by("pk")


def read(account: Account, **body: Any) -> Any:
    return api_client(account.user).post("/api/v1/messages/read", body, format="json")


def unread(account: Account) -> int:
    return int(api_client(account.user).get("/api/v1/messages", {"state": "unread"}).json()["count"])


def test_all_are_marked_and_keep_their_first_time(account: Account, now: datetime) -> None:
    assert unread(account) == 2
    assert read(account).json() == {"unread": 0}
    first = list(OutboxMessage.objects.order_by("pk").values_list("read_at", flat=True))
    assert sum(moment is not None for moment in first) == 2
    assert read(account).json() == {"unread": 0}
    assert list(OutboxMessage.objects.order_by("pk").values_list("read_at", flat=True)) == first
    assert unread(account) == 0


def test_up_to_one(account: Account, now: datetime) -> None:
    _, second, third = shown(now)
    assert read(account, up_to=second.pk).json() == {"unread": 1}
    told = {row["id"]: row["read_at"] for row in api_client(account.user).get("/api/v1/messages").json()["results"]}
    assert told[second.pk] is not None
    assert told[third.pk] is None


def test_others_messages_stay_unread(account: Account, now: datetime) -> None:
    assert read(make_account(), up_to=shown(now).last().pk).json() == {"unread": 0}
    assert unread(account) == 2


@pytest.mark.parametrize("body", [{"up_to": "1"}, {"up_to": 0}, {"up_to": 2**63}, {"up_to": True}])
def test_what_is_no_id_is_refused(account: Account, body: dict[str, Any]) -> None:
    assert read(account, **body).status_code == 400
    assert unread(account) == 2


def test_an_unknown_state_is_refused(account: Account) -> None:
    answer = api_client(account.user).get("/api/v1/messages", {"state": "read"})
    assert (answer.status_code, answer.json()["detail"]) == (400, {"state": ["只能是 unread。"]})


def test_settings_name_the_templates_of_each_occasion(settings: Any) -> None:
    known = settings.WECHAT["subscribe_templates"]
    subscribe = APIClient().get("/api/v1/settings").json()["subscribe"]
    assert subscribe.keys() == {occasion.value for occasion in ASKED}
    assert subscribe["booked"] == [known["booked"], known["reminder"], known["session_suspended"]]
    assert subscribe["waitlist_joined"] == [known["waitlist_offer"], known["waitlist_ended"], known["reminder"]]
    assert all(0 < len(ids) <= LARGEST_REQUEST for ids in subscribe.values())


def test_without_templates_nothing_is_asked(settings: Any) -> None:
    settings.WECHAT = {**settings.WECHAT, "subscribe_templates": {}}
    told = APIClient().get("/api/v1/settings").json()
    assert set(map(tuple, told["subscribe"].values())) == {()}
    assert told["consent_version"] == settings.CONSENT_VERSION
