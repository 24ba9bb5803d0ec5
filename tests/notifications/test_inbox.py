"""The patient's inbox: their own messages, the newest first, in a constant number of queries."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from booking.models import (
    Appeal,
    AppealCause,
    AppealState,
    EventKind,
    ReviewState,
    StandingReview,
    WaitlistEnd,
    WaitlistEntry,
)
from booking.services.reviews import answer_review
from notifications.models import MessageKind, MessageState, OutboxMessage
from notifications.services.collecting import collect_messages
from notifications.services.sending import send_message
from tests.factories.accounts import make_staff
from tests.factories.booking import Account, api_client, make_account, make_appointment, make_clinic
from tests.notifications.collected import make_offer, make_review

pytestmark = pytest.mark.django_db
URL = "/api/v1/messages"
QUERY_COUNTS: dict[str, int] = json.loads(Path(__file__).with_name("query_counts.json").read_text())


@pytest.fixture
def client(li: Account) -> APIClient:
    return api_client(li.user)


def fill(account: Account, now: datetime) -> None:
    """One message of each source: a booking, an offer, a waitlist that was cleared, an appeal, a review."""
    visit_date = timezone.localdate(now) + timedelta(days=5)
    booked = make_appointment(now=now - timedelta(hours=3), account=account, session=make_clinic(visit_date=visit_date))
    session = make_clinic(visit_date=visit_date + timedelta(days=9))
    make_offer(account, session, now=now - timedelta(minutes=10), kind=EventKind.GRANTED)
    WaitlistEntry.objects.create(
        hospital=session.hospital,
        session=session,
        patient=account.patient,
        joined_by=account.user,
        joined_at=now - timedelta(days=1),
        ended_at=now - timedelta(hours=2),
        end=WaitlistEnd.CLEARED,
    )
    Appeal.objects.create(
        hospital=booked.hospital,
        patient=account.patient,
        by=account.user,
        appointment=booked,
        cause=AppealCause.TRAFFIC,
        statement="大雪封路",
        created_at=now,
        until=now + timedelta(days=7),
        state=AppealState.UPHELD,
        decided_by=make_staff(),
        decided_at=now - timedelta(hours=1),
        decision="属实",
    )
    review = make_review(account, booked.hospital, now=now - timedelta(hours=1))
    reviewer, told_at = make_staff(is_superuser=True), now - timedelta(minutes=30)
    answer_review(review_id=review.pk, by=reviewer, verdict=ReviewState.CONFIRMED, answer="无误", now=told_at)


def test_the_newest_first_and_nothing_that_is_still_to_come(li: Account, client: APIClient, now: datetime) -> None:
    fill(li, now)
    collect_messages(now=now)
    told = client.get(URL).json()
    kinds = ["granted", "review-answered", "appeal-decided", "waitlist-ended", "booked"]
    assert [message["kind"] for message in told["results"]] == kinds
    assert told["count"] == 5
    assert OutboxMessage.objects.filter(kind=MessageKind.REMINDER).exists()
    granted, review, appeal, ended, booked = told["results"]
    assert (granted["kind_label"], granted["deadline"] is not None) == ("医生加号", True)
    assert "医生已为您加号" in granted["text"]
    assert (booked["deadline"], booked["waitlist_entry"], booked["appeal"]) == (None, None, None)
    assert booked["appointment"] == Appeal.objects.get().appointment.code
    assert (appeal["appeal"], appeal["appointment"]) == (Appeal.objects.get().pk, None)
    assert (review["review"], review["appeal"], review["kind_label"]) == (StandingReview.objects.get().pk, None, "等级复核答复")
    assert "等级复核结果：等级无误。复核答复：无误" in review["text"]
    assert ended["waitlist_entry"] == WaitlistEntry.objects.get().pk
    assert all("王*明" in message["text"] and li.patient.name not in message["text"] for message in told["results"])


def test_what_wechat_did_not_take_is_there_all_the_same(li: Account, client: APIClient, now: datetime) -> None:
    make_appointment(now=now, account=li)
    collect_messages(now=now)
    message = OutboxMessage.objects.get(kind=MessageKind.BOOKED)
    assert send_message(message_id=message.pk, now=now) == MessageState.REFUSED
    assert [one["id"] for one in client.get(URL).json()["results"]] == [message.pk]
    OutboxMessage.objects.update(state=MessageState.DROPPED)
    assert client.get(URL).json()["results"] == []


def test_another_accounts_are_not_there(li: Account, now: datetime) -> None:
    fill(li, now)
    collect_messages(now=now)
    assert api_client(make_account().user).get(URL).json()["count"] == 0
    refused = APIClient().get(URL)
    assert (refused.status_code, refused.json()["code"]) == (401, "not-authenticated")


def test_page_by_page(li: Account, client: APIClient, now: datetime) -> None:
    fill(li, now)
    collect_messages(now=now)
    pages = [client.get(URL, {"page": page, "page_size": 3}).json() for page in (1, 2)]
    assert [len(page["results"]) for page in pages] == [3, 2]
    beyond = client.get(URL, {"page": 3, "page_size": 3})
    assert (beyond.status_code, beyond.json()["code"]) == (404, "not-found")


def test_the_number_of_queries_is_constant(li: Account, client: APIClient, now: datetime) -> None:
    measured = set()
    for _ in range(2):
        fill(make_account() if measured else li, now)
        collect_messages(now=now)
        OutboxMessage.objects.update(user=li.user)
        with CaptureQueriesContext(connection) as queries:
            shown = client.get(URL).json()["count"]
        measured.add(len(queries))
    assert shown == 10
    assert measured == {QUERY_COUNTS["messages"]}
