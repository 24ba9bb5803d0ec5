"""What no client of ours would send: refused with 4xx in the one error shape, and nothing changed."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from booking.models import Appointment
from tests.booking.snapshot import everything
from tests.factories.booking import Account, api_client, make_appointment, make_clinic, slot_of

URL = "/api/v1/appointments"
NOT_AN_ID: dict[str, Any] = {
    "null": None,
    "text": "abc",
    "number-as-text": "1",
    "empty": "",
    "zero": 0,
    "negative": -1,
    "fraction": 1.5,
    "whole-float": 1.0,
    "true": True,
    "huge": 2**63,
    "astronomical": 10**400,
    "nul": "1\x00",
    "long": "1" * 10_240,
    "list": [1],
    "object": {"id": 1},
    "nested": [[[[[[1]]]]]],
    "surrogate": "\ud800",
}
NOT_A_REASON: dict[str, Any] = {
    "null": None,
    "number": 5,
    "true": True,
    "long": "长" * 201,
    "ten-kilobytes": "x" * 10_240,
    "nul": "a\x00b",
    "list": ["x"],
    "object": {"x": 1},
    "surrogate": "\ud800",
}
NOT_AN_OBJECT = {
    "nothing": b"",
    "not-json": b"patient=1",
    "half": b'{"patient": 1',
    "null": b"null",
    "number": b"7",
    "text": b'"x"',
    "list": b"[]",
    "not-utf-8": b'{"patient": "\xff"}',
    "nan": b'{"patient": NaN, "slot": Infinity}',
    "deep": b"[" * 60_000,
    "deep-object": b'{"patient":' * 5_000,
}


@pytest.fixture
def client(account: Account) -> APIClient:
    return api_client(account.user)


@pytest.fixture
def body(account: Account, now: datetime) -> dict[str, Any]:
    """A request that would succeed."""
    session = make_clinic(visit_date=timezone.localdate(now) + timedelta(days=3))
    return {"patient": account.patient.pk, "slot": slot_of(session).pk}


@pytest.fixture(autouse=True)
def nothing_changes(body: dict[str, Any]) -> Iterator[None]:
    before = everything()
    yield
    assert everything() == before


def refused(answer: Any, *codes: str, status: int = 400) -> dict[str, Any]:
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, set(told)) == (status, {"code", "message", "detail"})
    assert told["code"] in codes
    assert told["message"].endswith("。")
    return told


def post(client: APIClient, body: Any, path: str = "", **headers: str) -> Any:
    return client.generic("POST", URL + path, json.dumps(body), content_type="application/json", headers=headers)


@pytest.mark.parametrize("field", ["patient", "slot"])
@pytest.mark.parametrize("value", NOT_AN_ID.values(), ids=NOT_AN_ID)
def test_not_an_id(client: APIClient, body: dict[str, Any], field: str, value: Any) -> None:
    told = refused(post(client, body | {field: value}, **{"Idempotency-Key": "a-good-key"}), "invalid", "malformed")
    assert list(told["detail"]) == ([] if told["code"] == "malformed" else [field])


@pytest.mark.parametrize("field", ["patient", "slot"])
def test_a_field_is_missing(client: APIClient, body: dict[str, Any], field: str) -> None:
    del body[field]
    assert list(refused(post(client, body), "invalid")["detail"]) == [field]


@pytest.mark.parametrize("content", NOT_AN_OBJECT.values(), ids=NOT_AN_OBJECT)
def test_not_an_object(client: APIClient, content: bytes) -> None:
    refused(client.generic("POST", URL, content, content_type="application/json"), "malformed", "invalid")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
def test_not_json_by_its_own_word(client: APIClient, body: dict[str, Any], content_type: str) -> None:
    answer = client.generic("POST", URL, json.dumps(body), content_type=content_type)
    refused(answer, "unsupported-media-type", status=415)


def test_a_slot_that_is_not_there(client: APIClient, body: dict[str, Any]) -> None:
    refused(post(client, body | {"slot": 2**63 - 1}), "slot-not-found", status=404)


@pytest.mark.parametrize("code", ["1", "a" * 16, "0" * 17, "0" * 10_000, "%00" * 16, "..%2F..", "'; DROP--"])
def test_not_a_code(client: APIClient, code: str) -> None:
    refused(client.get(f"{URL}/{code}"), "not-found", status=404)


@pytest.mark.parametrize("accept", ["text/html", "application/xml"])
def test_an_answer_that_we_do_not_give(client: APIClient, accept: str) -> None:
    refused(client.get(URL, headers={"Accept": accept}), "not-acceptable", status=406)


class TestCancelling:
    @pytest.fixture
    def code(self, account: Account, now: datetime) -> str:
        return make_appointment(now=now, account=account).code

    @pytest.fixture(autouse=True)
    def nothing_changes(self, code: str) -> Iterator[None]:
        before = everything()
        yield
        assert everything() == before
        assert Appointment.objects.get(code=code).status == "booked"

    @pytest.mark.parametrize("value", NOT_A_REASON.values(), ids=NOT_A_REASON)
    def test_not_a_reason(self, client: APIClient, code: str, value: Any) -> None:
        told = refused(post(client, {"reason": value}, f"/{code}/cancel"), "invalid", "malformed")
        assert list(told["detail"]) == ([] if told["code"] == "malformed" else ["reason"])

    @pytest.mark.parametrize("content", [value for name, value in NOT_AN_OBJECT.items() if name not in {"nothing", "nan"}])
    def test_not_an_object(self, client: APIClient, code: str, content: bytes) -> None:
        answer = client.generic("POST", f"{URL}/{code}/cancel", content, content_type="application/json")
        refused(answer, "malformed", "invalid")


def test_half_a_character_where_nobody_looks(client: APIClient, body: dict[str, Any]) -> None:
    """It can be neither stored nor made part of a key's fingerprint."""
    refused(post(client, body | {"x": "\ud800"}, **{"Idempotency-Key": "surrogate-key"}), "malformed")


def test_more_than_any_honest_request(client: APIClient, body: dict[str, Any]) -> None:
    refused(post(client, body | {"x": "长" * 30_000}), "too-large", status=413)


def test_what_is_not_asked_for_is_passed_over(client: APIClient, body: dict[str, Any]) -> None:
    odd = {"fee_fen": 0, "status": "fulfilled", "channel": "extra", "slot": 2**63 - 1}
    refused(post(client, body | odd), "slot-not-found", status=404)
