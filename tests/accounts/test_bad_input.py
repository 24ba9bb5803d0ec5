"""Every field of every endpoint with what does not belong there: 4xx in the one shape, and nothing changed."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient
from rest_framework.throttling import ScopedRateThrottle

from accounts.models import AccountPatient, Consent, Patient, SmsCode, User
from tests.accounts.conftest import signed_in_client
from tests.factories.accounts import make_patient, make_user, valid_resident_id
from wechat.emulator.testing import Emulator

API = "/api/v1/"
BODIES: dict[str, dict[str, Any]] = {
    "auth/wechat-login": {"code": "x"},
    "auth/sms-code": {"phone": "13800138000"},
    "auth/sms-login": {"phone": "13800138000", "code": "123456"},
    "auth/refresh": {"refresh": "x"},
    "auth/logout": {"refresh": "x"},
    "auth/phone": {"phone": "13800138000", "code": "123456"},
    "patients": {
        "name": "李小花",
        "document_type": "01",
        "document_number": valid_resident_id(serial=3),
        "sex": "male",
        "birth_date": "1985-06-15",
        "phone": "13700137000",
        "relationship": "self",
        "consents": ["health-data"],
        "consent_version": "2026-11",
    },
    "consents": {"kind": "privacy", "version": "2026-11"},
}
EXTRA_FIELDS = {"auth/phone": ["wechat_code"], "patients": ["guardian"], "consents": ["patient"]}
OPTIONAL_BLANK = {("patients", "phone", "")}
WRONG: dict[str, Any] = {
    "null": None,
    "number": 1,
    "huge number": 10**400,
    "negative": -1,
    "fraction": 1.5,
    "true": True,
    "list": ["x"],
    "nested list": [[[[["x"]]]]],
    "object": {"x": {"x": "x"}},
    "empty": "",
    "blank": "   ",
    "NUL": "a\x00b",
    "half a character": "\ud800",
    "too long": "1" * 10_000,
    "long and Chinese": "好" * 3_000,
    "right to left": "\u202e",
    "SQL": "'; DROP TABLE accounts_user; --",
    "format": "{0.__class__} %s %(x)s",
}
CASES = [
    pytest.param(url, field, value, id=f"{url} {field} {name}")
    for url, whole in BODIES.items()
    for field in [*whole, *EXTRA_FIELDS.get(url, [])]
    for name, value in WRONG.items()
    if (url, field, value) not in [*OPTIONAL_BLANK, ("patients", "phone", "   ")]
]
pytestmark = pytest.mark.django_db


@pytest.fixture
def bearer(user: User, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, sms: list[tuple[str, str]]) -> APIClient:
    monkeypatch.setattr(ScopedRateThrottle, "THROTTLE_RATES", {"login": None, "sms": None})
    return signed_in_client(user)


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (User, Patient, AccountPatient, Consent, SmsCode))


def assert_refused(answer: Any, case: object) -> None:
    assert 400 <= answer.status_code < 500, (case, answer.status_code, answer.content[:300])
    shown = answer.json()
    assert set(shown) == {"code", "message", "detail"}, case
    assert shown["message"], case


def send(client: APIClient, method: str, url: str, body: Any) -> Any:
    return client.generic(method, API + url, json.dumps(body), content_type="application/json")


@pytest.mark.parametrize("url", BODIES)
def test_every_field_of_every_post(bearer: APIClient, url: str):
    before = counts()
    cases = [case.values for case in CASES if case.values[0] == url]
    assert len(cases) >= len(WRONG) * len(BODIES[url]) - 2
    for _, field, value in cases:
        assert_refused(send(bearer, "POST", url, BODIES[url] | {field: value}), (field, value))
        assert counts() == before, (field, value)


@pytest.mark.parametrize("url", BODIES)
def test_every_field_left_out(bearer: APIClient, url: str):
    before = counts()
    may_be_left_out = {"patients": {"sex", "birth_date", "phone"}}.get(url, set())
    for field in BODIES[url].keys() - may_be_left_out:
        body = {key: value for key, value in BODIES[url].items() if key != field}
        assert_refused(send(bearer, "POST", url, body), field)
        assert counts() == before, field


@pytest.mark.parametrize("field", ["relationship", "phone"])
def test_every_field_of_the_patch(bearer: APIClient, user: User, field: str):
    patient = make_patient(user=user)
    before = AccountPatient.objects.values().get()
    for name, value in WRONG.items():
        if field == "phone" and name in ("empty", "blank"):
            continue  # that is how a phone is taken away
        assert_refused(send(bearer, "PATCH", f"patients/{patient.pk}", {field: value}), name)
        assert AccountPatient.objects.values().get() == before, name


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"1",
        b"NaN",
        b'{"phone": NaN}',
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"a":' * 12_000,
        b" " * 100_000 + b"{}",
        b" " * 3_000_000 + b"{}",
    ],
    ids=[
        "empty",
        "cut",
        "null",
        "list",
        "text",
        "number",
        "nan",
        "nan inside",
        "not utf-8",
        "deep list",
        "deep object",
        "too large",
        "too large for Django",
    ],
)
def test_bodies_that_are_no_object(bearer: APIClient, raw: bytes):
    before = counts()
    for url in BODIES:
        assert_refused(bearer.post(API + url, raw, content_type="application/json"), url)
    assert counts() == before


@pytest.mark.parametrize(
    "type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"]
)
def test_only_json_is_read(bearer: APIClient, type: str):
    for url in BODIES:
        answer = bearer.generic("POST", API + url, "phone=13800138000", content_type=type)
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type"), url


def test_other_methods_are_refused_in_the_one_shape(bearer: APIClient):
    for url in BODIES:
        assert_refused(bearer.put(API + url, {}, format="json"), url)


@pytest.mark.parametrize("page", ["0", "-1", "x", "99", str(2**70), "%00"])
def test_pages_that_are_not_there(bearer: APIClient, page: str):
    assert_refused(bearer.get(f"{API}consents?page={page}"), page)


def test_everything_of_ones_own_needs_signing_in(anonymous: APIClient, user: User):
    patient = make_patient(user=make_user())
    before = counts()
    for method, url in [
        ("GET", "me"),
        ("GET", "patients"),
        ("POST", "patients"),
        ("GET", f"patients/{patient.pk}"),
        ("PATCH", f"patients/{patient.pk}"),
        ("PUT", f"patients/{patient.pk}"),
        ("DELETE", f"patients/{patient.pk}"),
        ("GET", "consents"),
        ("POST", "consents"),
        ("POST", "consents/1/withdraw"),
        ("POST", "auth/phone"),
        ("POST", "auth/logout"),
    ]:
        answer = send(anonymous, method, url, {})
        assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated"), (method, url)
    assert counts() == before


def test_the_bodies_above_are_good_but_for_what_is_changed(bearer: APIClient):
    """The control of this file: with nothing wrong in them, the requests get as far as they can."""
    answers = {url: send(bearer, "POST", url, body) for url, body in BODIES.items()}
    assert {url: (answer.status_code, answer.json().get("code")) for url, answer in answers.items()} == {
        "auth/wechat-login": (400, "wechat-code-refused"),
        "auth/sms-code": (200, None),
        "auth/sms-login": answers_of_a_wrong_code(answers["auth/sms-login"]),
        "auth/refresh": (401, "refresh-refused"),
        "auth/logout": (401, "refresh-refused"),
        "auth/phone": answers_of_a_wrong_code(answers["auth/phone"]),
        "patients": (201, None),
        "consents": (201, None),
    }


def answers_of_a_wrong_code(answer: Any) -> tuple[int, str]:
    """123456 is wrong for the code just sent, but for one time in a million."""
    assert answer.json().get("code") in ("sms-code-wrong", None)
    return answer.status_code, answer.json().get("code")
