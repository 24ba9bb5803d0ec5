"""A suspended visit over HTTP: what the patient's mini-program is told, and how it chooses."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from booking.models import Appointment, Choice, SuspensionChoice
from hospitals.models import ClinicSession
from tests.booking.snapshot import everything
from tests.booking.suspended import another_session, chosen, suspend
from tests.booking.test_api import QUERY_COUNTS, URL
from tests.factories.booking import Account, api_client, make_account, make_appointment, make_clinic, slot_of


@pytest.fixture
def client(account: Account) -> APIClient:
    return api_client(account.user)


@pytest.fixture
def session(now: datetime) -> ClinicSession:
    return make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3), fee_fen=5000)


@pytest.fixture
def appointment(session: ClinicSession, account: Account, now: datetime) -> Appointment:
    return make_appointment(now=now, account=account, session=session)


def post(client: APIClient, appointment: Appointment, **body: Any) -> Any:
    return client.post(f"{URL}/{appointment.code}/suspension-choice", body, format="json")


def test_the_detail_says_what_is_to_be_chosen(
    client: APIClient, session: ClinicSession, appointment: Appointment, now: datetime
) -> None:
    told = client.get(f"{URL}/{appointment.code}").json()
    assert (told["is_suspended"], told["suspension"]) == (False, None)
    substitute = another_session(session)
    suspension = suspend(session, substitute, now=now).suspension
    told = client.get(f"{URL}/{appointment.code}").json()
    assert (told["is_suspended"], told["status"], told["refund_percent_now"]) == (True, "booked", 100)
    shown = told["suspension"]
    assert parse_datetime(shown["choose_until"]) == suspension.choose_until
    assert (shown["reason"], shown["choice"], shown["choice_label"], shown["chosen_at"]) == (
        "医生临时外出会诊",
        "",
        "待选择",
        None,
    )
    stands_in = shown["substitute"]
    assert (stands_in["id"], stands_in["doctor_name"], stands_in["doctor_title"], stands_in["has_room"]) == (
        substitute.pk,
        substitute.doctor.name,
        "主任医师",
        True,
    )
    (listed,) = client.get(URL).json()["results"]
    assert (listed["is_suspended"], "suspension" in listed) == (True, False)


def test_a_substitute(client: APIClient, session: ClinicSession, appointment: Appointment, now: datetime) -> None:
    substitute = another_session(session, fee_fen=2000)
    suspend(session, substitute, now=now)
    answers = [post(client, appointment, choice="substitute") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    told = answers[0].json()
    moved = told["moved_to"]
    assert (moved["session"], moved["status"], moved["fee_fen"], told["refund_fen"]) == (substitute.pk, "booked", 2000, 3000)
    assert (moved["moved_from"], moved["suspension"]) == (appointment.code, None)
    old = told["appointment"]
    assert (old["status"], old["outcome"], old["moved_to"], old["suspension"]["choice"]) == (
        "cancelled",
        "void",
        moved["code"],
        "substitute",
    )
    assert Appointment.objects.count() == 2


def test_another_date(client: APIClient, session: ClinicSession, appointment: Appointment, now: datetime) -> None:
    later = another_session(session, visit_date=session.visit_date + timedelta(days=2))
    suspend(session, now=now)
    answer = post(client, appointment, choice="another-date", slot=slot_of(later, 3).pk)
    assert (answer.status_code, answer.json()["moved_to"]["slot"]) == (200, slot_of(later, 3).pk)


def test_a_refund(client: APIClient, session: ClinicSession, appointment: Appointment, now: datetime) -> None:
    suspend(session, now=now)
    answer = post(client, appointment, choice="refund")
    told = answer.json()
    assert (answer.status_code, told["refund_fen"], told["moved_to"]) == (200, 5000, None)
    late = post(client, appointment, choice="substitute")
    assert (late.status_code, late.json()["code"], late.json()["message"]) == (
        409,
        "choice-made",
        "您已选择“退款”，不能更改。",
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"choice": None},
        {"choice": "other"},
        {"choice": ""},
        {"choice": ["refund"]},
        {"choice": "another-date"},
        {"choice": "another-date", "slot": None},
        {"choice": "another-date", "slot": "1"},
        {"choice": "another-date", "slot": 2**63},
        {"choice": "refund", "slot": 1},
    ],
)
def test_ill_asked(
    client: APIClient, session: ClinicSession, appointment: Appointment, now: datetime, body: dict[str, Any]
) -> None:
    suspend(session, now=now)
    before = everything()
    answer = post(client, appointment, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert everything() == before


def test_every_refusal_has_its_words(client: APIClient, session: ClinicSession, appointment: Appointment, now: datetime) -> None:
    nothing = post(client, appointment, choice="refund")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing-to-choose")
    dearer = another_session(session, fee_fen=9000)
    suspend(session, now=now)
    told = [
        post(client, appointment, choice="substitute").json()["code"],
        post(client, appointment, choice="another-date", slot=2**62).json()["code"],
        post(client, appointment, choice="another-date", slot=slot_of(dearer).pk).json()["code"],
        post(client, appointment, choice="another-date", slot=slot_of(session).pk).json()["code"],
    ]
    assert told == ["no-substitute", "slot-not-found", "dearer-slot", "already-booked"]
    moving = client.post(f"{URL}/{appointment.code}/check-in")
    assert (moving.status_code, moving.json()["code"]) == (409, "session-suspended")


@pytest.mark.parametrize("code", ["other", "0" * 16, "nonsense"])
def test_of_another_account_nothing_is_told(session: ClinicSession, appointment: Appointment, now: datetime, code: str) -> None:
    suspend(session, now=now)
    before = everything()
    path = appointment.code if code == "other" else code
    stranger = api_client(make_account().user)
    answer = stranger.post(f"{URL}/{path}/suspension-choice", {"choice": "refund"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert APIClient().post(f"{URL}/{path}/suspension-choice", {"choice": "refund"}, format="json").status_code == 401
    assert everything() == before


def test_the_detail_costs_no_query_more(client: APIClient, session: ClinicSession, account: Account, now: datetime) -> None:
    appointment = make_appointment(now=now, account=account, session=session)
    suspend(session, another_session(session), now=now)
    # Of what has come to an end an appeal is looked for as well.
    for queries in (QUERY_COUNTS["appointment"], QUERY_COUNTS["appointment"] + 1):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"{URL}/{appointment.code}").json()["suspension"] is not None
        assert len(captured) == queries
        if not SuspensionChoice.objects.get().choice:
            chosen(appointment, Choice.SUBSTITUTE, now=now)
