"""The waitlist over HTTP: as the mini-program joins, watches and leaves it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from booking.models import Appointment, WaitlistEntry
from booking.services.cancellation import expire_hold
from booking.services.waitlist.passing import pass_on_seats
from hospitals.models import ClinicSession
from hospitals.services.policies import revise_policy
from tests.booking.snapshot import everything
from tests.booking.test_api import QUERY_COUNTS
from tests.booking.waiting import cancel, full_session, full_session_now, wait_for
from tests.factories.booking import Account, api_client, book, make_account

URL = "/api/v1/waitlist"


@pytest.fixture
def client(account: Account) -> APIClient:
    return api_client(account.user)


@pytest.fixture
def full(now: datetime) -> ClinicSession:
    return full_session_now(now)


def join(client: APIClient, session: ClinicSession, account: Account) -> Any:
    return client.post(URL, {"session": session.pk, "patient": account.patient.pk}, format="json")


def leaver(session: ClinicSession) -> Appointment:
    return Appointment.objects.filter(session=session).earliest("pk")


def test_joining_and_where_one_stands(client: APIClient, account: Account, full: ClinicSession, now: datetime) -> None:
    wait_for(full, now=now)
    answer = join(client, full, account)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["state"], told["state_label"], told["position"], told["length"]) == ("waiting", "候补中", 2, 2)
    assert (told["rule"], told["rule_label"], told["seats_returned"]) == ("first-come", "先到先得", 0)
    assert (told["session"], told["patient"], told["patient_name"]) == (full.pk, account.patient.pk, "王*明")
    assert (told["doctor_name"], told["visit_date"]) == (full.doctor.name, str(full.visit_date))
    assert (told["offer"], told["skips"], told["ended_at"]) == (None, [], None)
    assert parse_datetime(told["clears_at"]).date() == full.visit_date - timedelta(days=1)
    assert client.get(f"{URL}/{told['id']}").json() == told
    assert client.get(URL).json()["results"] == [told]


def test_the_same_request_again_is_the_same_place(client: APIClient, account: Account, full: ClinicSession) -> None:
    first = join(client, full, account)
    before = everything()
    again = join(client, full, account)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert everything() == before


def test_an_offer_and_what_came_of_it(client: APIClient, account: Account, full: ClinicSession, now: datetime) -> None:
    entry_id = join(client, full, account).json()["id"]
    cancel(leaver(full), now=now)
    pass_on_seats(now=now)
    told = client.get(f"{URL}/{entry_id}").json()
    held = Appointment.objects.get(patient=account.patient)
    assert (told["state"], told["position"], told["length"], told["seats_returned"]) == ("offered", None, 0, 0)
    assert parse_datetime(told["offer"]["answer_by"]) == held.hold_expires_at
    assert (told["offer"]["appointment"], told["offer"]["status"], told["offer"]["fee_fen"]) == (held.code, "pending", 0)

    assert client.post(f"/api/v1/appointments/{held.code}/accept").status_code == 200
    told = client.get(f"{URL}/{entry_id}").json()
    assert (told["state"], told["offer"]["status"], told["offer"]["answer_by"]) == ("accepted", "booked", None)


def test_an_offer_that_is_given_up(client: APIClient, account: Account, full: ClinicSession, now: datetime) -> None:
    entry_id = join(client, full, account).json()["id"]
    cancel(leaver(full), now=now)
    pass_on_seats(now=now)
    code = client.get(f"{URL}/{entry_id}").json()["offer"]["appointment"]
    assert client.post(f"/api/v1/appointments/{code}/cancel").status_code == 200
    assert client.get(f"{URL}/{entry_id}").json()["state"] == "declined"


def test_an_offer_that_ran_out(client: APIClient, account: Account, full: ClinicSession, now: datetime) -> None:
    entry_id = join(client, full, account).json()["id"]
    cancel(leaver(full), now=now)
    pass_on_seats(now=now)
    held = Appointment.objects.get(patient=account.patient)
    assert held.hold_expires_at is not None
    assert expire_hold(appointment_id=held.pk, now=held.hold_expires_at)
    assert client.get(f"{URL}/{entry_id}").json()["state"] == "ran-out"


def test_a_seat_that_went_to_somebody_else_is_told(
    client: APIClient, account: Account, full: ClinicSession, now: datetime
) -> None:
    first = wait_for(full, now=now)
    join(client, full, account)
    cancel(leaver(full), now=now + timedelta(minutes=1))
    pass_on_seats(now=now + timedelta(minutes=1))
    first.refresh_from_db()
    (told,) = client.get(URL).json()["results"]
    assert (first.end, told["position"], told["seats_returned"]) == ("offered", 1, 1)


def test_why_one_was_passed_over(client: APIClient, account: Account, full: ClinicSession, now: datetime) -> None:
    entry_id = join(client, full, account).json()["id"]
    revise_policy(
        hospital=full.hospital, registration_type=None, changes={"live_per_day": 1}, by=None, now=now - timedelta(hours=1)
    )
    other, _ = full_session(seats=2, advance_quota=0, visit_date=full.visit_date, hospital=full.hospital)
    ClinicSession.objects.filter(pk=other.pk).update(advance_quota=1)
    book(account, other, now=now)
    cancel(leaver(full), now=now)
    pass_on_seats(now=now)
    told = client.get(f"{URL}/{entry_id}").json()
    (skip,) = told["skips"]
    assert (told["state"], skip["code"], skip["reason"]) == ("waiting", "day-cap", "同一天最多预约 1 次。")


def test_leaving(client: APIClient, account: Account, full: ClinicSession) -> None:
    entry_id = join(client, full, account).json()["id"]
    answers = [client.post(f"{URL}/{entry_id}/leave") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    told = answers[0].json()
    assert (told["state"], told["position"], told["length"]) == ("left", None, 0)


def test_a_place_that_is_over_cannot_be_left(client: APIClient, account: Account, full: ClinicSession, now: datetime) -> None:
    entry_id = join(client, full, account).json()["id"]
    cancel(leaver(full), now=now)
    pass_on_seats(now=now)
    before = everything()
    answer = client.post(f"{URL}/{entry_id}/leave")
    assert (answer.status_code, answer.json()["code"]) == (409, "waitlist-place-over")
    assert everything() == before


def test_all_reasons_are_told(client: APIClient, account: Account, now: datetime) -> None:
    session = full_session_now(now, fee_fen=5000, seats=2)
    cancel(leaver(session), now=now)
    ClinicSession.objects.filter(pk=session.pk).update(withheld=0)
    session.slots.update(withheld=0)
    leaver(session).returns.update(end="released", ended_at=now)
    paperless = make_account(with_wechat=False)
    before = everything()
    answer = join(api_client(paperless.user), session, paperless)
    assert answer.status_code == 409
    assert [found["code"] for found in answer.json()["detail"]["refusals"]] == ["seats-are-left", "wechat-identity-missing"]
    assert everything() == before


class TestOthers:
    def test_places_of_others_are_not_found(self, client: APIClient, full: ClinicSession, now: datetime) -> None:
        foreign = wait_for(full, now=now)
        before = everything()
        assert client.get(f"{URL}/{foreign.pk}").status_code == 404
        assert client.post(f"{URL}/{foreign.pk}/leave").status_code == 404
        assert client.get(URL).json()["results"] == []
        assert everything() == before

    def test_patients_of_others_are_not_found(self, client: APIClient, full: ClinicSession) -> None:
        before = everything()
        answer = join(client, full, make_account())
        assert (answer.status_code, answer.json()["code"]) == (404, "patient-not-found")
        assert everything() == before

    def test_strangers_are_asked_to_sign_in(self, full: ClinicSession) -> None:
        assert APIClient().get(URL).status_code == 401
        assert APIClient().post(URL, {}, format="json").status_code == 401
        assert APIClient().get(f"{URL}/sessions/{full.pk}").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"session": 1},
        {"session": None, "patient": 1},
        {"session": "eins", "patient": 1},
        {"session": 1.5, "patient": 1},
        {"session": True, "patient": 1},
        {"session": 2**64, "patient": 1},
        {"session": [1], "patient": {}},
        [],
        "x",
    ],
)
def test_bad_input(client: APIClient, body: Any) -> None:
    before = everything()
    answer = client.post(URL, body, format="json")
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "detail"}
    assert everything() == before


@pytest.mark.parametrize("path", ["999999", "9" * 18, "9" * 19, "abc", "-1", "1/leave", "sessions/999999"])
def test_addresses_that_lead_nowhere(client: APIClient, path: str) -> None:
    answer = client.post(f"{URL}/{path}") if path.endswith("leave") else client.get(f"{URL}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


class TestSession:
    def shown(self, client: APIClient, session: ClinicSession) -> dict[str, Any]:
        answer = client.get(f"{URL}/sessions/{session.pk}")
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        return body

    def test_open(self, client: APIClient, full: ClinicSession, now: datetime) -> None:
        wait_for(full, now=now)
        told = self.shown(client, full)
        assert (told["is_open"], told["length"], told["limit"], told["reasons"]) == (True, 1, 50, [])

    def test_not_full(self, client: APIClient, full: ClinicSession) -> None:
        ClinicSession.objects.filter(pk=full.pk).update(rated_capacity=2, advance_quota=2)
        told = self.shown(client, full)
        assert (told["is_open"], [reason["code"] for reason in told["reasons"]]) == (False, ["seats-are-left"])
        assert told["reasons"][0]["message"] == "该班次尚未约满，无需候补。"

    def test_of_a_hospital_that_is_not_shown(self, client: APIClient, full: ClinicSession) -> None:
        full.hospital.is_active = False
        full.hospital.save()
        assert client.get(f"{URL}/sessions/{full.pk}").status_code == 404


@pytest.mark.parametrize("rows", [1, 5])
def test_query_counts(client: APIClient, account: Account, now: datetime, rows: int) -> None:
    sessions = [full_session_now(now, visit_date=(now + timedelta(days=4 + n)).date()) for n in range(rows)]
    for session in sessions:
        wait_for(session, account, now=now)
    counts = {}
    for name, path in {"waitlist": URL, "waitlist:session": f"{URL}/sessions/{sessions[0].pk}"}.items():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts[name] = len(queries)
    assert counts == {name: QUERY_COUNTS.get(name) for name in counts}
    assert WaitlistEntry.objects.count() == rows
