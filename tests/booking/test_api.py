"""Appointments over HTTP: what a patient's mini-program asks and is told."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from booking.models import Appointment, Refund, Standing, Tier
from tests.booking.snapshot import everything
from tests.factories.accounts import make_patient
from tests.factories.booking import (
    Account,
    api_client,
    make_account,
    make_appointment,
    make_clinic,
    make_clinic_now,
    slot_of,
)
from tests.factories.hospitals import make_hospital
from wechat.emulator.testing import Emulator

URL = "/api/v1/appointments"
QUERY_COUNTS: dict[str, int] = json.loads((Path(__file__).parent / "query_counts.json").read_text(encoding="utf-8"))


@pytest.fixture
def client(account: Account) -> APIClient:
    return api_client(account.user)


def in_days(now: datetime, days: int) -> Any:
    return timezone.localdate(now) + timedelta(days=days)


class TestBooking:
    def test_free(self, client: APIClient, account: Account, now: datetime) -> None:
        session = make_clinic(visit_date=in_days(now, 3), room="诊室 3")
        slot = slot_of(session, 1)
        answer = client.post(URL, {"patient": account.patient.pk, "slot": slot.pk}, format="json")
        assert answer.status_code == 201
        told = answer.json()
        assert told["payment"] is None
        appointment = Appointment.objects.get()
        shown = told["appointment"]
        assert parse_datetime(shown["starts_at"]) == slot.starts_at
        assert parse_datetime(shown["ends_at"]) == slot.ends_at
        assert parse_datetime(shown["check_in_opens_at"]) == slot.starts_at - timedelta(minutes=30)
        assert parse_datetime(shown["cancel_deadline"]) == appointment.cancel_deadline
        assert shown["starts_at"].endswith("+08:00")
        expected = {
            "code": appointment.code,
            "status": "booked",
            "channel": "advance",
            "number": 1,
            "room": "诊室 3",
            "patient_name": "王*明",
            "fee_fen": 0,
            "doctor": session.doctor_id,
        }
        assert {name: shown[name] for name in expected} == expected
        assert (shown["status_label"], shown["channel_label"], shown["payment_order"]) == ("已预约", "预约号", None)
        assert (shown["hospital"], shown["refund_percent_now"]) == (session.hospital.code, 100)

    def test_with_a_fee_to_the_end(self, client: APIClient, account: Account, now: datetime, emulator: Emulator) -> None:
        session = make_clinic(visit_date=in_days(now, 3), fee_fen=5000)
        told = client.post(URL, {"patient": account.patient.pk, "slot": slot_of(session).pk}, format="json").json()
        code, number = told["appointment"]["code"], told["appointment"]["payment_order"]["out_trade_no"]
        assert (told["appointment"]["status"], told["appointment"]["payment_order"]["state"]) == ("pending", "placed")
        assert emulator.world.signer.is_payment_request(told["payment"])
        assert emulator.world.signer.is_payment_request(client.post(f"{URL}/{code}/pay").json())
        assert client.post(f"{URL}/{code}/refresh-payment").json()["status"] == "pending"
        emulator.pay(number, notify="lost")
        refreshed = client.post(f"{URL}/{code}/refresh-payment").json()
        assert (refreshed["status"], refreshed["payment_order"]["state"], refreshed["payment_order"]["paid_fen"]) == (
            "booked",
            "paid",
            5000,
        )
        nothing = client.post(f"{URL}/{code}/pay")
        assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing-to-pay")

    def test_the_seat_is_held_while_wechat_is_down(
        self, client: APIClient, account: Account, now: datetime, emulator: Emulator
    ) -> None:
        session = make_clinic(visit_date=in_days(now, 3), fee_fen=5000)
        emulator.break_next("/v3/pay", "status", status=503, times=2)
        answer = client.post(URL, {"patient": account.patient.pk, "slot": slot_of(session).pk}, format="json")
        assert (answer.status_code, answer.json()["payment"]) == (201, None)
        code = answer.json()["appointment"]["code"]
        down = client.post(f"{URL}/{code}/pay")
        assert (down.status_code, down.json()["code"]) == (503, "payment-unavailable")
        assert client.post(f"{URL}/{code}/pay").status_code == 200

    def test_a_refusal_has_the_one_shape(self, client: APIClient, account: Account, now: datetime) -> None:
        session = make_clinic(visit_date=in_days(now, 40))
        before = everything()
        answer = client.post(URL, {"patient": account.patient.pk, "slot": slot_of(session).pk}, format="json")
        assert answer.status_code == 409
        release = f"{timezone.localtime(session.releases_at):%Y-%m-%d %H:%M}"
        assert answer.json() == {
            "code": "not-released",
            "message": f"尚未放号，放号时间为 {release}。",
            "detail": {"releases_at": release},
        }
        assert everything() == before


class TestCancelling:
    def test_a_paid_appointment(self, client: APIClient, account: Account, now: datetime) -> None:
        appointment = make_appointment(now=now, account=account, fee_fen=5000)
        answer = client.post(f"{URL}/{appointment.code}/cancel", {"reason": "改日再来"}, format="json")
        assert answer.status_code == 200
        told = answer.json()
        assert (told["refund_fen"], told["appointment"]["status"], told["appointment"]["cancel_reason"]) == (
            5000,
            "cancelled",
            "改日再来",
        )
        assert told["appointment"]["payment_order"]["refunded_fen"] == 5000
        again = client.post(f"{URL}/{appointment.code}/cancel")
        assert (again.status_code, again.json()["refund_fen"]) == (200, 5000)
        assert Refund.objects.count() == 1

    def test_a_free_one_owes_no_payment(self, client: APIClient, account: Account, now: datetime) -> None:
        appointment = make_appointment(now=now, account=account)
        for action in ("pay", "refresh-payment"):
            answer = client.post(f"{URL}/{appointment.code}/{action}")
            assert (answer.status_code, answer.json()["code"]) == (409, "nothing-to-pay")


class TestCheckingIn:
    def test_on_the_day(self, client: APIClient, account: Account, now: datetime) -> None:
        session = make_clinic_now(now=now)
        appointment = make_appointment(now=now, account=account, session=session)
        answer = client.post(f"{URL}/{appointment.code}/check-in")
        assert (answer.status_code, answer.json()["status"], answer.json()["channel"]) == (200, "checked-in", "same-day")
        late = client.post(f"{URL}/{appointment.code}/cancel")
        assert (late.status_code, late.json()["code"]) == (409, "transition-refused")
        assert late.json()["message"] == "当前状态为“已签到”，不能变更为“已取消”。"

    def test_too_early(self, client: APIClient, account: Account, now: datetime) -> None:
        appointment = make_appointment(now=now, account=account)
        before = everything()
        answer = client.post(f"{URL}/{appointment.code}/check-in")
        assert (answer.status_code, answer.json()["code"]) == (409, "check-in-not-open")
        assert everything() == before


class TestLists:
    @pytest.fixture
    def four(self, account: Account, now: datetime) -> dict[str, str]:
        """Two to come, one withdrawn, one of a day that is over; codes by what they are."""
        hospital = make_hospital()
        made = {
            name: make_appointment(
                now=now, account=account, session=make_clinic(visit_date=in_days(now, days), hospital=hospital)
            )
            for name, days in {"later": 9, "sooner": 2, "withdrawn": 1, "over": 5}.items()
            if name != "withdrawn"
        }
        made["withdrawn"] = make_appointment(
            now=now, account=account, session=make_clinic(visit_date=in_days(now, 4), hospital=hospital)
        )
        api_client(account.user).post(f"{URL}/{made['withdrawn'].code}/cancel")
        Appointment.objects.filter(pk=made["over"].pk).update(visit_date=in_days(now, -5))
        make_appointment(now=now)  # somebody else's
        return {name: appointment.code for name, appointment in made.items()}

    @pytest.mark.parametrize(
        ("state", "names"),
        [
            ("coming", ["sooner", "later"]),
            ("past", ["withdrawn", "over"]),
            ("", ["later", "withdrawn", "sooner", "over"]),
        ],
    )
    def test_coming_past_and_all(self, client: APIClient, four: dict[str, str], state: str, names: list[str]) -> None:
        told = client.get(URL, {"state": state} if state else {}).json()
        assert [row["code"] for row in told["results"]] == [four[name] for name in names]
        assert (told["count"], told["next"], told["previous"]) == (len(names), None, None)

    def test_in_pages(self, client: APIClient, four: dict[str, str]) -> None:
        first = client.get(URL, {"page_size": 3}).json()
        second = client.get(URL, {"page_size": 3, "page": 2}).json()
        assert (first["count"], len(first["results"]), len(second["results"])) == (4, 3, 1)

    @pytest.mark.parametrize("query", [{"state": "sometime"}, {"state": "coming\x00"}, {"state": "x" * 10_000}])
    def test_an_unknown_state_is_refused(self, client: APIClient, query: dict) -> None:
        answer = client.get(URL, query)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")

    @pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "2"])
    def test_a_page_that_is_not_there(self, client: APIClient, page: str) -> None:
        answer = client.get(URL, {"page": page})
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


class TestWhose:
    """Another account's appointment is not found, as one that does not exist."""

    @pytest.mark.parametrize(
        ("method", "path"),
        [("get", ""), ("post", "/cancel"), ("post", "/pay"), ("post", "/refresh-payment"), ("post", "/check-in")],
    )
    def test_not_found_and_not_told_apart(self, client: APIClient, now: datetime, method: str, path: str) -> None:
        appointment = make_appointment(now=now, fee_fen=5000, is_paid=False)
        before = everything()
        told = []
        for code in (appointment.code, "0" * 16):
            answer = getattr(client, method)(f"{URL}/{code}{path}")
            told.append((answer.status_code, answer.json()))
        assert told == [(404, {"code": "not-found", "message": "没有找到您要的内容。", "detail": {}})] * 2
        assert everything() == before

    def test_another_accounts_patient(self, client: APIClient, now: datetime) -> None:
        session, other = make_clinic(visit_date=in_days(now, 3)), make_account()
        before = everything()
        for patient in (other.patient.pk, make_patient().pk, 2**63 - 1):
            answer = client.post(URL, {"patient": patient, "slot": slot_of(session).pk}, format="json")
            assert (answer.status_code, answer.json()["code"]) == (404, "patient-not-found")
        assert everything() == before

    @pytest.mark.parametrize("token", [None, "Bearer x.y.z", "Bearer ", "Basic eDp5"])
    @pytest.mark.parametrize("path", ["", "/0000000000000000", "/0000000000000000/cancel"])
    def test_nobody_in_particular(self, token: str | None, path: str) -> None:
        client = APIClient()
        if token is not None:
            client.credentials(HTTP_AUTHORIZATION=token)
        answer = client.post(URL + path) if path.endswith("cancel") else client.get(URL + path)
        assert answer.status_code == 401
        assert set(answer.json()) == {"code", "message", "detail"}

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_nothing_can_be_rewritten(self, client: APIClient, account: Account, now: datetime, method: str) -> None:
        appointment = make_appointment(now=now, account=account)
        before = everything()
        answer = getattr(client, method)(f"{URL}/{appointment.code}", {"patient": make_patient().pk}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
        assert everything() == before


class TestStanding:
    URL = "/api/v1/standing"

    def test_unrated_where_nothing_was_counted(self, client: APIClient, account: Account) -> None:
        hospital = make_hospital()
        told = client.get(self.URL, {"hospital": hospital.code, "patient": account.patient.pk}).json()
        assert (told["hospital"], told["patient"], told["tier"], told["tier_label"]) == (
            hospital.code,
            account.patient.pk,
            "unrated",
            "未评级",
        )
        assert (told["score"], told["rates"], told["restricted_until"], told["as_of"]) == (None, None, None, None)

    def test_as_scored(self, client: APIClient, account: Account, now: datetime) -> None:
        hospital = make_hospital()
        Standing.objects.create(
            hospital=hospital,
            patient=account.patient,
            as_of=timezone.localdate(now),
            total=3,
            fulfilled=2,
            missed=1,
            score="80.00",
            tier=Tier.B,
            changed_at=now,
        )
        ends_at = now + timedelta(days=90)
        hospital.restrictions.create(patient=account.patient, starts_at=now, ends_at=ends_at, missed_count=3)
        told = client.get(self.URL, {"hospital": hospital.code, "patient": account.patient.pk}).json()
        assert (told["score"], told["tier"], told["total"]) == ("80.00", "B", 3)
        assert told["rates"] == {"fulfilled": 66.67, "unattended": 0.0, "cancelled": 0.0, "missed": 33.33}
        assert parse_datetime(told["restricted_until"]) == ends_at

    def test_of_another_accounts_patient_nothing_is_told(self, client: APIClient) -> None:
        answer = client.get(self.URL, {"hospital": make_hospital().code, "patient": make_account().patient.pk})
        assert (answer.status_code, answer.json()["code"]) == (404, "patient-not-found")

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"hospital": "no-such"},
            {"hospital": "a\x00b", "patient": "1"},
            {"hospital": "x" * 10_000, "patient": "1"},
            {"patient": "x"},
            {"patient": "9" * 30},
            {"patient": "-1"},
            {"patient": "1\x00"},
            {"patient": "1.5"},
        ],
    )
    def test_ill_asked(self, client: APIClient, query: dict[str, str]) -> None:
        answer = client.get(self.URL, query)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


class TestQueryCounts:
    """What a request costs does not grow with what is there."""

    def queries(self, client: APIClient, path: str, **query: Any) -> int:
        """Of an answer after the first: a version of a policy is read once a process."""
        assert client.get(path, query).status_code == 200
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path, query).status_code == 200
        return len(captured)

    @pytest.mark.parametrize("state", ["coming", "past", "all"])
    def test_lists(self, client: APIClient, account: Account, now: datetime, state: str) -> None:
        query = {} if state == "all" else {"state": state}
        counts = []
        for many in (1, 6):
            for _ in range(many):
                appointment = make_appointment(now=now, account=account, fee_fen=100)
                if state == "past":
                    Appointment.objects.filter(pk=appointment.pk).update(visit_date=in_days(now, -2))
            counts.append(self.queries(client, URL, **query))
        assert counts == [QUERY_COUNTS[f"appointments:{state}"]] * 2

    def test_detail_and_standing(self, client: APIClient, account: Account, now: datetime) -> None:
        appointment = make_appointment(now=now, account=account, fee_fen=100)
        hospital = appointment.hospital.code
        assert self.queries(client, f"{URL}/{appointment.code}") == QUERY_COUNTS["appointment"]
        assert self.queries(client, "/api/v1/standing", hospital=hospital, patient=account.patient.pk) == QUERY_COUNTS["standing"]
